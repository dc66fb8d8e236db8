"""Change events of any table, made by hand as Debezium 3.3 sends them; a value of None is a tombstone."""

import json


def change(op, row=None, before=None, *, table, key=("id",), lsn=1, schema="public", fields=None, snapshot="false"):
    """(key, value) of one event. `key` names the columns of the record's key, None is a table without one. With `fields`, a map of
    column to Connect's schema of it, the event brings its schema."""
    image = row if row is not None else before or {}
    source = {"version": "3.3.1.Final", "connector": "postgresql", "name": "shop", "ts_ms": lsn * 1000, "snapshot": snapshot, "db": "shop",
              "schema": schema, "table": table, "txId": lsn, "lsn": lsn, "ts_us": lsn * 1_000_000}
    value = {"before": before, "after": row, "source": source, "transaction": None, "op": op, "ts_ms": lsn * 1000}
    of_key = None if key is None else {column: image[column] for column in key}
    if fields is None:
        return None if of_key is None else json.dumps(of_key), json.dumps(value)
    images = [{**_struct(fields), "optional": True, "field": name} for name in ("before", "after")]
    key_text = None if of_key is None else json.dumps({"schema": _struct({column: fields[column] for column in key}), "payload": of_key})
    return key_text, json.dumps({"schema": {"type": "struct", "fields": images, "name": f"shop.{schema}.{table}.Envelope"}, "payload": value})


def tombstone(**key):
    return json.dumps(key), None


def _struct(fields):
    return {"type": "struct", "fields": [{**field, "field": name} for name, field in fields.items()]}
