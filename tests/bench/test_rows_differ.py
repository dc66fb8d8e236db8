"""The check after every run finds whatever can be wrong with rows, and nothing where they are right."""

import pytest

from bench import check, reference, stage
from harness import kcat, load

TOPIC = "dbserver1.public.orders"
RECORDS = 2000


@pytest.fixture
def topic(mock, postgres_server):
    """A topic whose rows the reference knows."""
    counts = load.write(mock.bootstrap, TOPIC, count=RECORDS, mix=stage.MIX, live_orders=100, seed=7)
    ends = kcat.ends(mock.bootstrap, TOPIC, 4)
    known = reference.Reference(postgres_server)
    history, current = reference.tables(TOPIC)
    known.database.sql(f"DROP TABLE IF EXISTS {history} CASCADE")
    keys = known.read(mock.bootstrap, TOPIC, 4, sum(ends.values()))
    known.database.close()
    return stage.Topic(TOPIC, 4, False, sum(ends.values()), counts["events"], keys, 0, ends)


@pytest.fixture
def filled(topic, db, folder):
    """Both tables as they should be."""
    db.sql(stage.CURRENT_TABLE)
    known = reference.Reference(db.server)
    known.write_copy_text(TOPIC, range(4), folder / "rows")
    with open(folder / "rows", "rb") as rows:
        db.copy(f"COPY orders_fact ({', '.join(reference.WRITTEN)}) FROM STDIN", rows)
    known.database.close()
    db.sql(f"""INSERT INTO orders_current SELECT {', '.join(reference.ROW)} FROM (SELECT DISTINCT ON (order_id) * FROM orders_fact
               ORDER BY order_id, id DESC) newest WHERE operation_type <> 'DELETE'""")
    return db


def test_rows_as_they_should_be_pass(filled, topic):
    assert topic.rows == RECORDS > topic.keys > 1000
    check.same_rows(filled, "orders_fact", topic, "history")
    check.same_rows(filled, "orders_current", topic, "current")
    filled.sql("DELETE FROM orders_fact WHERE operation_type = 'DELETE'")
    check.same_rows(filled, "orders_fact", topic, "inserts", columns=reference.ROW)


@pytest.mark.parametrize("wrong", [
    "DELETE FROM orders_fact WHERE id = 1000",
    f"INSERT INTO orders_fact ({', '.join(reference.WRITTEN)}) SELECT {', '.join(reference.WRITTEN)} FROM orders_fact WHERE id = 1000",
    "UPDATE orders_fact SET amount = amount + 0.01 WHERE id = 1000",
    "UPDATE orders_fact SET product_name = NULL WHERE id = 1000",
    "UPDATE orders_fact SET cdc_timestamp = cdc_timestamp + interval '1 microsecond' WHERE id = 1000",
    "UPDATE orders_fact SET processed_at = NULL WHERE id = 1000",
    # Two changes of one order in each other's place: the same rows, in the wrong order.
    """UPDATE orders_fact o SET id = -o.id FROM (SELECT order_id FROM orders_fact GROUP BY 1 HAVING count(*) > 1 LIMIT 1) one
       WHERE o.order_id = one.order_id"""])
def test_a_history_that_is_wrong_in_one_row_is_found(filled, topic, wrong):
    filled.sql(wrong)
    with pytest.raises(check.RowsDiffer, match="orders_fact"):
        check.same_rows(filled, "orders_fact", topic, "history")


@pytest.mark.parametrize("wrong", [
    "DELETE FROM orders_current WHERE order_id = (SELECT max(order_id) FROM orders_current)",
    "INSERT INTO orders_current (order_id) VALUES (-1)",
    "UPDATE orders_current SET status = 'LOST' WHERE order_id = (SELECT max(order_id) FROM orders_current)"])
def test_current_rows_that_are_wrong_in_one_are_found(filled, topic, wrong):
    filled.sql(wrong)
    with pytest.raises(check.RowsDiffer, match="orders_current"):
        check.same_rows(filled, "orders_current", topic, "current")


def test_a_table_that_is_empty_is_found(filled, topic):
    filled.sql("TRUNCATE orders_fact")
    with pytest.raises(check.RowsDiffer, match="0 rows, 2000 wanted; 2000 are not there"):
        check.same_rows(filled, "orders_fact", topic, "history")
