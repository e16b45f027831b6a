"""The rows of files for `deskhand import`, as people have them: CSV of every spreadsheet, TSV, JSON.

A file's kind is a word of its name (customers.csv, Sites 2026.tsv, contact.json); a JSON file may also be one object with
the kinds as its keys. Columns are the wire names of the directory's records, whatever their case, spaces and dashes.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches
from itertools import product
from pathlib import Path
from typing import Literal, NamedTuple

import orjson

from bot.domain.characters import NUL, is_blank, visible
from bot.domain.directory import Asset, Contact, Customer, Item, Site, System
from bot.domain.fields import ItemKind
from bot.domain.names import folded
from bot.domain.sites import CHOICES, read_choice
from bot.domain.words import listed, quoted

Plural = Literal["customers", "sites", "systems", "assets", "contacts"]

KINDS: dict[Plural, tuple[ItemKind, type[Item]]] = {
    "customers": ("customer", Customer),
    "sites": ("site", Site),
    "systems": ("system", System),
    "assets": ("asset", Asset),
    "contacts": ("contact", Contact),
}
_FIELDS = {
    plural: {field.alias or name: field.is_required() for name, field in record.model_fields.items()}
    for plural, (_, record) in KINDS.items()
}
"""Wire names, and whether an item must have them."""
_ALSO = {
    "access": "accessInstructions",
    "accessnotes": "accessInstructions",
    "servicenotes": "serviceInstructions",
    "hazards": "hazardsNotes",
    "hazardnotes": "hazardsNotes",
}
"""What columns are called besides, without spaces and dashes. No word that files have for something else, such as `type`."""
_NOTHING = {"", "null", "(null)", "n/a", "#n/a", "none", "nil", "nan", "\\n", "-"}
"""What databases and spreadsheets write where there is nothing."""
_SPREADSHEETS = {".xlsx", ".xls", ".xlsm", ".ods", ".numbers"}
_ONE_LINE = {"id", "name"}
_ZIP = b"PK\x03\x04"  # what most of them are
_LETTERS = re.compile(r"[^\W\d_]+")
_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*(?:\r\n?|\n|$)", re.IGNORECASE)
_OF_QUOTES = ("unexpected end", "expected after", "larger than field limit")  # as the csv module says it
_NO_LETTERS = re.compile(r"[\W_]+")


class FileFaultError(Exception):
    """A file that cannot be read; the text goes on after the file's name."""


class ImportRow(NamedTuple):
    """One item as a file has it, by wire names."""

    plural: Plural
    file: str
    unit: str
    number: int
    values: Mapping[str, object]

    @property
    def where(self) -> str:
        return f"{self.file}, {self.unit} {self.number}"


class Columns:
    """Which column of the files is which field. `renamed` are those that somebody named, by `--map`."""

    def __init__(self, renamed: Mapping[str, str] | None = None) -> None:
        self._renamed = {_plain(column): field for column, field in (renamed or {}).items()}
        self.unused = {_plain(column): column for column in renamed or {}}
        """Those of `renamed` that no file has had so far."""

    def field_of(self, plural: Plural, column: str) -> str | None:
        """`customer_id`, `CustomerID` and `Customer Id` are all customerId. None for what no item has."""
        known = {_plain(field): field for field in _FIELDS[plural]}
        plain = _plain(column)
        if plain in self._renamed:
            self.unused.pop(plain, None)
            plain = _plain(self._renamed[plain])
        return known.get(plain) or known.get(_plain(_ALSO.get(plain, "")))


def rows_of(path: Path, columns: Columns, tell: Callable[[str], None]) -> Iterator[ImportRow]:
    """All rows of a file. `tell` is told which of its columns are ignored. Raises FileFaultError."""
    suffix = path.suffix.lower()
    try:
        content = path.read_bytes()
    except OSError as error:
        why = f" cannot be read: {error.strerror}."
        raise FileFaultError(why) from None
    if suffix in _SPREADSHEETS or content.startswith(_ZIP):
        why = " is a spreadsheet's own file. Save it as “CSV UTF-8” and try again."
        raise FileFaultError(why)
    text = _decoded(content)
    if suffix in {".csv", ".tsv"}:
        yield from _csv_rows(path, text, columns, tell)
    elif suffix == ".json":
        yield from _json_rows(path, text, columns, tell)
    else:
        why = " is neither a .csv nor a .tsv nor a .json file."
        raise FileFaultError(why)


def _decoded(content: bytes) -> str:
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        why = f", line {line}, is not UTF-8. Save it as “CSV UTF-8” and try again."
        raise FileFaultError(why) from None
    if NUL in text.partition("\n")[0]:  # UTF-16 that does not say so
        why = ", line 1, is not UTF-8. Save it as “CSV UTF-8” and try again."
        raise FileFaultError(why)
    return text


def _plural(path: Path) -> Plural:
    words = _LETTERS.findall(path.stem.lower())
    found = [plural for plural in KINDS if plural in words or KINDS[plural][0] in words]
    if words and words[0] in found:
        found = [plural for plural in found if plural == words[0]]
    if len(found) == 1:
        return found[0]
    why = f" must have a name that begins with {listed(list(KINDS))}, to say what is in it."
    raise FileFaultError(why)


def _plain(column: str) -> str:
    return _NO_LETTERS.sub("", folded(visible(column)))


def _tell_ignored(file: str, plural: Plural, ignored: Sequence[str], tell: Callable[[str], None]) -> None:
    if not ignored:
        return
    by_plain = {_plain(field): field for field in _FIELDS[plural]}
    near = {name: get_close_matches(_plain(name), by_plain, n=1, cutoff=0.75) for name in ignored}
    hints = [f' --map "{name}={by_plain[found[0]]}"' for name, found in near.items() if found]
    hint = f" If that is a field, say so:{''.join(hints)}." if hints else ""
    tell(f"{file}: nothing is taken from {listed([quoted(name) for name in ignored], 'and')}.{hint}")


def _csv_rows(path: Path, text: str, columns: Columns, tell: Callable[[str], None]) -> Iterator[ImportRow]:
    plural = _plural(path)
    separator = _SEPARATOR.match(text)
    lines = io.StringIO(text[separator.end() :] if separator else text, newline="")
    delimiter = separator[1] if separator else _delimiter(path, text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    fields: list[str | None] = []
    try:
        for number, cells in enumerate(reader, start=1):
            if not any(visible(cell).strip() for cell in cells):
                continue
            if not fields:
                fields = _header(path.name, plural, cells, columns, tell)
                continue
            _check_quotes(cells, fields, delimiter, number)
            yield ImportRow(plural, path.name, "row", number, _given(fields, cells))
    except csv.Error as error:
        is_quote = any(words in str(error) for words in _OF_QUOTES)
        why = ': a quote (") is left open there' if is_quote else f" is not CSV: {error}"
        raise FileFaultError(f", row {number + 1}{why}.") from None
    if not fields:
        _header(path.name, plural, [], columns, tell)


def _delimiter(path: Path, text: str) -> str:
    head = next((line for line in text.splitlines() if line.strip(" ,;\t\r")), "")
    likely = ",;\t" if path.suffix.lower() == ".csv" else "\t,;"
    return max(likely, key=head.count)


def _header(
    file: str, plural: Plural, cells: Sequence[str], columns: Columns, tell: Callable[[str], None]
) -> list[str | None]:
    """The field of each column, None where there is none. Raises FileFaultError where one is missing, or there twice."""
    fields = [columns.field_of(plural, cell) for cell in cells]
    missing = [name for name, is_needed in _FIELDS[plural].items() if is_needed and name not in fields]
    faults = [
        *(f"the column {quoted(name)} is missing" for name in missing),
        *(f"the column {quoted(name)} is there twice" for name in _FIELDS[plural] if fields.count(name) > 1),
    ]
    if faults:
        others = [
            cell.strip() for cell, field in zip(cells, fields, strict=True) if cell.strip() and not field
        ]
        found = f" It also has {listed([quoted(name) for name in others[:10]], 'and')}." if others else ""
        likely = max(product(others, missing), key=lambda pair: _likeness(*map(_plain, pair)), default=None)
        hint = f' Say which it is: --map "{likely[0]}={likely[1]}".' if likely else ""
        why = f": {'; '.join(faults)}. The columns are {listed(list(_FIELDS[plural]), 'and')}.{found}{hint}"
        raise FileFaultError(why)
    ignored = [
        cell.strip() or f"column {at}"
        for at, (cell, field) in enumerate(zip(cells, fields, strict=True), 1)
        if not field
    ]
    _tell_ignored(file, plural, ignored, tell)
    return fields


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(a=one, b=other).ratio()


def _check_quotes(cells: Sequence[str], fields: Sequence[str | None], delimiter: str, number: int) -> None:
    """Raises FileFaultError where a cell holds whole rows: a quote in it is open."""
    if not any("\n" in cell or "\r" in cell for cell in cells):
        return
    swallowed = [line for cell in cells for line in cell.replace("\r", "\n").split("\n")[1:]]
    if any(line.count(delimiter) == len(fields) - 1 for line in swallowed) and len(fields) > 1:
        why = f', row {number}: a quote (") is left open there, so that the next rows became a part of it.'
        raise FileFaultError(why)


def _given(fields: Sequence[str | None], cells: Sequence[str]) -> Mapping[str, object]:
    """A cell that is blank is not there."""
    given: dict[str, object] = {
        field: cell.strip() for field, cell in zip(fields, cells, strict=False) if field and cell.strip()
    }
    beyond = {
        f"column {at}": cell for at, cell in enumerate(cells[len(fields) :], len(fields) + 1) if cell.strip()
    }
    return given | beyond


def _json_rows(path: Path, text: str, columns: Columns, tell: Callable[[str], None]) -> Iterator[ImportRow]:
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        why = f", line {error.lineno}, is not JSON: {error.msg}."
        raise FileFaultError(why) from None
    lists = content if isinstance(content, dict) else {_plural(path): content}
    for key, items in lists.items():
        plural = next((known for known, (kind, _) in KINDS.items() if _plain(key) in {known, kind}), None)
        if plural is None or not isinstance(items, list):
            why = f" must be a list, or an object of lists named {listed(list(KINDS))}; {quoted(key)} is not."
            raise FileFaultError(why)
        unit = "item" if lists is not content else f"{plural} item"
        ignored: dict[str, None] = {}
        for number, item in enumerate(items, start=1):
            values = {}
            for name, value in (item if isinstance(item, dict) else {}).items():
                if field := columns.field_of(plural, name):
                    values[field] = value
                else:
                    ignored[name] = None
            yield ImportRow(plural, path.name, unit, number, values)
        _tell_ignored(path.name, plural, [*ignored], tell)


def texts_of(row: ImportRow) -> tuple[dict[str, object], list[str]]:
    """What the row gives its item, and why some of it can be no text of one.

    Numbers are text, letters are composed, and there is nothing where the row only says so.
    """
    texts: dict[str, object] = {}
    faults: list[str] = []
    for field, value in row.values.items():
        text = _as_text(value)
        if isinstance(text, str) and not (text.isascii() and text.isprintable()):
            if fault := _unfit(field, text):
                faults.append(fault)
            text = visible(unicodedata.normalize("NFC", text))
        if text is not None and (field == "name" or str(text).strip().casefold() not in _NOTHING):
            texts[field] = read_choice(field, text) if field in CHOICES and isinstance(text, str) else text
    return texts, faults


def _as_text(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _unfit(field: str, text: str) -> str | None:
    if NUL in text:
        return f"{field} holds the character U+0000, which no store can hold"
    if field not in _ONE_LINE:
        return None
    if len(text.strip().splitlines()) > 1:
        return f"{field} has a line break, or a quote is left open there"
    return f"{field} is made of nothing that can be seen" if is_blank(text) else None
