"""`deskhand import`: CSV and JSON files become a directory. All of them, or nothing and every reason why not.

A file's kind is the beginning of its name (customers.csv, sites-2026.json); a JSON file may also be one object
with the kinds as its keys. Columns are the wire names of the directory's records. An imported item takes the
place of the one with its ID, so importing a file again changes nothing.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Literal, NamedTuple

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.domain.directory import Asset, Contact, Customer, Directory, Item, Site, System
from bot.domain.errors import DeskError
from bot.domain.fields import ItemKind
from bot.domain.words import listed, quoted

Plural = Literal["customers", "sites", "systems", "assets", "contacts"]
Progress = Callable[[int, int], None]
"""Takes the number of rows done, and of all."""

SHOWN = 20
"""How many faults are told; the rest is counted."""

_STEP = 1000  # rows between two reports of progress
_KINDS: dict[Plural, tuple[ItemKind, type[Item]]] = {
    "customers": ("customer", Customer),
    "sites": ("site", Site),
    "systems": ("system", System),
    "assets": ("asset", Asset),
    "contacts": ("contact", Contact),
}


class ImportRefused(DeskError):
    """Nothing was imported: a line for each fault."""

    code = "import_refused"

    def __init__(self, faults: Sequence[str]) -> None:
        more = len(faults) - SHOWN
        rest = [f"… and {more} more."] if more > 0 else []
        super().__init__("\n".join(["Nothing was imported.", *faults[:SHOWN], *rest]))


class _FaultError(Exception):
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


def read_directory(
    paths: Iterable[Path], into: Directory, on_progress: Progress = lambda _, __: None
) -> Directory:
    """`into` with the items of the files. Raises ImportRefused with every fault, by file and row."""
    faults: list[str] = []
    twice: list[str] = []
    rows: list[ImportRow] = []
    for path in paths:
        try:
            rows += _rows(path)
        except _FaultError as fault:
            faults.append(f"{path.name}{fault}")
    taken: dict[tuple[Plural, str], tuple[ImportRow, Item]] = {}
    for done, row in enumerate(rows, start=1):
        if item := _item(row, faults):
            first = taken.setdefault((row.plural, item.id.casefold()), (row, item))[0]
            if first is not row:
                twice.append(f"{row.where}: the ID {quoted(item.id)} is taken already, by {first.where}.")
        if done % _STEP == 0 or done == len(rows):
            on_progress(done, len(rows))
    directory = _merged(into, [(row.plural, item) for row, item in taken.values()])
    # Whoever belongs to a row that could not be read is no fault of its own.
    faults += twice if faults else [*twice, *_misplaced(directory, taken)]
    if faults:
        raise ImportRefused(faults)
    return directory


def _rows(path: Path) -> list[ImportRow]:
    """All rows of a file. Raises _FaultError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = f" cannot be read: {error.strerror}."
        raise _FaultError(why) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        why = f", line {line}, is not UTF-8. Save it as “CSV UTF-8” and try again."
        raise _FaultError(why) from None
    match path.suffix.lower():
        case ".csv":
            return list(_csv_rows(path, text))
        case ".json":
            return list(_json_rows(path, text))
        case _:
            why = " is neither a .csv nor a .json file."
            raise _FaultError(why)


def _plural(path: Path) -> Plural:
    stem = path.stem.lower()
    for plural in _KINDS:
        if stem == plural or (stem.startswith(plural) and not stem[len(plural)].isalpha()):
            return plural
    why = f" must have a name that begins with {listed(list(_KINDS))}, to say what is in it."
    raise _FaultError(why)


def _csv_rows(path: Path, text: str) -> Iterator[ImportRow]:
    plural = _plural(path)
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [_column(plural, cell) for cell in next(reader, [])]
        _check(plural, columns)
        for number, cells in enumerate(reader, start=2):
            if any(cell.strip() for cell in cells):
                yield ImportRow(plural, path.name, "row", number, _given(columns, cells))
    except csv.Error as error:
        why = f", line {reader.line_num}, is not CSV: {error}."
        raise _FaultError(why) from None


def _given(columns: Sequence[str], cells: Iterable[str]) -> Mapping[str, object]:
    """A cell that is blank is not there."""
    named = zip_longest(columns, map(str.strip, cells))
    return {name or f"column {number}": cell for number, (name, cell) in enumerate(named, start=1) if cell}


def _json_rows(path: Path, text: str) -> Iterator[ImportRow]:
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        why = f", line {error.lineno}, is not JSON: {error.msg}."
        raise _FaultError(why) from None
    lists = content if isinstance(content, dict) else {_plural(path): content}
    for key, items in lists.items():
        plural = next((known for known in _KINDS if known == key), None)
        if plural is None or not isinstance(items, list):
            why = (
                f" must be a list, or an object of lists named {listed(list(_KINDS))}; {quoted(key)} is not."
            )
            raise _FaultError(why)
        for number, item in enumerate(items, start=1):
            values = item if isinstance(item, dict) else {}
            yield ImportRow(
                plural,
                path.name,
                "item" if lists is not content else f"{plural} item",
                number,
                {_column(plural, name): value for name, value in values.items()},
            )


def _column(plural: Plural, name: str) -> str:
    """customer_id, CustomerID and Customer Id are all customerId; what nobody knows stays as it is."""
    known = {column.lower(): column for column in _columns(plural)}
    return known.get(name.strip().lower().replace("_", "").replace(" ", ""), name.strip())


def _columns(plural: Plural) -> list[str]:
    return [field.alias or name for name, field in _KINDS[plural][1].model_fields.items()]


def _check(plural: Plural, columns: Sequence[str]) -> None:
    """Raises _FaultError where a column is unknown, missing or there twice."""
    known = _columns(plural)
    needed = [
        field.alias or name for name, field in _KINDS[plural][1].model_fields.items() if field.is_required()
    ]
    faults = [
        *(f"there is no column {quoted(name)}" for name in columns if name and name not in known),
        *(f"the column {quoted(name)} is missing" for name in needed if name not in columns),
        *(f"the column {quoted(name)} is there twice" for name in known if columns.count(name) > 1),
    ]
    if faults:
        why = f": {'; '.join(faults)}. The columns are {listed(known, 'and')}."
        raise _FaultError(why)


def _item(row: ImportRow, faults: list[str]) -> Item | None:
    try:
        return _KINDS[row.plural][1].model_validate(row.values, by_alias=True, by_name=False)
    except ValidationError as error:
        faults += [f"{row.where}: {_explained(detail)}." for detail in error.errors(include_url=False)]
    return None


def _explained(detail: ErrorDetails) -> str:
    field = str(detail["loc"][0])
    match detail["type"]:
        case "missing" | "string_too_short":
            return f"{field} is missing"
        case "string_too_long":
            return f"{field} is longer than {detail['ctx']['max_length']} characters"
        case "extra_forbidden":
            return f"there is no {quoted(field)}"
        case _:
            return f"{field} must be text"


def _merged(into: Directory, items: Iterable[tuple[Plural, Item]]) -> Directory:
    """An item takes the place of the one with its ID; new ones come after."""
    by_id = {
        plural: {item.id.casefold(): item for item in into.items(kind)}
        for plural, (kind, _) in _KINDS.items()
    }
    for plural, item in items:
        by_id[plural][item.id.casefold()] = item
    return Directory.model_validate(
        {plural: tuple(known.values()) for plural, known in by_id.items()}, by_name=True
    )


def _misplaced(
    directory: Directory, taken: Mapping[tuple[Plural, str], tuple[ImportRow, Item]]
) -> Iterator[str]:
    plural_of = {kind: plural for plural, (kind, _) in _KINDS.items()}
    for fault in directory.faults():
        known = taken.get((plural_of[fault.kind], fault.id.casefold()))
        yield f"{known[0].where}: {fault.message}" if known else fault.message
