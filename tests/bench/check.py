"""After every run: are the rows of a table exactly those that the topic's records make? By sums of hashes, two of 64 bits a row, since
nothing else is fast enough to be done each time; where they differ, row by row, to say what is lost, doubled or strange."""

import io

from bench import reference

# kind: (what the reference has, its order; the columns that are compared; the order of the rows of a table under test)
_ORDERED = "row_number() OVER (PARTITION BY order_id ORDER BY id) AS n"


class RowsDiffer(AssertionError):
    pass


def same_rows(database, table, topic, kind, columns=None):
    """Raises RowsDiffer unless `table` holds just what `topic` says. The kinds:

    history   every change once with its values, and those of each order in their order
    inserts   the same without deletes
    current   the last state of each order that was not deleted

    `columns` are those to compare, where the table has not all of them.
    """
    known = reference.Reference(database.server)
    wanted, got = _wanted(topic.name, kind, columns), _got(table, kind, columns)
    try:
        expected = _fingerprint(known.database, wanted)
        if expected[0] == 0:
            raise AssertionError(f"the reference of {topic.name} is empty: nothing would be compared")
        found = _fingerprint(database, got)
        if found != expected:
            raise RowsDiffer(_explain(known.database, wanted, database, got, table, topic.name))
        if "processed_at" in reference.WRITTEN and kind == "history" and columns is None:
            unset = database.value(f"SELECT count(*) FROM {table} WHERE processed_at IS NULL")
            if unset:
                raise RowsDiffer(f"{table}: {unset} rows have no processed_at")
    finally:
        known.database.close()


def _columns(kind, columns):
    return columns or (reference.ROW if kind == "current" else reference.HISTORY)


def _wanted(topic, kind, columns):
    history, current = reference.tables(topic)
    names = ", ".join(_columns(kind, columns))
    return {"history": f"SELECT {names}, n FROM {history}",
            "inserts": f"SELECT {names}, n FROM {history} WHERE operation_type <> 'DELETE'",
            "current": f"SELECT {names}, 1::bigint AS n FROM {current}"}[kind]


def _got(table, kind, columns):
    names = ", ".join(_columns(kind, columns))
    return f"SELECT {names}, {'1::bigint AS n' if kind == 'current' else _ORDERED} FROM {table}"


def _fingerprint(database, query):
    """The same for the same rows, however they are ordered: how many, and two sums of hashes."""
    return database.sql(f"""SELECT count(*), coalesce(sum(hashtextextended(r::text, 1)::numeric), 0),
        coalesce(sum(hashtextextended(r::text, 2)::numeric), 0) FROM ({query}) r""")[0]


def _explain(known, wanted, database, got, table, topic):
    """The rows under test go to the reference's database, where both can be compared as they are."""
    known.sql("DROP TABLE IF EXISTS found")
    known.sql(f"CREATE UNLOGGED TABLE found AS {wanted} LIMIT 0")
    text = io.BytesIO()
    database.copy(f"COPY ({got}) TO STDOUT", text)
    text.seek(0)
    known.copy("COPY found FROM STDIN", text)
    rows, expected = known.value("SELECT count(*) FROM found"), known.value(f"SELECT count(*) FROM ({wanted}) w")
    missing = known.sql(f"{wanted} EXCEPT ALL SELECT * FROM found")
    extra = known.sql(f"SELECT * FROM found EXCEPT ALL ({wanted})")
    known.sql("DROP TABLE found")
    return (f"{table} is not what {topic} says: {rows} rows, {expected} wanted; {len(missing)} are not there, for instance "
            f"{missing[:2]}; {len(extra)} should not be there, for instance {extra[:2]}")
