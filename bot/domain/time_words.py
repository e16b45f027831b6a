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
_AM_PM = rf"(?P<{{}}half>[ap])(?:\.?\s?m\b\.?|(?<=[0-9][ap])(?!\w){_ALONE})"
_UNIT = r"(?:m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:(?:ee)?ks?)?|months?)(?![^\W\d_])"
_WEEKDAY = (
    r"mon(?:day|tag)?|tue(?:s(?:day)?)?|dienstag|wed(?:s|nesday)?|mittwoch|thu(?:rs?(?:day)?)?|donnerstag"
    r"|fri(?:day)?|freitag|sat(?:urday)?|samstag|sun(?:day)?|sonntag"
)
_MONTH = (
    r"(?:jan(?:uary?|uar)?|feb(?:ruary?|ruar)?|m(?:ar(?:ch)?|\u00e4rz)|apr(?:il)?|ma[yi]|jun[ei]?|jul[yi]?"
    r"|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\b\.?"
)
_DATE = r"[0-9]{1,2}(?:st|nd|rd|th)?(?![^\W_])"
_YEAR = rf"(?:(?:,?\s+|{_DASH}|/)20[0-9]{{2}}(?![\w:])|,?\s+['\u2019][0-9]{{2}}(?!\w))?"
_ZONES = (
    "ACDT ACST ADT AEDT AEST AKDT AKST AWST BRT CDT CEST CET CST EDT EEST EET EST HKT HST JST KST MDT MESZ MEZ MSK MST"
    " NDT NZDT NZST PDT PHT PKT PST SAST SGT"
)
_ZONES_THAT_ARE_WORDS = "ART AST BST CAT CT EAT ET ICT IDT IST MET MT PT SST WAT WEST WET WIB"

_KINDS = {
    "iso": r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:t(?=[0-9])|(?!\w))",
    "military": rf"(?:[01][0-9]|2[0-3])[0-5][0-9](?:\s?h(?:(?:ou)?rs)?)?\b(?!:|\s*{_UNIT})",
    "hours": r"[0-9]{1,2}\s*h(?:[0-9]{2}(?!\w)|(?![^\W\d_]))",
    "amount": (
        rf"(?:in\s+|\+\s?)?(?:[0-9]+\s?(?:{_DASH}|to\s)\s?)?"
        rf"(?P<count>(?:an?\s+)?half(?:\s+an?)?|[0-9]+(?:[.,][0-9]+)?|(?:an?|{'|'.join(NUMBERS)})(?=\s))\s*(?P<unit>{_UNIT})(?P<and_half>\s+and\s+a\s+half\b)?"
    ),
    "date": (
        rf"(?:[0-9]{{1,2}}(?:st|nd|rd|th)?\.?\s?{_DASH}\s?)?{_DATE}(?:\.?(?:\s+(?:of\s+)?)?|{_DASH}|/){_MONTH}{_YEAR}"
        rf"|{_MONTH}(?:\s+|{_DASH}){_DATE}\.?{_YEAR}"
    ),
    "numeric": r"[0-9]{1,2}[/.][0-9]{1,2}[/.](?:[0-9]{4}|[0-9]{2})(?!\w)|[0-9]{1,2}/[0-9]{1,2}(?![\w/])|[0-9]{1,2}\.[0-9]{1,2}\.(?!\w)",
    "past": (
        rf"(?P<minutes>{'|'.join(sorted(MINUTES, reverse=True))}|[0-9]{{1,2}}(?=\s+(?:past|min)))(?:\s+min(?:ute)?s)?"
        rf"\s+(?P<way>past|to)\s+(?P<past_hour>{_NUMBER})\b(?:\s*{_AM_PM.format('past_')})?"
    ),
    "halves": rf"half\s+{_NUMBER}\b|(?:halb|viertel(?:\s+(?:vor|nach))?|dreiviertel)\s+\w+",
    "clock": (
        rf"(?P<hour>{_NUMBER})(?:[:.h](?P<minute>[0-9]{{2}})(?::(?P<second>[0-9]{{2}}))?)?"
        rf"\s*(?:{_AM_PM.format('')}|(?:uhr|o['\u2019]?clock)\b(?:\s(?P<minute_after>[0-5][0-9])(?!\w))?)"
        r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:\s?(?:h|hrs)\b)?(?![0-9:])"
    ),
    "dotted": r"[0-9]{1,2}\.[0-9]{2}(?!\w|[.:]\w)",
    "offset": r"(?:utc|gmt|z)(?:\s?[+-][0-9]{1,2}(?::?[0-9]{2})?)?(?![\w:])|[+-][0-9]{2}:?[0-9]{2}(?![\w:])|\+[0-9]{2}(?![\w:])",
    "place": r"(?:africa|america|antarctica|arctic|asia|atlantic|australia|europe|indian|pacific)/[a-z_+/-]+",
    "day": (
        rf"(?P<which>next\s+|this\s+|last\s+)?(?P<weekday>{_WEEKDAY}){_ENDS}\.?"
        rf"|(?:today|tonight|tomorrow|tmrw|tmr|yesterday|heute|morgen|\u00fcbermorgen|gestern){_ENDS}"
    ),
    "zone": rf"(?:{_ZONES.replace(' ', '|')}){_ENDS}",
    "week": rf"week{_ENDS}",
    "eow": rf"(?:eow|end\s+of\s+(?:the\s+|this\s+)?week){_ENDS}",
    "period": (
        rf"(?:of\s+)?(?:(?:the\s+)?(?:end|start|beginning|middle)\s+of\s+)?(?:the\s+)?"
        rf"(?:(?:week|[ck]w)\s?[0-9]{{1,2}}|(?:next|this|coming|last|following)\s+(?:week(?:end)?|month|quarter|year)|weekend|eom|eoy|end\s+of\s+(?:the\s+)?(?:month|year)){_ENDS}"
    ),
    "month": rf"(?:(?:in|mid|q)[\s-])?(?:{_MONTH}|q[1-4]){_ENDS}{_ALONE}",
    "loose": (
        r"(?:or\s+(?:so|later|earlier)|early|earlier|later?|first\s+thing|(?:at\s+)?lunch(?:time)?|every\s+(?:day|week|month)|daily|weekly"
        rf"|(?:(?:local|my|our|your|their|eastern|central|mountain|pacific)\s+time)|eastern|central|pacific){_ENDS}{_ALONE}"
    ),
    "odd": rf"[0-9]{{1,2}}[:.][0-9](?![\w.:]){_ALONE}",
    "part": (
        r"(?:in\s+the\s+|this\s+)?(?P<part_name>morning|noon|midday|afternoon|evening|night|midnight|eod|cob|(?:end|close)\s+of\s+(?:the\s+)?(?:day|business)"
        rf"|[ap]m(?!\s+[0-9]){_ALONE}|mittags?|vormittags?|nachmittags?|abends?|fr\u00fch|mitternacht){_ENDS}(?!\s+(?:shift|meeting)\b)"
    ),
    "ago": rf"ago{_ENDS}",
    "now": rf"from\s+now{_ENDS}",
    "since": rf"(?:from|after){_ENDS}",
    "range": rf"{_DASH}|(?:to|until|till|bis){_ENDS}",
    "and": rf"(?:and|und){_ENDS}",
    "vague": rf"(?:or|oder|not\s+before|early|late|later|vor|nach|every|except){_ENDS}|[/&;+](?!\w)|/",
    "sharp": rf"(?:sharp|on\s+the\s+dot|(?:at\s+the\s+)?latest){_ENDS}{_ALONE}",
    "at": rf"(?:at|um|by|before|gegen|around|about){_ENDS}|(?:[@~]|at|ca?\.|circa|approx\.?)(?=\s*[0-9])",
    "join": rf"(?:on|the|between|btw|not?\s+later\s+than|am){_ENDS}",
    "number": rf"(?<=at\s)(?:{'|'.join(NUMBERS)})\b|(?:{'|'.join(NUMBERS)})\b{_ALONE}|[0-9]{{1,2}}(?:st|nd|rd|th)?(?:[\s-]?ish\b)?(?![^\W_]|[:%/\u20ac$\u00a3\u00b0\"]|[.,][0-9]|-[^\W\d_])",
}
_MOST = 40  # words; no time has so many
_WORDS_TOO = {"sat", "sun", "wed"}
_LINKS = {"since", "range", "and", "vague", "at", "join"}  # nothing where no time follows
_BARE = {"clock", "dotted", "hours", "military", "number", "past"}  # what a zone may follow

_GAP = re.compile(r"[\s,(\[]*")
_BY_FIRST = {
    first: re.compile("|".join(f"(?P<{kind}>{_KINDS[kind]})" for kind in kinds.split()), re.IGNORECASE)
    for first, kinds in {
        "digit": "clock iso military hours amount date numeric past dotted odd number",
        "letter": "day part sharp loose at amount clock date past halves offset place zone eow period month week ago now since range and vague"
        " join number",
        "sign": "amount offset range vague at join",
    }.items()
}
"""Only those kinds are tried that may begin so."""
_ZONE = re.compile(
    rf"\s*(?:\(\s*)?(?P<zone>(?:(?-i:{_ZONES_THAT_ARE_WORDS.replace(' ', '|')})"
    rf"|(?:local|my|our|your|their|eastern|central|mountain|pacific|(?-i:[A-Z])\w+)\s+time){_ENDS})",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\s+(?P<things>[^\W\d_][\w'\u2019-]*)(?![\w:])")
_PLURAL = re.compile(
    r"(?!this\b|always\b|thanks\b|perhaps\b|unless\b|sometimes\b)[^\W\d_]{3,}s\b", re.IGNORECASE
)
_EDGE = re.compile(r"[^\w\s]*?(?:\s|$|[,;])")
_CLOSING = re.compile(r"[)\]]")
_REST_OF_WORD = re.compile(r"\S*")


class TimeWord(NamedTuple):
    """`match` has the named parts of its kind. `is_apart` where something stands between it and the word before."""

    kind: str
    text: str
    match: re.Match[str]
    is_apart: bool


def time_words(text: str, start: int = 0) -> tuple[list[TimeWord], int]:
    """The words about time from `start` on, and where they end; none, and `start`, where there are none.

    What is glued to the last one belongs to it. A number goes along where it may be an hour: `friday 9`, and with the
    word behind it where it may be a number of things, too: `friday 9 new`. `friday 5 printers` is over before the 5.
    """
    words: list[TimeWord] = []
    position = end = start
    count = 0
    while len(words) < _MOST and (word := _next(text, position, words)):
        words.append(word)
        position = word.match.end()
        if word.kind not in _LINKS:
            end, count = position, len(words)
    del words[count:]
    if not words:
        return [], start
    if "(" in text[start:end] or "[" in text[start:end]:
        closing = _CLOSING.match(text, end)
        end = closing.end() if closing else end
    if not _EDGE.match(text, end) and (rest := _REST_OF_WORD.match(text, end)):
        end = rest.end()
        words.append(TimeWord("unread", rest[0], rest, is_apart=False))
    return words, end


def _next(text: str, position: int, words: list[TimeWord]) -> TimeWord | None:
    before = words[-1].kind if words else ""
    match = (_ZONE.match(text, position) if before in _BARE else None) or _word(text, position)
    if match is None or match.lastgroup is None or before == "counted":
        return None
    kind = match.lastgroup
    word = TimeWord(kind, match[kind], match, match.start() > position)
    if (kind in {"sharp", "month"} and not before) or (kind == "week" and before != "day"):
        return None
    if kind == "range" and not words and not word.text.isalpha():
        return None
    if kind in {"number", "military"} and before != "at":
        return _numbered(word, text, before)
    if before and word.text.lower() in _WORDS_TOO:
        things = None if _word(text, match.end()) else _COUNTED.match(text, match.end())
        return TimeWord("counted", word.text, things, word.is_apart) if things else word
    return word


def _word(text: str, position: int) -> re.Match[str] | None:
    gap = _GAP.match(text, position)
    start = gap.end() if gap else position
    first = text[start : start + 1]
    kind = "digit" if first.isdecimal() else "letter" if first.isalpha() else "sign"
    return _BY_FIRST[kind].match(text, start)


def _numbered(word: TimeWord, text: str, before: str) -> TimeWord | None:
    """The number as an hour, or as one that may count things; None where it surely does."""
    end = word.match.end()
    things = _COUNTED.match(text, end)
    if before == "date" and len(word.text) == 2 and word.text > "23":  # noqa: PLR2004  (a year)
        is_time = things is None or not _PLURAL.match(things["things"])
        return word if is_time else None
    if things is None or _word(text, end) or _ZONE.match(text, end):
        return word
    if not before or not word.text.isdecimal() or _PLURAL.match(things["things"]):
        return None
    return TimeWord("counted", word.text, things, word.is_apart)
