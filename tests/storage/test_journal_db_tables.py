"""What TinyDB's documentation says of tables, and of the database as a whole, on stock TinyDB and on ours."""

from tinydb import Query, where
from tinydb.table import Document

from tests.storage.boxes import Box

User = Query()
JOHN = {"name": "John", "age": 22}
JANE = {"name": "Jane", "age": 37}


def test_tables_hold_documents_of_their_own(box: Box) -> None:
    groups = box.db.table("groups")
    assert groups is box.db.table("groups")
    assert (groups.name, groups.insert({"name": "sudo"}), box.db.insert(JOHN)) == ("groups", 1, 1)
    assert box.again().tables() == {"_default", "groups"}
    assert box.db.table("groups").all() == [{"name": "sudo"}]
    assert box.db.all() == [JOHN]


def test_a_table_is_there_after_its_first_change_or_at_once_where_asked_for(box: Box) -> None:
    box.db.table("read").search(User.name == "x")
    box.db.table("empty", persist_empty=True)
    box.db.table("updated").update({"a": 1})
    box.db.table("removed").remove(doc_ids=[1])
    box.db.table("truncated").truncate()
    box.db.table("nothing inserted").insert_multiple([])
    assert box.again().tables() == {"empty", "updated", "removed", "truncated", "nothing inserted"}


def test_tables_are_dropped(box: Box) -> None:
    for name in ("a", "b", "c"):
        box.db.table(name).insert(JOHN)
    box.db.drop_table("a")
    box.db.drop_table("there is none")
    assert box.again().tables() == {"b", "c"}
    assert box.db.table("a").all() == []
    box.db.drop_tables()
    assert box.again().tables() == set()
    assert len(box.db.table("b")) == 0


def test_the_default_table_is_reached_by_the_database_and_by_its_name(box: Box) -> None:
    box.db.insert(JOHN)
    assert box.again().table("_default").all() == [JOHN]
    assert box.db.default_table_name == "_default"
    box.db.default_table_name = "people"
    box.db.insert(JANE)
    assert box.db.table("people").all() == [JANE]
    assert len(box.db) == 1


def test_a_cache_of_queries_has_nothing_stale(box: Box) -> None:
    table = box.db.table("cached", cache_size=30)
    query = where("name") == "John"
    assert table.count(query) == 0
    table.insert(JOHN)
    assert table.count(query) == 1
    found = table.search(query)
    found.clear()
    table.clear_cache()
    assert table.count(query) == 1


def test_documents_have_the_class_that_their_table_says(box: Box) -> None:
    class Person(Document):
        pass

    table = box.db.table("people")
    table.document_class = Person
    table.insert(Person(JOHN, doc_id=4))
    found = [*table, *table.search(User.name == "John"), table.get(doc_id=4), *table.get(doc_ids=[4])]
    assert [(type(each), each, each.doc_id) for each in found] == 4 * [(Person, JOHN, 4)]


def test_a_database_closes_at_the_end_of_its_block(box: Box) -> None:
    with box.db as db:
        db.insert(JOHN)
    db.close()


def test_the_representation_tells_what_there_is(box: Box) -> None:
    box.db.insert(JOHN)
    people = box.again()
    people.table("groups", persist_empty=True)
    assert "tables_count=2, default_table_documents_count=1" in repr(people)
    assert "name='_default', total=1" in repr(people.table("_default"))


def test_a_storage_can_be_read_and_replaced_as_a_whole(box: Box) -> None:
    box.db.insert_multiple([JOHN, JANE, {}])
    people = box.again()
    whole = people.storage.read()
    assert whole == {"_default": {"1": JOHN, "2": JANE, "3": {}}}
    people.storage.write({"_default": {"2": JANE, "5": {"name": "Eve"}}, "empty": {}})
    assert people.all() == [JANE, {"name": "Eve"}]
    assert people.tables() == {"_default", "empty"}
    assert people.get(doc_id=5) == {"name": "Eve"}
