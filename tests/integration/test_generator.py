"""sluice-events: what tests, benchmark and quick start feed from is itself shaped like Debezium, and tells one story an order."""

import collections
import decimal
import json

import pytest

from harness import events, kcat, load, paths

TOPIC = "dbserver1.public.orders"
ROW = ("order_id", "customer_id", "product_name", "amount", "status", "created_at", "updated_at")


def in_order(records):
    return sorted(records, key=lambda record: (record.partition, record.offset))


def dumped(mock, **options):
    """(counts that it tells, all records in the order of their partitions)"""
    counts = load.write(mock.bootstrap, TOPIC, **options)
    records = in_order(kcat.dump(mock.bootstrap, TOPIC))
    assert len(records) == counts["delivered"], "the mock broker has dropped records: a partition keeps 5 MB"
    return counts, records


def test_each_order_has_one_consistent_history(mock, seed):
    counts, records = dumped(mock, count=10000, seed=seed)
    now, partition_of, lsns = {}, {}, {}
    tombstone_due = None
    for record in records:
        key = json.loads(record.key)["order_id"]
        assert partition_of.setdefault(key, record.partition) == record.partition, f"{key} is in two partitions"
        if record.value is None:
            assert tombstone_due == (record.partition, key), f"a tombstone that follows no delete: {record}"
            tombstone_due = None
            continue
        value = json.loads(record.value)
        before, after, lsn = value["before"], value["after"], value["source"]["lsn"]
        assert (before is None) == (value["op"] == "c") and (after is None) == (value["op"] == "d"), record
        assert before == now.get(key), f"{record}: before is not what was last after: {now.get(key)}"
        assert tuple(before or after) == ROW
        assert (after or before)["order_id"] == key >= 100000
        # The two halves of a key change stand at the same position.
        assert lsn > lsns.get(record.partition, 0) - (value["op"] == "c"), f"{record}: the lsn does not rise"
        lsns[record.partition] = lsn
        if after is None:
            del now[key]
            tombstone_due = (record.partition, key)
        else:
            now[key] = after
    kinds = [json.loads(record.value)["op"] for record in records if record.value is not None]
    assert {op: kinds.count(op) for op in "cud"} == {op: counts[op] for op in "cud"}
    assert counts["events"] == len(kinds) == 10000 and counts["tombstones"] == counts["d"] == len(records) - len(kinds)
    assert counts["failed"] == 0 and counts["key_changes"] > 0 and counts["seed"] == seed


def test_the_bytes_have_the_shape_of_the_recorded_ones(mock):
    recorded = [json.loads(line) for line in load.RECORDING.read_text().split("\n") if line]
    shapes, kinds = {}, collections.defaultdict(set)
    for value in (json.loads(line["value"]) for line in recorded if line["value"]):
        shapes[value["op"]] = shape(value)
        for name, kind in json_types(value):
            kinds[name].add(kind)
    # Of a change that is streamed it is null in the recording, made with replace.null.with.default=false, and "false" with
    # the default, which is what the generator writes; the snapshot's own rows have texts there.
    assert kinds["c.source.snapshot"] == {"NoneType"}
    kinds.update({f"{op}.source.snapshot": {"str"} for op in "cud"})
    _, records = dumped(mock, count=500, seed=1)
    for record in records:
        if record.value is not None:
            value = json.loads(record.value)
            assert shape(value) == shapes[value["op"]]
            for name, kind in json_types(value):
                assert kind in kinds[name], f"{name} of {record} is {kind}, recorded {kinds[name]}"
            assert json.dumps(value, separators=(",", ":"), ensure_ascii=False).count('"') == record.value.count('"')


def shape(value):
    """Names and their order; a row that is there counts by its names too."""
    return [(name, list(part) if isinstance(part, dict) else None) for name, part in value.items()]


def json_types(event):
    """(name, type) of each value: a number in quotes is another one than a number, 1 another than 1.0. A column is the same in
    each row that there is, since any may be null in any; of everything else each operation has its own."""
    for name, part in event.items():
        where = "row" if name in ("before", "after") else f"{event['op']}.{name}"
        if isinstance(part, dict):
            yield from ((f"{where}.{inner}", type(value).__name__) for inner, value in part.items())
        else:
            yield f"{event['op']}.{name}", type(part).__name__


def test_amounts_that_decoders_get_wrong_occur(mock):
    _, records = dumped(mock, count=10000, seed=5)
    amounts = {events.expected_row(record)[6] for record in records if record.value}
    assert {"-12.50", "0.01", "99999999.99", "-99999999.99", "-26588.24", "0.00"} <= amounts


@pytest.mark.parametrize("mode", ["string", "double"])
def test_every_decimal_mode_tells_the_same_amounts(mock, mode):
    load.write(mock.bootstrap, TOPIC, count=3000, seed=9)
    precise = in_order(kcat.dump(mock.bootstrap, TOPIC))
    other_topic = f"{TOPIC}.{mode}"
    load.write(mock.bootstrap, other_topic, count=3000, seed=9, decimals=mode)
    other = in_order(kcat.dump(mock.bootstrap, other_topic))
    assert len(precise) == len(other)
    for a, b in zip(precise, other):
        if a.value is not None:
            value = json.loads(b.value, parse_float=decimal.Decimal)
            told, amount = (value["after"] or value["before"])["amount"], events.expected_row(a)[6]
            if mode == "string":
                assert told == amount
            else:  # a number with a point, as Java writes each double, whose digits need no rounding
                assert isinstance(told, decimal.Decimal) and told == decimal.Decimal(amount), f"{told}, precise {amount}"


def test_the_same_seed_tells_the_same_lives(mock):
    def story(records):
        return [(r.key, r.value and [json.loads(r.value)["op"], (json.loads(r.value)["after"] or {}).get("amount")]) for r in records]
    _, once = dumped(mock, count=1000, seed=3)
    load.write(mock.bootstrap, "again", count=1000, seed=3)
    assert story(once) == story(in_order(kcat.dump(mock.bootstrap, "again")))


def test_a_mix_is_kept_to_the_last_change(mock, seed):
    counts, records = dumped(mock, count=1600, mix="10:5:1", live_orders=50, seed=seed)
    assert {op: counts[op] for op in "cud"} == {"c": 1000, "u": 500, "d": 100}
    assert counts["key_changes"] == 0 and len(records) == 1700
    now = {}
    for record in records:
        if record.value is not None:
            value = json.loads(record.value)
            assert value["before"] == now.get(record.key), f"{record}: before is not what was last after"
            now[record.key] = value["after"]
    # Not one kind after the other.
    kinds = "".join(json.loads(record.value)["op"] for record in records if record.value is not None and record.partition == 0)
    assert 30 < sum(a != b for a, b in zip(kinds, kinds[1:]))


def test_old_orders_change_once_each_before_newer_ones_do(mock, seed):
    _, records = dumped(mock, count=1600, mix="10:5:1", live_orders=50, old_orders=300, first_id=1000, seed=seed)
    keys = [json.loads(record.key)["order_id"] for record in records if record.value is not None]
    old = collections.Counter(key for key in keys if key < 1000)
    assert set(old) == set(range(700, 1000)), "each of the old orders changes"
    for record in records:
        value = json.loads(record.value) if record.value is not None else None
        if value and json.loads(record.key)["order_id"] < 1000:
            assert value["op"] in "ud" and value["before"], "an old order is not made anew"


@pytest.mark.parametrize("mix", ["", "10", "10:5", "0:5:1", "10:5:1:2", "10:x:1", "-1:5:1", "10:5:20000"])
def test_what_is_no_mix_is_refused(mock, mix):
    with pytest.raises(AssertionError, match="--mix"):
        load.write(mock.bootstrap, TOPIC, count=10, mix=mix)


def test_bad_records_come_in_their_share_and_are_all_bad(mock):
    counts, records = dumped(mock, count=5000, seed=11, bad_share=0.05)
    bad = [record for record in records if record.value is not None and is_bad(record.value)]
    assert len(bad) == counts["bad"] and 150 < counts["bad"] < 350
    assert counts["c"] + counts["u"] + counts["d"] + counts["bad"] == counts["events"] == 5000


def is_bad(value):
    try:
        row = json.loads(value)["after"] or {}
    except json.JSONDecodeError:
        return True
    return "\0" in (row.get("product_name") or "") or len(row.get("status") or "") > 50


def test_schema_blocks_are_kept_where_the_recording_has_them(mock):
    file = paths.DATA / "orders" / "schemas.jsonl"
    recorded = [json.loads(line) for line in file.read_text().split("\n") if line]
    key_schema = json.loads(recorded[0]["key"])["schema"]
    value_schema = next(json.loads(line["value"])["schema"] for line in recorded if line["value"])
    load.write(mock.bootstrap, TOPIC, file=file, count=200, seed=2, schemas=True)
    for record in kcat.dump(mock.bootstrap, TOPIC):
        key = json.loads(record.key)
        assert set(key) == {"schema", "payload"} and key["schema"] == key_schema
        if record.value is not None:
            value = json.loads(record.value)
            assert set(value) == {"schema", "payload"} and value["schema"] == value_schema
            assert value["payload"]["op"] in "cud"
    load.write(mock.bootstrap, "plain", file=file, count=200, seed=2)
    for record in kcat.dump(mock.bootstrap, "plain"):
        assert set(json.loads(record.key)) == {"order_id"}
        assert record.value is None or json.loads(record.value)["op"] in "cud"
