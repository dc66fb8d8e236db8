"""What a Debezium event of the shop's `orders` must become, decoded here once more and without any of sluice's code.

Also makes events by hand, for tests that need one certain record.
"""

import base64
import decimal
import json
import time

OPERATIONS = {"c": "INSERT", "u": "UPDATE", "d": "DELETE", "r": "SNAPSHOT"}
_INFINITE = {9223372036825200000: "infinity", -9223372036832400000: "-infinity"}


def decimal_text(value, scale=2):
    """Connect's decimal bytes, a JSON number or a text as exact decimal text."""
    if value is None:
        return None
    if isinstance(value, str):
        unscaled = int.from_bytes(base64.b64decode(value, validate=True), "big", signed=True)
        with decimal.localcontext() as exact:
            exact.prec = 1000
            return str(decimal.Decimal(unscaled).scaleb(-scale))
    return str(value)


def decimal_bytes(text, scale=2):
    """The other way: "-12.50" as Debezium's `precise` mode writes it."""
    unscaled = int(decimal.Decimal(text).scaleb(scale))
    length = max(1, (unscaled.bit_length() + 8) // 8)
    return base64.b64encode(unscaled.to_bytes(length, "big", signed=True)).decode()


def expected_row(record, mode="precise"):
    """The row of the history for one record, as a tuple of texts in the order of ledger.EXPECTED; None: no row."""
    if record.value is None:
        return None
    envelope = json.loads(record.value)
    if "payload" in envelope and "schema" in envelope:
        envelope = envelope["payload"]
    operation = OPERATIONS.get(envelope["op"])
    if operation is None:
        return None
    row = envelope["before"] if envelope["op"] == "d" else envelope["after"]
    source = envelope["source"]
    changed = source.get("ts_us") or source["ts_ms"] * 1000
    amount = decimal_text(row["amount"]) if mode == "precise" else row["amount"]
    return (record.topic, record.partition, record.offset, row["order_id"], row["customer_id"], row["product_name"], amount,
            row["status"], row["created_at"], row["updated_at"], changed, operation, source["lsn"])


def tombstone_row(record):
    """The row of a tombstone that does not follow the delete of its key in its partition: it is the delete, of which only the key and
    the time are known."""
    return (record.topic, record.partition, record.offset, json.loads(record.key)["order_id"], None, None, None, None, None, None,
            record.timestamp * 1000, "DELETE", None)


def envelope(op, order_id, amount="1.00", lsn=1, customer_id=1, product="Widget", status="PENDING", changed_us=None):
    """(key, value) of one event, shaped as Debezium 3.3 sends it without schemas."""
    now = changed_us if changed_us is not None else time.time_ns() // 1000
    row = {"order_id": order_id, "customer_id": customer_id, "product_name": product,
           "amount": None if amount is None else decimal_bytes(amount), "status": status, "created_at": now, "updated_at": now}
    value = {"before": row if op in "ud" else None, "after": None if op == "d" else row,
             "source": {"version": "3.3.1.Final", "connector": "postgresql", "name": "dbserver1", "ts_ms": now // 1000,
                        "snapshot": "false", "db": "ecommerce", "sequence": f'[null,"{lsn}"]', "ts_us": now,
                        "ts_ns": now * 1000, "schema": "public", "table": "orders", "txId": lsn, "lsn": lsn, "xmin": None},
             "transaction": None, "op": op, "ts_ms": now // 1000, "ts_us": now, "ts_ns": now * 1000}
    return json.dumps({"order_id": order_id}), json.dumps(value)


def inserts(count, first=1):
    """Pairs for kcat.produce: orders first .. first + count - 1, amounts order_id / 100."""
    return [envelope("c", n, amount=f"{n / 100:.2f}", lsn=1000 + n) for n in range(first, first + count)]
