"""Which words are about time, a row for each kind, and how far they go in a text. What they mean is due.py's part."""

import re
from typing import NamedTuple

NUMBERS = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "eins zwei drei vier f\u00fcnf sechs sieben acht neun zehn elf zw\u00f6lf",
    )
    for number, word in enumerate(words.split(), start=1)
}
MINUTES = {"five": 5, "ten": 10, "quarter": 15, "twenty": 20, "twenty-five": 25, "half": 30}

_NUMBER = rf"(?:[0-9]{{1,2}}|{'|'.join(NUMBERS)})"
_DASH = r"[-\u2010-\u2015]"
_ENDS = r"(?!['\u2019]?\w|:)"  # `friday's` and `at:` are other words
_ALONE = r"(?!\s+[^\W\d_][\w'\u2019-]*(?![\w:]))"  # no other word stands behind it: `tomorrow late shift` is not late
_NO_HOUR = r"(?!(?!z\b)[^\W_]|:\S|[%/\u20ac$\u00a3\u00b0\"]|[.,][0-9]|-[^\W\d_])"
_AM_PM = rf"(?P<{{}}half>[ap])(?:\.?\s?m\b\.?|(?<=[0-9][ap])(?!\w){_ALONE})"
_HOURS = r"h(?:(?:ou)?rs?)?"
_UNIT = (
    rf"(?:m(?:in(?:ute[sn]?|s)?)?|{_HOURS}|d(?:ays?)?|w(?:(?:ee)?ks?)?|months?"
    r"|std|stunden?|tag(?:en?)?|wochen?|monate?n?)(?![^\W\d_])"
)
_WEEKDAY = (
    r"mon(?:day|tag)?|tue(?:s(?:day)?)?|dienstag|wed(?:s|nesday)?|mittwoch|thu(?:rs?(?:day)?)?|donnerstag"
    r"|fri(?:day)?|freitag|sat(?:urday)?|samstag|sun(?:day)?|sonntag"
)
_MONTH = (
    r"(?:jan(?:uary?|uar)?|feb(?:ruary?|ruar)?|m(?:ar(?:ch)?|\u00e4rz)|apr(?:il)?|ma[yi]|jun[ei]?|jul[yi]?"
    r"|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\b\.?"
)
_NEXT = r"next|(?:up)?coming|n(?:\u00e4|ae)chste[nr]?|kommende[nr]?"
_THIS = r"this|diese[nr]?"
_DATE = r"[0-9]{1,2}(?:st|nd|rd|th)?(?![^\W_])"
_YEAR = rf"(?:(?:,?\s+|{_DASH}|/)(?:19|20)[0-9]{{2}}(?![\w:])|,?\s+['\u2019][0-9]{{2}}(?!\w))?"
_ZONES = (
    "acdt acst adt aedt aest akdt akst aoe awst brt cdt cest cet cst edt eest eet est est5edt hkt hst jst kst mdt mesz mez msk"
    " mst ndt nzdt nzst pdt pht pkt pst sast sgt zulu"
)
_ZONES_THAT_ARE_WORDS = r"(?!GMT)[A-Z]{2,3}T|CT|ET|MT|PT|WEST|WIB"
_CITIES = (
    r"Amsterdam|Auckland|Beijing|Berlin|Chicago|Denver|Dubai|Dublin|Hong\s+Kong|London|Los\s+Angeles|Madrid|Melbourne|Mumbai"
    r"|New\s+York|Paris|Rome|Shanghai|Singapore|Sydney|Tokyo|Toronto|Vienna|Zurich"
)

_KINDS = {
    "iso": r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:t(?=[0-9])|(?!\w))",
    "military": rf"(?:[01][0-9]|2[0-4]|[1-9])[0-5][0-9](?:\s?{_HOURS}(?!\w))?{_NO_HOUR}(?!\s*{_UNIT})",
    "hours": r"[0-9]{1,2}\s*h(?:[0-9]{2}(?!\w)|(?![^\W\d_]))",
    "amount": (
        rf"(?:(?:in|within)\s+|\+\s?)?(?:[0-9]+\s?(?:{_DASH}|to\s)\s?)?"
        rf"(?P<count>(?:an?\s+)?half(?:\s+an?)?|(?:eine[rn]?\s+)?halben?|[0-9]+(?:[.,][0-9]+)?|(?:an?|eine?[rmn]?|{'|'.join(NUMBERS)})(?=\s))"
        rf"\s*(?P<unit>{_UNIT})(?P<and_half>\s+and\s+a\s+half\b)?(?:['\u2019]?\s+time\b)?"
    ),
    "date": (
        rf"(?:[0-9]{{1,2}}(?:st|nd|rd|th)?\.?\s?{_DASH}\s?)?{_DATE}(?:\.?(?:\s+(?:of\s+)?)?|{_DASH}|/){_MONTH}{_YEAR}"
        rf"|{_MONTH}(?:\s+|{_DASH}){_DATE}\.?{_YEAR}"
    ),
    "numeric": (
        r"[0-9]{1,2}(?:[/.][0-9]{1,2}[/.](?:[0-9]{4}|[0-9]{2})|-[0-9]{1,2}-(?:19|20)[0-9]{2})(?!\w)"
        r"|[0-9]{1,2}/[0-9]{1,2}(?![\w/])|[0-9]{1,2}\.[0-9]{1,2}\.(?!\w)"
    ),
    "past": (
        rf"(?P<minutes>{'|'.join(sorted(MINUTES, reverse=True))}|[0-9]{{1,2}}(?=\s+(?:past|min)))(?:\s+min(?:ute)?s)?"
        rf"\s+(?P<way>past|to)\s+(?P<past_hour>{_NUMBER})\b(?:\s*{_AM_PM.format('past_')})?"
    ),
    "halves": rf"half\s+{_NUMBER}\b|(?:halb|viertel(?:\s+(?:vor|nach))?|dreiviertel)\s+\w+",
    "clock": (
        rf"(?P<hour>{_NUMBER})(?:[:.h]?(?P<minute>[0-9]{{2}})(?::(?P<second>[0-9]{{2}}))?)?"
        rf"\s*(?:{_AM_PM.format('')}|(?:uhr|o['\u2019]?clock)\b(?:\s(?P<minute_after>[0-5][0-9]){_NO_HOUR})?)"
        rf"|[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:[.,][0-9]+)?)?(?P<hours_too>\s?{_HOURS}\b)?(?![0-9:])"
    ),
    "dotted": r"[0-9]{1,2}\.[0-9]{2}(?!\w|[.:]\w)",
    "offset": r"(?:utc|gmt|z)(?:\s?[+-][0-9]{1,2}(?::?[0-9]{2})?)?(?![\w:])|[+-][0-9]{2}:?[0-9]{2}(?![\w:])|\+[0-9]{2}(?![\w:])",
    "place": r"(?:africa|america|antarctica|arctic|asia|atlantic|australia|canada|etc|europe|indian|pacific|us)/[a-z0-9_+/-]+",
    "day": (
        rf"(?:(?P<next>{_NEXT})\s+|(?:{_THIS})\s+|(?P<last>last)\s+)?(?P<weekday>{_WEEKDAY}){_ENDS}\.?"
        rf"|(?:today|tonight|tomorrow|tmrw|tmr|yesterday|heute|morgen|\u00fcbermorgen|uebermorgen|gestern"
        rf"|(?:the\s+)?day\s+after\s+tomorrow){_ENDS}"
    ),
    "zone": rf"(?:{_ZONES.replace(' ', '|')}){_ENDS}",
    "week": rf"week{_ENDS}",
    "eow": rf"(?:eow|end\s+of\s+(?:the\s+|this\s+)?week){_ENDS}",
    "period": (
        r"(?:of\s+)?(?:(?:the\s+)?(?:(?:end|start|beginning|middle)\s+of|mid|ende|mitte|anfang)\s+)?(?:the\s+|de[rs]\s+)?"
        rf"(?:(?:week|[ck]w|wk|w(?=[0-9]))\s?[0-9]{{1,2}}|(?:{_NEXT}|{_THIS}|last|following|jede[nrs]?)\s+(?:week(?:end)?|month|quarter|year|woche|monats?|jahr)"
        rf"|weekend|wochenende|eom|eoy|end\s+of\s+(?:the\s+)?(?:month|year)|week\s+after(?:\s+next)?){_ENDS}"
    ),
    "month": rf"(?:(?:in|mid|ende|mitte|anfang|q)[\s-])?(?:{_MONTH}|q[1-4]){_ENDS}{_ALONE}",
    "unsure": (
        rf"(?:asap|immediately|sofort|first\s+thing|noonish|(?:{'|'.join(NUMBERS)})(?:ish|[\s-](?:fifteen|thirty|forty[\s-]?five))"
        rf"|mid[\s-]?(?:morning|afternoon)|(?:in\s+)?(?:a\s+)?fortnight|(?:in\s+)?(?:a\s+few|(?:a\s+)?couple(?:\s+of)?|some)\s+{_UNIT}"
        rf"|(?:start|beginning)\s+of\s+(?:the\s+)?(?:day|business)|end\s+of\s+(?:the\s+)?shift|after\s+next){_ENDS}"
    ),
    "loose": (
        r"(?:or\s+(?:so|later|earlier)|early|earlier|later?|soon|now|next|coming|(?:at\s+)?lunch(?:time)?|every\s+(?:day|week|month)|daily|weekly"
        rf"|(?:(?:local|my|our|your|their|eastern|central|mountain|pacific)\s+time)|eastern|central|local|pacific){_ENDS}{_ALONE}"
    ),
    "odd": rf"[0-9]{{1,2}}[:.][0-9](?![\w.:]){_ALONE}|\+\s?[0-9]{{1,2}}(?![\w:.,])",
    "part": (
        r"(?:(?:in\s+(?:the|der)|this)\s+)?(?P<part_name>morning|noon|midday|afternoon|evening|night|midnight|eod|eob|cob"
        r"|(?:end|close)\s+of\s+(?:the\s+)?(?:day|business)|am(?!\s+(?:[0-9]|de[nm]\b|\w+tag\b|mittwoch))|pm(?!\s+[0-9])|[ap]\.m\b\.?|mittags?|vormittags?|nachmittags?"
        rf"|abends?|fr\u00fch|nachts?|mitternacht){_ENDS}(?!\s+(?:shift|meeting)\b)"
    ),
    "ago": rf"ago{_ENDS}",
    "now": rf"from\s+now{_ENDS}",
    "since": rf"(?:from|after|von){_ENDS}",
    "range": rf"{_DASH}|(?:to|until|till?|bis|through|thru){_ENDS}",
    "and": rf"(?:and|und){_ENDS}",
    "vague": rf"(?:or|oder|not\s+before|early|late|later|vor|nach|ab|every|jede[nrs]?|except|else|then){_ENDS}|[/&;+](?!\w)|/",
    "sharp": rf"(?:sharp|on\s+the\s+dot|(?:at\s+(?:the\s+)?)?(?:latest|most)|max|tops|sp\u00e4testens){_ENDS}{_ALONE}",
    "at": rf"(?:at|um|by|before|b4|(?:so\s+)?gegen|punkt|around|about){_ENDS}|(?:[@~]|at|ca?\.|circa|approx\.?)(?=\s*[0-9])|t(?=[0-9]{{2}}:)",
    "join": rf"(?:on|the|between|btw|zwischen|not?\s+later\s+than|latest|sp\u00e4testens|am|de[nm]){_ENDS}",
    "number": rf"(?<=at\s)(?:{'|'.join(NUMBERS)})\b|(?:{'|'.join(NUMBERS)})\b{_ALONE}|[0-9]{{1,2}}(?:st|nd|rd|th)?(?:[\s-]?ish\b)?{_NO_HOUR}",
}
_MOST = 40  # words; no time has so many
_FURTHEST = 2000  # characters that a time may take
_WORDS_TOO = {"sat", "sun", "wed", "am", "pm"}
_OVER = {"yesterday", "gestern"}  # `today shows yesterday` is over before these
_LINKS = {"since", "range", "and", "vague", "at", "join"}  # nothing where no time follows
_BARE = {"clock", "dotted", "hours", "military", "number", "offset", "past"}  # what a zone may follow
_SURELY = {
    "clock",
    "iso",
    "hours",
    "amount",
    "date",
    "numeric",
    "past",
    "halves",
    "day",
    "eow",
    "period",
    "unsure",
}
_LIKELY = {"part", "loose"}  # where no other word stands behind them

_LOOKS_PLAIN = str.maketrans(
    dict(
        zip(
            "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff1a\uff0f\uff0e\uff0d\uff0b\u2212\u0130",
            "0123456789:/.-+-i",
            strict=True,
        )
    )
)
_BEGINS = {
    "day": "cdfghklmnstuwyü",
    "part": "acefimnptv",
    "sharp": "almost",
    "loose": "acdelmnopstwy",
    "unsure": "abcdefimnostvz",
    "at": "@abcgpstu~",
    "clock": "0-9adefnostvz",
    "iso": "0-9",
    "military": "0-9",
    "hours": "0-9",
    "amount": "0-9+adefhinostvwz",
    "date": "0-9adfjmnos",
    "numeric": "0-9",
    "past": "0-9fhqt",
    "halves": "dhv",
    "dotted": "0-9",
    "offset": "+guz-",
    "place": "aceipu",
    "zone": "abcehjkmnpsz",
    "eow": "e",
    "period": "abcdefjklmnostuw",
    "month": "adefijmnoqs",
    "week": "w",
    "ago": "a",
    "now": "f",
    "since": "afv",
    "range": "\u2010-\u2015btu-",
    "and": "au",
    "vague": "&+/;aejlnotv",
    "join": "abdlnostz",
    "odd": "0-9+",
    "number": "0-9adefnostvz",
}
"""What each kind may begin with, in the order in which they are tried: a word that is none is soon known to be none."""
_WORD = re.compile(
    rf"[\s,(\[]*+(?:{'|'.join(f'(?=[{firsts}])(?P<{kind}>{_KINDS[kind]})' for kind, firsts in _BEGINS.items())})"
)
_ZONE = re.compile(
    rf"\s*(?:\(\s*)?(?P<zone>(?:(?:{_ZONES_THAT_ARE_WORDS})|(?:{_CITIES})(?i:{_ALONE})"
    rf"|(?:(?i:local|my|our|your|their|eastern|central|mountain|pacific)|[A-Z]\w+)\s+[Tt]ime){_ENDS})"
)
_COUNTED = re.compile(r"[.:]?\s+(?P<things>[^\W\d_][\w'\u2019-]*)(?![\w:])")
_PLURAL = re.compile(
    r"(?!this\b|always\b|thanks\b|perhaps\b|unless\b|sometimes\b)[^\W\d_]{3,}s\b", re.IGNORECASE
)
_BETWEEN = (
    re.compile(r"(?!\s*,\s*[<>])\s*[^\w\s][\W_]*"),
    re.compile(r"(?:[^\w!@#]|_)*[^\W\d_][^\s:]*:?\s+[^\w\s]*"),
)
"""Signs, or a word, between a time and what goes on with it: `friday; 9am`, `friday preferably 9am`."""
_EDGE = re.compile(r"[^\w\s]*?(?:\s|$|[,;])")
_CLOSING = re.compile(r"[)\]]")
_REST_OF_WORD = re.compile(r"\S*")


class TimeWord(NamedTuple):
    """`text` and the named parts of `match` are in small letters. `is_apart`: something is between it and the word before."""

    kind: str
    text: str
    typed: str
    match: re.Match[str]
    is_apart: bool


def time_words(text: str, start: int = 0) -> tuple[list[TimeWord], int]:
    """The words about time from `start` on, and where they end; none, and `start`, where there are none.

    What is glued to the last one belongs to it. A number goes along where it may be an hour: `friday 9`, and with the
    word behind it where it may be a number of things, too: `friday 9 new`. `friday 5 printers` is over before the 5.
    """
    typed = text[start : start + _FURTHEST]
    words, end = _TimeText(typed).words()
    if not words:
        return [], start
    if not _EDGE.match(text, start + end) and (rest := _REST_OF_WORD.match(text, start + end)):
        words.append(TimeWord("unread", rest[0], rest[0], rest, is_apart=False))
        end = rest.end() - start
    return words, start + end


class _TimeText:
    """A text that may begin with words about time; as it was typed, and in small plain letters."""

    def __init__(self, typed: str) -> None:
        self._typed = typed
        self._text = typed.lower() if typed.isascii() else typed.translate(_LOOKS_PLAIN).lower()

    def words(self) -> tuple[list[TimeWord], int]:
        words: list[TimeWord] = []
        position = end = count = 0
        while position < len(self._text) and len(words) < _MOST:
            before = words[-1].kind if words else ""
            word = self._next(position, before) or (self._resumed(position, words) if count else None)
            if word is None:
                break
            words.append(word)
            position = word.match.end()
            if word.kind not in _LINKS:
                end, count = position, len(words)
        if "(" in self._text[:end] or "[" in self._text[:end]:
            closing = _CLOSING.match(self._text, end)
            end = closing.end() if closing else end
        return words[:count], end

    def _next(self, position: int, before: str) -> TimeWord | None:
        match = (_ZONE.match(self._typed, position) if before in _BARE else None) or _WORD.match(
            self._text, position
        )
        if match is None or match.lastgroup is None or before == "counted":
            return None
        kind = match.lastgroup
        text, typed = match[kind].lower(), self._typed[match.start(kind) : match.end(kind)]
        word = TimeWord(kind, text, typed, match, match.start(kind) > position)
        if (kind in {"sharp", "month"} and not before) or (kind == "week" and before != "day"):
            return None
        if kind == "range" and not before and not word.text.isalpha():
            return None
        if kind in {"number", "military"} and before != "at":
            return self._numbered(word, before)
        if before and text in _WORDS_TOO and not _WORD.match(self._text, match.end()):
            things = _COUNTED.match(self._text, match.end())
            if things:  # `am Fenster` is German
                return None if typed == "am" else word._replace(kind="counted", match=things)
        return word

    def _resumed(self, position: int, words: list[TimeWord]) -> TimeWord | None:
        """What stands between the words so far and more that are about time, so that it is asked how far they go."""
        if words[-1].kind in {"counted", "unclear"}:
            return None
        for between in _BETWEEN:
            gap = between.match(self._text, position)
            again = _WORD.match(self._text, gap.end()) if gap else None
            if gap and again and self._goes_on(again):
                return TimeWord("unclear", gap[0], gap[0], gap, is_apart=True)
        return None

    def _goes_on(self, again: re.Match[str]) -> bool:
        kind, end = str(again.lastgroup), again.end()
        if kind == "at":
            return self._text[end:].lstrip()[:1].isdecimal()
        if again[kind] in _OVER:
            return False
        is_sure = kind in _SURELY and again[kind] not in _WORDS_TOO
        return is_sure or (kind in _SURELY | _LIKELY and not _COUNTED.match(self._text, end))

    def _numbered(self, word: TimeWord, before: str) -> TimeWord | None:
        """The number as an hour, or as one that may count things; None where it surely does."""
        end = word.match.end()
        things = _COUNTED.match(self._text, end)
        if before == "date" and len(word.text) == 2 and word.text > "23":  # noqa: PLR2004  (a year)
            is_time = things is None or not _PLURAL.match(things["things"])
            return word if is_time else None
        if things is None or _WORD.match(self._text, end) or _ZONE.match(self._typed, end):
            return word
        if not before or not word.text.isdecimal() or _PLURAL.match(things["things"]):
            return None
        return word._replace(kind="counted", match=things)
