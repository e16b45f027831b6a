"""A typed line, piece by piece: which words set which field.

Free words are the summary, as they were typed; `summary:` adds its value to them. `key:value` sets a field, with quotes
where the value holds spaces, or without them where the words are a name that is known: the longest that is one. `due:`
takes as many words as make a time. A key with a space behind its colon is a word of the summary where it stands behind
other words: `Order status: resolved orders vanish`. `!word` is a priority, `@name` a person, and `#name` a queue where one
is called so. What these may stand in, as `(due:tomorrow)` or `!high,due:tomorrow`, is left out.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cached_property
from typing import NamedTuple, Protocol

from bot.domain.due import due_end
from bot.domain.errors import Problem
from bot.domain.fields import TicketField, by_key, by_sign
from bot.domain.names import squashed
from bot.domain.quotations import PHRASING, QUOTES, Quotations, unquoted
from bot.domain.values import doubt_of
from bot.domain.words import quoted

_WIDE = str.maketrans("！＠＃", "!@#")
_SIGN = rf"(?:[!！]+|[{re.escape(''.join(by_sign()))}＠＃])"
_KEY = r"[^\W\d_][\w-]*"
_OPENING = r"(?:[(\[{`*]|[_~](?=\S{1,80}[_~](?!\w))){0,4}"  # `_!high_` is how Slack leans it
_COLON = "[:：]"
_PLAIN = r"[^\W_][^\s:：,;！＠＃]*[,;]*(?!\S)"
_TOKEN = re.compile(
    rf"(?P<space>\s*)(?:(?P<plain>{_PLAIN}(?:\s+{_PLAIN})*)"
    rf"|(?P<open>{_OPENING})(?:(?P<key>{_KEY}){_COLON}(?P<gap>\s*)|(?P<sign>{_SIGN})(?=[^\W_]))"
    r"|(?P<word>\S+))"
)
_FIELD = rf"{_OPENING}(?:{_SIGN}[^\W_]|{_KEY}{_COLON})"
_NO_WORDS = rf"\s*(?:\Z|{_OPENING}(?:{_SIGN}[^\W_]|(?P<key>{_KEY}){_COLON}))"
_ENDS_WORDS = re.compile(_NO_WORDS)
_ONLY_WORD = re.compile(rf"(?P<word>[\w.-]*[^\W_])(?!\S)(?={_NO_WORDS})")
_GLUED = re.compile(rf"[,;](?={_FIELD})")
_WORD = re.compile(r"\s*(?P<word>\S+)")
_HOURS = re.compile(r"[\d.,]+\s+(?:h|hrs?|hours?)(?![\w:：])", re.IGNORECASE)
_AFTER = ",;:.!?"  # what may follow a name without being a part of it
_CLOSERS = ")]}"
_OPENERS = frozenset("([{")
_TAIL = re.compile(r"[,;:.!?)\]}`*_~]*(?!\S)|[)\]}`*_~]*[,;]")
_SAY_WHICH = "Say which one you mean, or leave it as it is."
_LOOKED_AT = 80  # characters behind a value
_NEAR_KEY = 0.8  # of 1, by difflib's measure
_MOST_WORDS = 8  # of a name
_MOST_OF_CHOICE = 2


class Names(Protocol):
    """What is known by name."""

    def knows(self, row: TicketField, text: str) -> bool:
        """Whether something that the field can hold is called exactly this."""

    def near(self, row: TicketField, text: str) -> str | None:
        """What somebody may have meant by this, who wrote it badly or not to its end."""


class LinePart(NamedTuple):
    """One part of a line. Free words belong to the summary. `shorter`: the beginnings of the value that are names as well.

    A `problem` may be of another field than the one that the words are put into.
    """

    field: str
    value: str
    problem: Problem | None = None
    shorter: tuple[str, ...] = ()


class TypedLine:
    """A line in its parts, in order. Raises nothing: a fault comes with the part it belongs to."""

    def __init__(self, text: str, names: Names) -> None:
        self._text = text
        self._names = names
        self._closers = _CLOSERS
        self._has_commas = "," in text or ";" in text
        self.prose: list[tuple[TicketField, int]] = []
        """The keys that were taken for words of the summary, and where their values would begin."""

    @cached_property
    def _quotations(self) -> Quotations:
        return Quotations(self._text)

    def parts(self) -> Iterator[LinePart]:
        position, is_behind = 0, False
        while token := _TOKEN.match(self._text, position):
            space, plain, opened, key, sign = token.group("space", "plain", "open", "key", "sign")
            is_behind = is_behind and "\n" not in space
            if plain:
                part, position = LinePart("summary", " ".join(plain.split())), token.end()
            elif opened and (phrase := self._phrase(token)):
                part, position = LinePart("summary", phrase[0]), phrase.end()
            elif key:
                part, position = self._keyed(token, is_behind=is_behind)
            elif sign:
                part, position = self._signed(token)
            else:
                part, position = self._free(token.start("word"))
            yield part
            is_behind = part.field == "summary"

    def named(self, row: TicketField, start: int) -> tuple[str, int, tuple[str, ...]]:
        """The longest name that begins here, where it ends, and the shorter ones; the first word where none does."""
        if only := self._only_word(start):
            return only[0], only.end(), ()
        word = _WORD.match(self._text, start)
        end = self._bare_end(start, word.end() if word else start)
        first = self._stripped(start, end, ",;")
        fits = [at for at in self._ends_of_names(row, start) if self._names.knows(row, self._text[start:at])]
        if not fits:
            return self._text[start:first], first, ()
        *shorter, end = fits
        return self._text[start:end], end, tuple(self._text[start:at] for at in shorter)

    def _ends_of_names(self, row: TicketField, start: int) -> Iterator[int]:
        """Where a name may end that begins here: behind each word, and before the signs at its end."""
        end, most = start, _MOST_OF_CHOICE if row.element == "choice" else _MOST_WORDS
        for count in range(most):
            word = _WORD.match(self._text, end)
            if word is None or (count and self._ends_words(word.start("word"))):
                break
            end = self._bare_end(word.start("word"), word.end())
            bare = self._stripped(start, end, _AFTER)
            if bare <= word.start("word"):  # signs alone are no word of a name
                break
            if any(map(str.isalnum, word["word"])):  # a dash may go on to a word of the name, but ends none
                yield from dict.fromkeys((bare, end))
            if bare < word.end():
                break

    def _ends_words(self, end: int) -> bool:
        """Whether no word of the summary follows: nothing does, or a sign or a known key."""
        mark = _ENDS_WORDS.match(self._text, end)
        return mark is not None and (mark["key"] is None or _row(mark["key"]) is not None)

    def _only_word(self, start: int) -> re.Match[str] | None:
        """A word without signs, where no other word of the summary follows it."""
        word = _ONLY_WORD.match(self._text, start)
        return word if word and (word["key"] is None or _row(word["key"])) else None

    def _free(self, start: int) -> tuple[LinePart, int]:
        """A word, or a quotation: as it was typed."""
        if self._text.startswith(PHRASING, start) and (phrase := self._quotations.at(start)):
            return LinePart("summary", phrase[0]), phrase.end()
        word = _WORD.match(self._text, start)
        end = self._bare_end(start, word.end()) if word else len(self._text)
        tail = end + self._text.startswith((",", ";"), end)
        return LinePart("summary", self._text[start:tail]), tail

    def _keyed(self, token: re.Match[str], *, is_behind: bool) -> tuple[LinePart, int]:
        """What `key:value` says, and where the line goes on."""
        key, gap = token.group("key", "gap")
        row, start = _row(key), token.end()
        if row is None:
            return self._free_key(token)
        if not gap and (only := self._only_word(start)):
            return LinePart(row.name, only[0]), only.end()
        if start == len(self._text) or (gap and self._ends_words(start)):
            return self._blank(row, key), token.start("gap")
        if gap and (is_behind or row.is_prose):
            if is_behind:
                self.prose.append((row, start))
            return self._word_of(token)
        part, end = self._value(row, key, start)
        end = self._behind(end)
        if part.problem is None and self._text[end - 1] not in ",;" and not self._ends_words(end):
            behind = self._text[end : end + _LOOKED_AT]
            part = part._replace(problem=doubt_of(row, key, part.value, behind, is_apart=bool(gap)))
        return part, end

    def _value(self, row: TicketField, key: str, start: int) -> tuple[LinePart, int]:
        field = row.name
        if self._text[start] in QUOTES and (found := self._in_quotes(row, key, start)):
            return found
        if row.element == "time" and (end := due_end(self._text, start)) > start:
            return LinePart(field, self._text[start:end]), end
        if row.element in {"item", "person", "queue", "choice"}:
            value, end, shorter = self.named(row, start)
            return (LinePart(field, value, None, shorter) if value else self._blank(row, key)), end
        word = (row.element == "hours" and _HOURS.match(self._text, start)) or _WORD.match(self._text, start)
        whole = word.end() if word else start
        end = self._stripped(start, self._bare_end(start, whole), ",;")
        return (LinePart(field, self._text[start:end]) if end > start else self._blank(row, key)), end

    def _in_quotes(self, row: TicketField, key: str, start: int) -> tuple[LinePart, int] | None:
        if quotation := self._quotations.at(start):
            value = unquoted(quotation[0])
            return (LinePart(row.name, value) if value.strip() else self._blank(row, key)), quotation.end()
        if row.name == "summary":
            return None
        word = _WORD.match(self._text, start)
        end = word.end() if word else start
        message = f"The quote after {key}: is not closed."
        problem = Problem(field=row.name, code="unclosed_quote", message=message)
        return LinePart(row.name, self._text[start:end].rstrip(",;"), problem), end

    def _signed(self, token: re.Match[str]) -> tuple[LinePart, int]:
        """`!high`, `@ana`, `#network`. A `#` before what is like no queue is one of the words, as in `#42` and `#REF!`."""
        row, start = by_sign()[token["sign"][0].translate(_WIDE)], token.end()
        if (only := self._only_word(start)) and (row.element == "person" or self._names.knows(row, only[0])):
            return LinePart(row.name, only[0]), only.end()
        value, end, shorter = self.named(row, start)
        bare = self._stripped(start, end, _AFTER)
        if bare < end and not self._names.knows(row, value):
            value, end = self._text[start:bare], bare
        if row.element == "person" or self._names.knows(row, value):
            return LinePart(row.name, value, None, shorter), self._behind(end)
        near = self._names.near(row, value)
        if row.element == "choice" and near:
            return LinePart(row.name, value), self._behind(end)
        part, end = self._free(token.start("open") if token["open"] else token.start("sign"))
        if row.element == "queue" and not near:
            return part, end
        code, message = "not_a_choice", f"{quoted(row.sign + value)} is no {row.label.lower()}. {_SAY_WHICH}"
        if near:
            code, message = (
                "unknown_queue",
                f"No queue is called {quoted(value)}. Did you mean {quoted(near)}?",
            )
        return part._replace(problem=Problem(field=row.name, code=code, message=message, meant=near)), end

    def _phrase(self, token: re.Match[str]) -> re.Match[str] | None:
        """Words between backticks that begin with a field and are more than that: a quotation."""
        self._closers = _CLOSERS + "`*_~"
        if "`" not in token["open"]:
            return None
        start = token.start("open") + token["open"].index("`")
        phrase = self._quotations.at(start)
        return phrase if phrase and len(phrase[0].split()) > 1 else None

    def _word_of(self, token: re.Match[str]) -> tuple[LinePart, int]:
        """The key with its colon, as a word of the summary."""
        end = token.start("gap")
        return LinePart("summary", self._text[token.start("open") : end]), end

    def _free_key(self, token: re.Match[str]) -> tuple[LinePart, int]:
        """A key that sets nothing: a slip of one that does, or just a word with a colon."""
        key, start = token["key"], token.end()
        if token["gap"] or start == len(self._text):
            return self._word_of(token)
        is_address = self._text.startswith("//", start)
        near = [] if is_address else get_close_matches(squashed(key), by_key(), n=1, cutoff=_NEAR_KEY)
        if not near:
            quotation = self._quotations.at(start)
            end = quotation.end() if quotation else self._free(start)[1]
            return LinePart("summary", self._text[token.start("open") : end]), end
        row = by_key()[near[0]]
        part, end = self._value(row, key, start)
        message = f"There is no field {quoted(key)}. Did you mean {quoted(near[0])}?"
        problem = Problem(field=row.name, code="unknown_field", message=message)
        return part._replace(problem=problem), self._behind(end)

    def _blank(self, row: TicketField, key: str) -> LinePart:
        if row.name == "summary":
            return LinePart("summary", "")
        message = f"{row.label} has no value. Write it after {key}:"
        return LinePart(row.name, "", Problem(field=row.name, code="blank", message=message))

    def _bare_end(self, start: int, end: int) -> int:
        """Where a word ends that goes on to `end`: before a comma that a field is glued to."""
        glued = _GLUED.search(self._text, start, end) if self._has_commas else None
        while glued and not self._is_glued(glued.end(), end):
            glued = _GLUED.search(self._text, glued.end(), end)
        return glued.start() if glued else end

    def _is_glued(self, start: int, end: int) -> bool:
        row = by_sign().get(self._text[start].translate(_WIDE))
        if row is None or row.element != "queue":
            return self._ends_words(start)
        return self._names.knows(row, self._text[start + 1 : self._stripped(start, end, _AFTER)])

    def _stripped(self, start: int, end: int, after: str) -> int:
        """The end without these signs, and without brackets that were not opened."""
        if end == start or self._text[end - 1].isalnum():
            return end
        signs = after + self._closers
        if self._text[end - 1] in signs and not _OPENERS.isdisjoint(self._text[start:end]):
            signs = after
        while end > start and self._text[end - 1] in signs:
            end -= 1
        return end

    def _behind(self, end: int) -> int:
        """Where the line goes on behind a value: signs that end a word are no words."""
        tail = None if self._text[end : end + 1].isspace() else _TAIL.match(self._text, end)
        return tail.end() if tail else end


def _row(key: str) -> TicketField | None:
    keys = by_key()
    return keys.get(key) or keys.get(squashed(key))
