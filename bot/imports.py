"""`deskhand import`: CSV and JSON files become a directory. All of them, or nothing and every reason why not.

What the files may look like is import_rows.py's part. An imported item takes the place of the one with its ID, so
importing a file again changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.domain.directory import Directory, Item
from bot.domain.errors import DeskError
from bot.domain.words import quoted
from bot.import_rows import KINDS, Columns, FileFaultError, ImportRow, Plural, rows_of, texts_of

Progress = Callable[[int, int], None]
"""Takes the number of rows done, and of all."""

SHOWN = 20
"""How many faults are told; the rest is counted."""

_STEP = 1000  # rows between two reports of progress


class ImportRefused(DeskError):
    """Nothing was imported: a line for each fault."""

    code = "import_refused"

    def __init__(self, faults: Sequence[str]) -> None:
        more = len(faults) - SHOWN
        rest = [f"… and {more} more."] if more > 0 else []
        super().__init__("\n".join(["Nothing was imported.", *faults[:SHOWN], *rest]))


def read_directory(
    paths: Iterable[Path],
    into: Directory,
    on_progress: Progress = lambda _, __: None,
    *,
    renamed: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Directory:
    """`into` with the items of the files. Raises ImportRefused with every fault, by file and row.

    `renamed` are columns with the field that each is. `tell` is told of columns that are ignored, once a file.
    """
    columns = Columns(renamed)
    faults: list[str] = []
    twice: list[str] = []
    rows: list[ImportRow] = []
    for path in paths:
        try:
            rows += [*rows_of(path, columns, tell)]
        except FileFaultError as fault:
            faults.append(f"{path.name}{fault}")
    faults += [f"No file has a column {quoted(column)}." for column in columns.unused.values()]
    taken: dict[tuple[Plural, str], tuple[ImportRow, Item]] = {}
    for done, row in enumerate(rows, start=1):
        if item := _item(row, faults):
            first = taken.setdefault((row.plural, item.id), (row, item))[0]
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


def is_field(name: str) -> bool:
    """Whether items of any kind have a field that is called so."""
    return any(Columns().field_of(plural, name) for plural in KINDS)


def _item(row: ImportRow, faults: list[str]) -> Item | None:
    texts, unfit = texts_of(row)
    if unfit:
        faults += [f"{row.where}: {why}." for why in unfit]
        return None
    try:
        return KINDS[row.plural][1].model_validate(texts, by_alias=True, by_name=False)
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
    by_id = {plural: {item.id: item for item in into.items(kind)} for plural, (kind, _) in KINDS.items()}
    for plural, item in items:
        by_id[plural][item.id] = item
    return Directory.model_validate(
        {plural: tuple(known.values()) for plural, known in by_id.items()}, by_name=True
    )


def _misplaced(
    directory: Directory, taken: Mapping[tuple[Plural, str], tuple[ImportRow, Item]]
) -> Iterator[str]:
    plural_of = {kind: plural for plural, (kind, _) in KINDS.items()}
    for fault in directory.faults():
        known = taken.get((plural_of[fault.kind], fault.id))
        yield f"{known[0].where}: {fault.message}" if known else fault.message
