import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.domain.directory import Asset, Contact, Customer, Directory, Site, System
from bot.import_rows import KINDS
from bot.imports import ImportRefused, Progress, import_files
from bot.services.ports.store import Transaction
from storage import open_store
from tests.directories import fill, whole
from tests.storage.samples import DESK

ACME = Customer(id="acme", name="Acme GmbH")
HQ = Site(id="hq", name="Headquarters", customer_id="acme", address="Main St 1")
FILES = {
    "customers.csv": "id,name\nacme,Acme GmbH\n",
    "sites.csv": "id,name,customerId,address\nhq,Headquarters,acme,Main St 1\n",
    "systems.json": json.dumps([{"id": "hvac", "name": "Ventilation", "siteId": "hq"}]),
    "assets-2026.csv": "ID;Name;site_id;System ID\nfan-1;Fan, big;hq;hvac\n",
    "contacts.csv": "id\tname\tcustomer_id\temail\tphone\nana\tAna\tacme\tana@acme.example\t\n",
}
WHOLE = Directory(
    customers=(ACME,),
    sites=(HQ,),
    systems=(System(id="hvac", name="Ventilation", site_id="hq"),),
    assets=(Asset(id="fan-1", name="Fan, big", site_id="hq", system_id="hvac"),),
    contacts=(Contact(id="ana", name="Ana", customer_id="acme", email="ana@acme.example"),),
)


def written(folder: Path, files: dict[str, str | bytes]) -> list[Path]:
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return [folder / name for name in files]


async def imported(
    paths: Iterable[Path],
    into: Directory = Directory(),  # noqa: B008
    on_progress: Progress = lambda _: None,
    *,
    renamed: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Directory:
    """All that the directory then holds."""

    async def work(tx: Transaction) -> Directory:
        await fill(tx, into)
        counted = await import_files(tx, paths, on_progress, renamed=renamed, tell=tell)
        directory = await whole(tx)
        assert counted == {plural: len(directory.items(kind)) for plural, (kind, _) in KINDS.items()}
        return directory

    with TemporaryDirectory() as folder:
        store = open_store(f"tinydb:{folder}")
        try:
            return await store.change(DESK, work)
        finally:
            await store.close()


async def refused(folder: Path, files: dict[str, str | bytes], into: Directory = Directory()) -> list[str]:  # noqa: B008
    with pytest.raises(ImportRefused) as error:
        await imported(written(folder, files), into)
    first, *faults = error.value.message.splitlines()
    assert first == "Nothing was imported."
    return faults


async def test_files_of_every_kind_become_one_directory_whatever_their_order(tmp_path: Path) -> None:
    paths = written(tmp_path, {**FILES})
    assert await imported(paths) == WHOLE
    assert await imported(reversed(paths)) == WHOLE


async def test_one_json_file_may_hold_all_kinds(tmp_path: Path) -> None:
    paths = written(tmp_path, {"all.json": WHOLE.model_dump_json(by_alias=True, exclude={"known"})})
    assert await imported(paths) == WHOLE


async def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    assert await imported(written(tmp_path, {**FILES}), WHOLE) == WHOLE


async def test_an_imported_row_updates_the_item_with_its_id_and_leaves_the_others(tmp_path: Path) -> None:
    paths = written(tmp_path, {"customers.csv": "id,name\nacme,Acme AG\nbeta,Beta\n"})
    directory = await imported(paths, WHOLE)
    assert [(customer.id, customer.name) for customer in directory.customers] == [
        ("acme", "Acme AG"),
        ("beta", "Beta"),
    ]
    assert directory.assets == WHOLE.assets


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfid,name\r\nacme,Acme GmbH\r\n",
        b"id;name\nacme;Acme GmbH",
        b'"id"\t"name"\n"acme"\t"Acme GmbH"\n\n\n',
        b"Name , ID\n Acme GmbH , acme \n , \n",
    ],
)
async def test_a_spreadsheets_ways_of_writing_csv_are_read(tmp_path: Path, content: bytes) -> None:
    assert (await imported(written(tmp_path, {"Customers.CSV": content}))).customers == (ACME,)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        (
            "sites.csv",
            "id,name\nhq,HQ\n",
            "sites.csv: the column “customerId” is missing. The columns are id, name,",
        ),
        ("customers.csv", "id,name,Name\n1,A,B\n", "customers.csv: the column “name” is there twice."),
        ("customers.csv", "", "customers.csv: the column “id” is missing; the column “name” is missing."),
        ("customers.csv", "id,name\na,A\n ,B\n", "customers.csv, row 3: id is missing."),
        ("customers.csv", "id,name\na,\n", "customers.csv, row 2: name is missing."),
        ("customers.csv", "id,name\na,A,B\n", "customers.csv, row 2: there is no “column 3”."),
        (
            "customers.csv",
            f"id,name\n{'a' * 101},A\n",
            "customers.csv, row 2: id is longer than 100 characters.",
        ),
        (
            "customers.csv",
            "id,name\na,A\n\na,B\n",
            "customers.csv, row 4: the ID “a” is taken already, by customers.csv, row 2.",
        ),
        ("customers.csv", 'id,name\na,"A\n', 'customers.csv, row 2: a quote (") is left open there.'),
        (
            "customers.csv",
            "id,name\na,Müller\n".encode("latin-1"),
            "customers.csv, line 2, is not UTF-8. Save it as",
        ),
        ("customers.csv", "id,name\na,A\n".encode("utf-16-le"), "customers.csv, line 1, is not UTF-8."),
        ("people.csv", "id,name\na,A\n", "people.csv must have a name that begins with customers, sites,"),
        (
            "customersold.csv",
            "id,name\na,A\n",
            "customersold.csv must have a name that begins with customers",
        ),
        ("customers.txt", "", "customers.txt is neither a .csv nor a .tsv nor a .json file."),
        (
            "customers.xlsx",
            "",
            "customers.xlsx is a spreadsheet's own file. Save it as “CSV UTF-8” and try again.",
        ),
        (
            "customers.csv",
            b"PK\x03\x04...",
            "customers.csv is a spreadsheet's own file. Save it as “CSV UTF-8”",
        ),
        ("customers.json", "[{]", "customers.json, line 1, is not JSON"),
        ("customers.json", "5", "customers.json must be a list"),
        ("all.json", '{"people": []}', "all.json must be a list, or an object of lists named customers"),
        ("customers.json", '[{"id": true, "name": "A"}]', "customers.json, item 1: id must be text."),
        ("customers.json", '[{"id": 1.5, "name": "A"}]', "customers.json, item 1: id must be text."),
        ("customers.json", '[{"id": "a", "name": ["A"]}]', "customers.json, item 1: name must be text."),
        ("customers.json", "[5]", "customers.json, item 1: id is missing."),
        ("all.json", '{"customers": [{"id": "a"}]}', "all.json, customers item 1: name is missing."),
    ],
)
async def test_a_fault_has_its_file_and_row(
    tmp_path: Path, name: str, content: str | bytes, fault: str
) -> None:
    assert (await refused(tmp_path, {name: content}))[0].startswith(fault)


SITE_HEAD = "id,name,customerId,site_type,Occupancy Profile,Access notes,ServiceInstructions,Hazards\n"


async def test_what_one_must_know_on_site_is_read_from_what_people_have(tmp_path: Path) -> None:
    rows = "hq,HQ,acme,Mixed use,24/7,Ring twice,Ask for Rosa,Live wires\nlab,Lab,acme,,N/A,,,none\n"
    paths = written(tmp_path, {"sites.csv": SITE_HEAD + rows})
    told: list[str] = []
    hq, lab = (await imported(paths, Directory(customers=(ACME,)), tell=told.append)).sites
    assert hq == Site(
        id="hq",
        name="HQ",
        customer_id="acme",
        site_type="mixed_use",
        occupancy_profile="24_7",
        access_instructions="Ring twice",
        service_instructions="Ask for Rosa",
        hazards_notes="Live wires",
    )
    assert lab == Site(id="lab", name="Lab", customer_id="acme")
    assert told == []


async def test_what_a_site_cannot_be_is_a_fault_of_its_row_that_lists_what_it_can(tmp_path: Path) -> None:
    rows = f"a,A,acme,castle,,,,\nb,B,acme,retail,sometimes,,,\nc,C,acme,,,,,{'x' * 2001}\n"
    assert await refused(tmp_path, {"sites.csv": SITE_HEAD + rows}, Directory(customers=(ACME,))) == [
        "sites.csv, row 2: siteType must be commercial, residential, industrial, government, education, "
        "healthcare, retail or mixed_use, not “castle”.",
        "sites.csv, row 3: occupancyProfile must be 24_7, business_hours, extended_hours, seasonal or "
        "variable, not “sometimes”.",
        "sites.csv, row 4: hazardsNotes is longer than 2000 characters.",
    ]


CASES = [
    ("assets.csv", b"id,name,siteId,systemId\na1,A,hq,NULL\n"),
    ("assets.csv", b"id,name,siteId,systemId\na1,A,hq,N/A\n"),
    ("assets.csv", b"id,name,siteId,systemId\na1,A,hq,#N/A\n"),
    ("assets.json", b'[{"id":"a1","name":"A","siteId":"hq","systemId":null}]'),
    ("assets.json", b'[{"id":"a1","name":"A","siteId":"hq","systemId":"null"}]'),
    ("asset.csv", b"ID,Name,Site-ID,SYSTEM_ID\na1,A,hq,\n"),
    ("Asset 2026.csv", b"Id,NAME,site id,\xe2\x80\x8bSystem.Id\na1,A,hq,\n"),
    ("assets.tsv", b"id\tname\tsiteId\na1\tA\thq\n"),
    ("assets.tsv", b"id,name,siteId\na1,A,hq\n"),
    ("assets.csv", b"sep=;\r\nid;name;siteId\r\na1;A;hq\r\n"),
    ("assets.csv", b'\xef\xbb\xbf"sep=|"\nid|name|siteId\na1|A|hq\n'),
    ("assets.csv", b"\n\r\n,,\nid,name,siteId\na1,A,hq\n"),
    ("assets.csv", "id\tname\tsiteId\r\na1\tA\thq\r\n".encode("utf-16")),
    ("my-assets.csv", b"id,name,siteId\na1,A,hq\n"),
    ("all.json", b'{"Asset": [{"ID":"a1","name":"A","site_id":"hq"}]}'),
]


@pytest.mark.parametrize(("name", "content"), CASES)
async def test_what_people_have_is_read(tmp_path: Path, name: str, content: bytes) -> None:
    told: list[str] = []
    paths = written(tmp_path, {name: content})
    into = Directory(customers=(ACME,), sites=(HQ,))
    assert (await imported(paths, into, tell=told.append)).assets == (Asset(id="a1", name="A", site_id="hq"),)
    assert told == []


async def test_numbers_are_ids_names_and_phones_too(tmp_path: Path) -> None:
    files = {
        "customers.json": '[{"id":1,"name":"Acme"},{"id":2.0,"name":365}]',
        "contacts.json": '[{"id":7,"name":"Ana","customerId":1,"phone":4930123}]',
    }
    directory = await imported(written(tmp_path, {**files}))
    assert [(each.id, each.name) for each in directory.customers] == [("1", "Acme"), ("2", "365")]
    assert directory.contacts == (Contact(id="7", name="Ana", customer_id="1", phone="4930123"),)


async def test_a_name_may_say_null_where_one_is_needed(tmp_path: Path) -> None:
    directory = await imported(written(tmp_path, {"customers.csv": "id,name\nn,Null\n"}))
    assert directory.customers == (Customer(id="n", name="Null"),)


async def test_columns_that_nobody_knows_are_ignored_and_told_once(tmp_path: Path) -> None:
    files = {
        "customers.csv": "id,name,industry,ARR,\nacme,Acme GmbH,x,1,y\nb,B,x,1,y\n",
        "sites.json": '[{"id":"hq","name":"HQ","customerId":"acme","adress":"x"},{"id":"l","name":"L","customerId":"b","adress":"y"}]',
    }
    told: list[str] = []
    directory = await imported(written(tmp_path, {**files}), tell=told.append)
    assert directory.customers == (ACME, Customer(id="b", name="B"))
    assert told == [
        "customers.csv: nothing is taken from “industry”, “ARR” and “column 5”.",
        'sites.json: nothing is taken from “adress”. If that is a field, say so: --map "adress=address".',
    ]


async def test_a_column_may_be_named_by_hand(tmp_path: Path) -> None:
    renamed = {"Company name": "name", "Account-No": "id", "Customer no": "customer_id"}
    files = {
        "customers.csv": "account no,COMPANY NAME\nacme,Acme GmbH\n",
        "sites.json": '[{"id":"hq","name":"Headquarters","Customer No":"acme","address":"Main St 1"}]',
    }
    directory = await imported(written(tmp_path, {**files}), renamed=renamed)
    assert (directory.customers, directory.sites) == ((ACME,), (HQ,))


@pytest.mark.parametrize(
    ("renamed", "fault"),
    [
        ({"Company": "name"}, "No file has a column “Company”."),
        ({"id": "name"}, "customers.csv: the column “id” is missing; the column “name” is there twice."),
    ],
)
async def test_a_name_by_hand_that_does_not_fit_is_a_fault(
    tmp_path: Path, renamed: dict[str, str], fault: str
) -> None:
    with pytest.raises(ImportRefused) as refused:
        await imported(written(tmp_path, {"customers.csv": "id,name\na,A\n"}), renamed=renamed)
    assert fault in refused.value.message


async def test_an_id_that_only_says_that_there_is_none_is_missing(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"customers.csv": "id,name\nNULL,Acme\n#N/A,Beta\n"}
    assert await refused(tmp_path, files) == [
        "customers.csv, row 2: id is missing.",
        "customers.csv, row 3: id is missing.",
    ]


async def test_the_likeliest_of_the_other_columns_is_the_example(tmp_path: Path) -> None:
    (fault,) = await refused(tmp_path, {"customers.csv": "Company name,Customer ID\nAcme,a\n"})
    assert fault.endswith(
        'It also has “Company name” and “Customer ID”. Say which it is: --map "Company name=name".'
    )


async def test_a_header_that_lacks_a_column_says_how_to_name_it(tmp_path: Path) -> None:
    (fault,) = await refused(tmp_path, {"customers.csv": "id,Company name\na,A\n"})
    assert fault == (
        "customers.csv: the column “name” is missing. The columns are id and name. It also has “Company name”. "
        'Say which it is: --map "Company name=name".'
    )


async def test_ids_that_differ_by_their_case_alone_are_two_things(tmp_path: Path) -> None:
    first = await imported(
        written(
            tmp_path,
            {
                "customers.csv": "id,name\n0014W00002AKpQZ,Acme\nx,X\n",
                "sites.csv": "id,name,customerId\nhq,Acme HQ,0014W00002AKpQZ\n",
            },
        ),
    )
    second = await imported(written(tmp_path, {"customers.csv": "id,name\n0014W00002AKpqz,Globex\n"}), first)
    assert [(each.id, each.name) for each in second.customers] == [
        ("0014W00002AKpQZ", "Acme"),
        ("x", "X"),
        ("0014W00002AKpqz", "Globex"),
    ]
    assert second.sites == first.sites
    assert second.complete({"siteId": "hq"})["customerId"] == "0014W00002AKpQZ"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            "id,name\nnul,Ac\0me\n",
            "customers.csv, row 2: name holds the character U+0000, which no store can hold.",
        ),
        (
            'id,name\na,A\nb,"B\nC"\n',
            "customers.csv, row 3: name has a line break, or a quote is left open there.",
        ),
        (
            "id,name\na,A\u2028B\n",
            "customers.csv, row 2: name has a line break, or a quote is left open there.",
        ),
        ("id,name\na,\u200b\n", "customers.csv, row 2: name is made of nothing that can be seen."),
        ("id,name\n\u2060,A\n", "customers.csv, row 2: id is made of nothing that can be seen."),
        *(
            (content, f'customers.csv, row {row}: a quote (") is left open there')
            for content, row in (
                ('id,name\nb,"Bad start\nc,Middle\nd,Last"\n', 2),
                ('id,name\na,A\nb,"Bad start\nc,Middle\n', 3),
                ('id,name\na,A\nb,"Bad"start\nc,Middle\n', 3),
                ('sep=,\nid,name\na,A\nb,"Bad\nc,C\n', 3),
                ('\nid,name\na,A\nb,"Bad\nc,C\n', 4),
                ('id,name\na,"' + "b,B\n" * 40_000, 2),
            )
        ),
    ],
)
async def test_what_a_name_cannot_be_is_a_fault_of_its_row(tmp_path: Path, content: str, fault: str) -> None:
    assert (await refused(tmp_path, {"customers.csv": content}))[0].startswith(fault)


async def test_an_address_may_have_lines_and_a_quote_that_swallows_rows_is_seen(tmp_path: Path) -> None:
    head = "id,name,customerId,address\n"
    paths = written(tmp_path, {"sites.csv": f'{head}hq,HQ,acme,"Main St 1, Floor 2\n10115 Berlin"\n'})
    (site,) = (await imported(paths, Directory(customers=(ACME,)))).sites
    assert site.address == "Main St 1, Floor 2\n10115 Berlin"
    swallowed = f'{head}hq,HQ,acme,"Main St 1\nlab,Lab,acme,Side St\nx,X,acme,Y"\n'
    assert await refused(tmp_path, {"sites.csv": swallowed}) == [
        'sites.csv, row 2: a quote (") is left open there, so that the next rows became a part of it.'
    ]


async def test_names_are_found_however_their_accents_are_written(tmp_path: Path) -> None:
    content = "id,name\nc1,Cafe\u0301 Zu\u0308rich\nc2,O'Brien & Co\nc3,Smith - Jones\n"
    directory = await imported(written(tmp_path, {"customers.csv": content}))
    assert directory.customers[0].name == "Caf\u00e9 Z\u00fcrich"
    for typed, found in (
        ("caf\u00e9 z\u00fcrich", "c1"),
        ("O\u2019Brien & Co", "c2"),
        ("Smith \u2013 Jones", "c3"),
    ):
        assert directory.resolve("customerId", typed, {}) == found


async def test_a_parent_that_nobody_knows_is_a_fault_of_the_row_that_names_it(tmp_path: Path) -> None:
    faults = await refused(
        tmp_path, {**FILES, "sites.csv": "id,name,customerId\nhq,HQ,acme\nlab,Lab,acmee\n"}
    )
    assert faults == ["sites.csv, row 3: Lab belongs to customer “acmee”, which does not exist."]


async def test_a_parent_may_be_one_that_was_imported_before(tmp_path: Path) -> None:
    paths = written(tmp_path, {"sites.csv": "id,name,customerId\nlab,Lab,acme\n"})
    assert [site.id for site in (await imported(paths, WHOLE)).sites] == ["hq", "lab"]


async def test_one_fault_imports_nothing_and_all_faults_are_told(tmp_path: Path) -> None:
    faults = await refused(tmp_path, {**FILES, "sites.csv": "x\n", "customers.csv": "id,name\n,A\n,B\n"})
    assert sorted(fault.partition(":")[0] for fault in faults) == [
        "customers.csv, row 2",
        "customers.csv, row 3",
        "sites.csv",
    ]


async def test_many_faults_are_counted(tmp_path: Path) -> None:
    faults = await refused(tmp_path, {"customers.csv": "id,name\n" + ",A\n" * 33})
    assert len(faults) == 21
    assert faults[-1] == "… and 13 more."


async def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"customers\.csv cannot be read: No such file or directory\."):
        await imported([tmp_path / "customers.csv"])


async def test_progress_ends_at_the_last_row(tmp_path: Path) -> None:
    paths = written(tmp_path, {"customers.csv": "id,name\n" + "".join(f"{n},C{n}\n" for n in range(2500))})
    seen: list[int] = []
    await imported(paths, on_progress=seen.append)
    assert seen == [1000, 2000, 2500]
