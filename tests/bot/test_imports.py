import json
from pathlib import Path

import pytest

from bot.domain.directory import Asset, Contact, Customer, Directory, Site, System
from bot.imports import ImportRefused, read_directory

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


def refused(folder: Path, files: dict[str, str | bytes], into: Directory = Directory()) -> list[str]:  # noqa: B008
    with pytest.raises(ImportRefused) as error:
        read_directory(written(folder, files), into)
    first, *faults = error.value.message.splitlines()
    assert first == "Nothing was imported."
    return faults


def test_files_of_every_kind_become_one_directory_whatever_their_order(tmp_path: Path) -> None:
    paths = written(tmp_path, {**FILES})
    assert read_directory(paths, Directory()) == WHOLE
    assert read_directory(reversed(paths), Directory()) == WHOLE


def test_one_json_file_may_hold_all_kinds(tmp_path: Path) -> None:
    paths = written(tmp_path, {"all.json": json.dumps(WHOLE.to_wire())})
    assert read_directory(paths, Directory()) == WHOLE


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    assert read_directory(written(tmp_path, {**FILES}), WHOLE) == WHOLE


def test_an_imported_row_updates_the_item_with_its_id_and_leaves_the_others(tmp_path: Path) -> None:
    paths = written(tmp_path, {"customers.csv": "id,name\nACME,Acme AG\nbeta,Beta\n"})
    directory = read_directory(paths, WHOLE)
    assert [(customer.id, customer.name) for customer in directory.customers] == [
        ("ACME", "Acme AG"),
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
def test_a_spreadsheets_ways_of_writing_csv_are_read(tmp_path: Path, content: bytes) -> None:
    assert read_directory(written(tmp_path, {"Customers.CSV": content}), Directory()).customers == (ACME,)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        (
            "sites.csv",
            "id,name\nhq,HQ\n",
            "sites.csv: the column “customerId” is missing. The columns are id, name,",
        ),
        (
            "customers.csv",
            "id,name,adress\n1,A,B\n",
            "customers.csv: there is no column “adress”. The columns are",
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
            "id,name\na,A\n\nA,B\n",
            "customers.csv, row 4: the ID “A” is taken already, by customers.csv, row 2.",
        ),
        ("customers.csv", 'id,name\na,"A\n', "customers.csv, line 2, is not CSV: unexpected end of data."),
        (
            "customers.csv",
            "id,name\na,Müller\n".encode("latin-1"),
            "customers.csv, line 2, is not UTF-8. Save it as",
        ),
        ("customers.csv", "id,name\na,A\n".encode("utf-16"), "customers.csv, line 1, is not UTF-8."),
        ("people.csv", "id,name\na,A\n", "people.csv must have a name that begins with customers, sites,"),
        (
            "customersold.csv",
            "id,name\na,A\n",
            "customersold.csv must have a name that begins with customers",
        ),
        ("customers.xlsx", "", "customers.xlsx is neither a .csv nor a .json file."),
        ("customers.json", "[{]", "customers.json, line 1, is not JSON"),
        ("customers.json", "5", "customers.json must be a list"),
        ("all.json", '{"people": []}', "all.json must be a list, or an object of lists named customers"),
        ("customers.json", '[{"id": 5, "name": "A"}]', "customers.json, item 1: id must be text."),
        ("customers.json", '[{"id": "a", "name": "A", "x": 1}]', "customers.json, item 1: there is no “x”."),
        ("customers.json", "[5]", "customers.json, item 1: id is missing."),
        ("all.json", '{"customers": [{"id": "a"}]}', "all.json, customers item 1: name is missing."),
    ],
)
def test_a_fault_has_its_file_and_row(tmp_path: Path, name: str, content: str | bytes, fault: str) -> None:
    assert refused(tmp_path, {name: content})[0].startswith(fault)


def test_a_parent_that_nobody_knows_is_a_fault_of_the_row_that_names_it(tmp_path: Path) -> None:
    faults = refused(tmp_path, {**FILES, "sites.csv": "id,name,customerId\nhq,HQ,acme\nlab,Lab,acmee\n"})
    assert faults == ["sites.csv, row 3: Lab belongs to customer “acmee”, which does not exist."]


def test_a_parent_may_be_one_that_was_imported_before(tmp_path: Path) -> None:
    paths = written(tmp_path, {"sites.csv": "id,name,customerId\nlab,Lab,acme\n"})
    assert [site.id for site in read_directory(paths, WHOLE).sites] == ["hq", "lab"]


def test_one_fault_imports_nothing_and_all_faults_are_told(tmp_path: Path) -> None:
    faults = refused(tmp_path, {**FILES, "sites.csv": "x\n", "customers.csv": "id,name\n,A\n,B\n"})
    assert sorted(fault.partition(":")[0] for fault in faults) == [
        "customers.csv, row 2",
        "customers.csv, row 3",
        "sites.csv",
    ]


def test_many_faults_are_counted(tmp_path: Path) -> None:
    faults = refused(tmp_path, {"customers.csv": "id,name\n" + ",A\n" * 33})
    assert len(faults) == 21
    assert faults[-1] == "… and 13 more."


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"customers\.csv cannot be read: No such file or directory\."):
        read_directory([tmp_path / "customers.csv"], Directory())


def test_progress_ends_at_the_last_row(tmp_path: Path) -> None:
    paths = written(tmp_path, {"customers.csv": "id,name\n" + "".join(f"{n},C{n}\n" for n in range(2500))})
    seen: list[tuple[int, int]] = []
    read_directory(paths, Directory(), lambda done, total: seen.append((done, total)))
    assert seen == [(1000, 2500), (2000, 2500), (2500, 2500)]
