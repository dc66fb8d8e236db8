"""deploy/warehouse: the views and the analyst's queries, on the recorded events and on histories made by hand."""

import collections
import csv
import io
import json
import os
from decimal import ROUND_HALF_UP, Decimal

import pytest

from harness import events, kcat, load, paths, processes

QUERIES = paths.DEPLOY / "warehouse" / "queries"
# The columns of orders_fact that come with an event, in the order of events.expected_row() from order_id to operation.
INSERT = """INSERT INTO orders_fact (order_id, customer_id, product_name, amount, status, created_at, updated_at, cdc_timestamp,
            operation_type) VALUES (%s, %s, %s, %s, %s, {0}, {0}, {0}, %s)""".format(
    """CASE %s::bigint WHEN 9223372036825200000 THEN timestamp 'infinity' WHEN -9223372036832400000 THEN timestamp '-infinity'
       ELSE timestamp '1970-01-01' + %s::bigint / 86400000000 * interval '1 day'
       + %s::bigint %% 86400000000 * interval '1 microsecond' END""")


def rounded(number, step):
    """As SQL's round() does it."""
    return number.quantize(Decimal(step), ROUND_HALF_UP)


def add(db, row):
    order_id, customer, product, amount, status, created, updated, changed, operation = row
    times = [time for time in (created, updated, changed) for _ in range(3)]
    db.sql(INSERT, order_id, customer, product, amount, status, *times, operation)


@pytest.fixture
def recorded(db):
    """The recorded events as rows, in the order of their partitions, and what is left of them by a plain replay."""
    left = {}
    for line in load.RECORDING.read_text().split("\n"):
        if line:
            at = json.loads(line)
            row = events.expected_row(kcat.Record(at["topic"], at["partition"], at["offset"], at["key"], at["value"]))
            if row:
                add(db, row[3:12])
                left[row[3]] = row[3:12]
    return db, {key: row for key, row in left.items() if row[-1] != "DELETE"}


def ask(db, query, **variables):
    """A query file as an analyst runs it, with psql."""
    settings = [part for name, value in variables.items() for part in ("-v", f"{name}={value}")]
    done = processes.run(["psql", "-X", "-q", "--csv", "-v", "ON_ERROR_STOP=1", *settings, "-f", QUERIES / f"{query}.sql",
                          db.url.replace("warehouse@", f"warehouse:{db.password}@")], check=True, env=dict(os.environ))
    return list(csv.DictReader(io.StringIO(done.stdout)))


def seconds(number):
    """A time of a made-up history, in the microseconds of an event."""
    return 1_800_000_000_000_000 + number * 1_000_000


def change(db, order_id, operation, status, at, amount="10.00", customer=1, created=None):
    add(db, (order_id, customer, "Widget", amount, status, seconds(at) if created is None else created, seconds(at), seconds(at),
             operation))


def test_orders_latest_is_what_a_replay_of_the_recording_leaves(recorded):
    db, left = recorded
    latest = {row[0]: row[1:] for row in db.sql("SELECT order_id, customer_id, product_name, amount, status FROM orders_latest")}
    assert latest == {key: (row[1], row[2], None if row[3] is None else Decimal(row[3]), row[4]) for key, row in left.items()}


def test_a_deleted_order_never_comes_back_and_a_new_one_of_its_number_is_new(db):
    change(db, 1, "INSERT", "PENDING", 0)
    change(db, 1, "DELETE", "PENDING", 0)  # in the same transaction: the clocks tell no order
    change(db, 2, "INSERT", "PENDING", 1)
    change(db, 2, "DELETE", "PENDING", 2)
    change(db, 2, "INSERT", "AGAIN", 3)
    assert db.sql("SELECT order_id, status FROM orders_latest") == [(2, "AGAIN")]


def test_sales_dashboard_sums_up_the_orders_that_stand(recorded):
    db, left = recorded
    dashboard = {row[0]: row[1:] for row in db.sql("SELECT status, orders, revenue, average_amount, "
                                                   "(extract(epoch FROM last_change) * 1000000)::bigint FROM sales_dashboard")}
    for status in {row[4] for row in left.values()}:
        rows = [row for row in left.values() if row[4] == status]
        amounts = [Decimal(row[3]) for row in rows if row[3] is not None]
        revenue = sum(amounts) if amounts else None
        average = rounded(revenue / len(amounts), "0.01") if amounts else None
        assert dashboard.pop(status) == (len(rows), revenue, average, max(row[7] for row in rows)), status
    assert not dashboard


def test_revenue_over_time_adds_up_to_all_revenue_whatever_the_dates(recorded):
    db, left = recorded
    lines = ask(db, "revenue_over_time")
    total = sum(Decimal(row[3] or 0) for row in left.values() if row[4] != "CANCELLED")
    assert sum(Decimal(line["revenue"]) for line in lines) == total == Decimal(lines[-1]["revenue_until_then"])
    assert lines[-1]["day"] == "", "the recording has an order without a usable date; it belongs into the last line"
    assert lines[0]["day"].endswith("BC")


def test_customer_lifetime_value_leaves_out_what_does_not_stand(db):
    change(db, 1, "INSERT", "PAID", 0, amount="10.00")
    change(db, 2, "INSERT", "REFUNDED", 1, amount="-2.50")
    change(db, 3, "INSERT", "CANCELLED", 2, amount="99.00")
    change(db, 4, "INSERT", "PAID", 3, amount="50.00")
    change(db, 4, "DELETE", "PAID", 4, amount="50.00")
    change(db, 5, "INSERT", "PAID", 5, amount="20.00", customer=2, created=9223372036825200000)
    first, second = ask(db, "customer_lifetime_value")
    assert (first["customer_id"], first["lifetime_value"], first["first_order"]) == ("2", "20.00", "")
    assert (second["customer_id"], second["orders"], second["lifetime_value"], second["average_order"]) == ("1", "2", "7.50", "3.75")


def test_order_status_distribution_is_of_all_orders_that_stand(recorded):
    db, left = recorded
    lines = ask(db, "order_status_distribution")
    orders = collections.Counter(row[4] for row in left.values())
    # CSV tells no status and an empty one alike, so lines are compared, not a map of them.
    expected = [(status or "", str(count), str(rounded(Decimal(100 * count) / len(left), "0.1")))
                for status, count in orders.items()]
    assert sorted((line["status"], line["orders"], line["percent"]) for line in lines) == sorted(expected)
    counts = [int(line["orders"]) for line in lines]
    assert counts == sorted(counts, reverse=True), "the most frequent status comes first"


def test_time_to_shipment_is_from_the_insert_to_the_first_shipped(db):
    change(db, 1, "INSERT", "PENDING", 0)
    change(db, 1, "UPDATE", "SHIPPED", 60)
    change(db, 1, "UPDATE", "SHIPPED", 90)     # a later change of a shipped order
    change(db, 2, "INSERT", "PENDING", 0)
    change(db, 2, "UPDATE", "SHIPPED", 120)
    change(db, 2, "DELETE", "SHIPPED", 130)
    change(db, 3, "INSERT", "SHIPPED", 0)      # a new number for an older order
    change(db, 4, "SNAPSHOT", "PENDING", 0)
    change(db, 4, "UPDATE", "SHIPPED", 1)
    change(db, 5, "INSERT", "PENDING", 0)      # not shipped yet
    (line,) = ask(db, "time_from_order_to_shipment")
    assert line == {"shipped_orders": "2", "fastest": "00:01:00", "median": "00:01:30", "average": "00:01:30", "slowest": "00:02:00"}


def test_the_change_history_of_an_order_tells_each_step(recorded):
    db, _ = recorded
    change(db, 7_000_001, "INSERT", "PENDING", 0, amount="10.00")
    change(db, 7_000_001, "UPDATE", "SHIPPED", 5, amount="7.50")
    first, second = ask(db, "change_history_of_one_order", order_id=7_000_001)
    assert (first["operation_type"], first["status_before"], first["after"]) == ("INSERT", "", "")
    assert (second["status_before"], second["status"], second["amount_change"], second["after"]) == \
        ("PENDING", "SHIPPED", "-2.50", "00:00:05")
    assert len(ask(db, "change_history_of_one_order")) > 2, "without a number it is the order with the most changes"
