"""The oracles (faults.md section 1), in SQL: what the warehouse holds against what the topic holds.

O1 and O2: each change event of an independent dump is in a target table without a key exactly once, with every column's
content, and in the order of its partition (H2). O4: the history of sluice.sink_offsets.
"""

import io

from harness import waits

# A target beside orders_fact: its columns, and where each row comes from. No key: a duplicate can show.
TABLE = """
CREATE TABLE {table} (
  id bigserial, order_id int NOT NULL, customer_id int, product_name varchar(255), amount numeric(10,2), status varchar(50),
  created_at timestamp, updated_at timestamp, cdc_timestamp timestamp, processed_at timestamp DEFAULT CURRENT_TIMESTAMP,
  operation_type varchar(10), kafka_topic text, kafka_partition int, kafka_offset bigint, lsn bigint)"""

COLUMNS = {
    "order_id": "order_id", "customer_id": "customer_id", "product_name": "product_name", "amount": "amount", "status": "status",
    "created_at": "created_at", "updated_at": "updated_at", "cdc_timestamp": "@source.ts", "processed_at": "@now",
    "operation_type": "@operation", "kafka_topic": "@topic", "kafka_partition": "@partition", "kafka_offset": "@offset",
    "lsn": "@lsn"}

TOPIC = "dbserver1.public.orders"
# Members that are gone are noticed after this; the mock cluster makes a process that starts again wait for it, too.
QUICK_SESSION = {"consumer.override.session.timeout.ms": 3000, "consumer.override.heartbeat.interval.ms": 300}

EXPECTED = ("topic", "part", "off", "order_id", "customer_id", "product_name", "amount", "status", "created_us", "updated_us",
            "changed_us", "operation", "lsn")

# Microseconds since 1970 to a timestamp, and Debezium's two sentinels.
TIMESTAMP = """CASE {0} WHEN 9223372036825200000 THEN timestamp 'infinity' WHEN -9223372036832400000 THEN timestamp '-infinity'
                ELSE timestamp '1970-01-01' + {0} / 86400000000 * interval '1 day'
                     + {0} % 86400000000 * interval '1 microsecond' END"""


def create(db, table="orders_ledger"):
    db.sql(TABLE.format(table=table))
    return table


def database(server):
    """A fresh one with the warehouse's tables and the ledger."""
    made = server.create_database()
    made.sql("ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO warehouse")
    made.sql("ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO warehouse")
    create(made)
    return made


def sink(folder, db, **changed):
    """The settings of a connector that writes the ledger; _ in a name means a dot, None removes."""
    secrets = folder / "secrets.properties"
    secrets.write_text(f"password={db.password}\n")
    found = {
        "connector.class": "debezium-postgres-sink", "tasks.max": 1, "topics": TOPIC,
        "connection.url": db.url, "connection.password": f"${{file:{secrets}:password}}",
        "table.name": "orders_ledger", "mode": "history", "columns": dict(COLUMNS), "errors.tolerance": "none",
        **QUICK_SESSION}
    found.update({name.replace("_", "."): value for name, value in changed.items()})
    return {name: value for name, value in found.items() if value is not None}


def copy_cell(value):
    if value is None:
        return "\\N"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def create_expected(db):
    """The table `expected`, empty; a row for each change event."""
    db.sql("DROP TABLE IF EXISTS expected")
    db.sql("""CREATE TABLE expected (topic text, part int, off bigint, order_id int, customer_id int, product_name text,
              amount numeric(10,2), status text, created_us bigint, updated_us bigint, changed_us bigint, operation text,
              lsn bigint)""")


def add_expected(db, rows):
    """`rows` of events.expected_row()."""
    text = "".join("\t".join(copy_cell(cell) for cell in row) + "\n" for row in rows)
    db.copy("COPY expected FROM STDIN", io.StringIO(text))


def index_expected(db):
    db.sql("CREATE INDEX ON expected (topic, part, off)")
    db.sql("ANALYZE expected")


class Difference:
    """What is wrong with a ledger; all zero is what every test wants."""

    def __init__(self, expected, rows, lost, doubled, strange, wrong, disordered, examples):
        self.expected, self.rows = expected, rows
        self.lost, self.doubled, self.strange, self.wrong, self.disordered = lost, doubled, strange, wrong, disordered
        self.examples = examples

    def clean(self):
        return not (self.lost or self.doubled or self.strange or self.wrong or self.disordered)

    def plus(self, other):
        """Of two ledgers together, without examples."""
        return Difference(*(getattr(self, name) + getattr(other, name) for name in
                            ("expected", "rows", "lost", "doubled", "strange", "wrong", "disordered")), {})

    def __str__(self):
        text = (f"events {self.expected}, rows {self.rows}: lost {self.lost}, doubled {self.doubled}, not of the topic "
                f"{self.strange}, wrong content {self.wrong}, out of order {self.disordered}")
        return text if self.clean() else f"{text}; for instance {self.examples}"


def compare(db, rows, table="orders_ledger"):
    """`rows` of events.expected_row() for the whole topic."""
    create_expected(db)
    add_expected(db, rows)
    index_expected(db)
    return compare_loaded(db, table)


# A text of many kilobytes is as good as its hash for telling whether two are the same.
_NAME = "CASE WHEN length({0}) > 1000 THEN md5({0}) ELSE {0} END"


def compare_loaded(db, table="orders_ledger", bounds=None):
    """The table `expected` against the ledger, all of it or the offsets that the table `bounds` (topic, part, low, high) names:
    from low on and below high."""
    wants, rows = "expected", table
    if bounds:
        wants = f"(SELECT e.* FROM expected e JOIN {bounds} b ON (e.topic, e.part) = (b.topic, b.part) AND e.off >= b.low AND e.off < b.high)"
        rows = (f"(SELECT t.* FROM {table} t JOIN {bounds} b ON (t.kafka_topic, t.kafka_partition) = (b.topic, b.part) "
                "AND t.kafka_offset >= b.low AND t.kafka_offset < b.high)")
    expected = db.value(f"SELECT count(*) FROM {wants} e")
    found = db.value(f"SELECT count(*) FROM {rows} l")
    at = f"(SELECT kafka_topic, kafka_partition, kafka_offset, count(*) AS n FROM {rows} r GROUP BY 1, 2, 3)"
    lost = db.sql(f"SELECT e.topic, e.part, e.off FROM {wants} e LEFT JOIN {at} l ON (l.kafka_topic, l.kafka_partition, "
                  "l.kafka_offset) = (e.topic, e.part, e.off) WHERE l.n IS NULL ORDER BY 1, 2, 3")
    doubled = db.sql(f"SELECT kafka_topic, kafka_partition, kafka_offset, n FROM {at} l WHERE n > 1 ORDER BY 1, 2, 3")
    strange = db.sql(f"SELECT l.kafka_topic, l.kafka_partition, l.kafka_offset FROM {rows} l LEFT JOIN {wants} e ON (e.topic, "
                     "e.part, e.off) = (l.kafka_topic, l.kafka_partition, l.kafka_offset) WHERE e.off IS NULL ORDER BY 1, 2, 3")
    created, updated, changed = (TIMESTAMP.format(name) for name in ("e.created_us", "e.updated_us", "e.changed_us"))
    wanted = (f"SELECT e.topic, e.part, e.off, e.order_id, e.customer_id, {_NAME.format('e.product_name')}, e.amount, e.status, {created}, "
              f"{updated}, {changed}, e.operation, e.lsn FROM {wants} e")
    got = (f"SELECT kafka_topic, kafka_partition, kafka_offset, order_id, customer_id, {_NAME.format('product_name::text')}, amount, "
           f"status::text, created_at, updated_at, cdc_timestamp, operation_type::text, lsn FROM {rows} l")
    # Content: both ways, for those offsets that are there at all.
    wrong = db.sql(f"({wanted} EXCEPT {got}) UNION ALL ({got} EXCEPT {wanted}) ORDER BY 1, 2, 3")
    missing = {tuple(row[:3]) for row in lost} | {tuple(row[:3]) for row in strange}
    wrong = [row for row in wrong if tuple(row[:3]) not in missing]
    disordered = db.sql(f"SELECT kafka_topic, kafka_partition, kafka_offset, prior FROM (SELECT *, lag(kafka_offset) OVER "
                        f"(PARTITION BY kafka_topic, kafka_partition ORDER BY id) AS prior FROM {rows} r) x "
                        "WHERE kafka_offset <= prior")
    examples = {"lost": lost[:5], "doubled": doubled[:5], "strange": strange[:5], "wrong": wrong[:4], "disordered": disordered[:5]}
    return Difference(expected, found, len(lost), sum(row[3] - 1 for row in doubled), len(strange), len(wrong), len(disordered),
                      {name: some for name, some in examples.items() if some})


def assert_exactly_once(db, rows, table="orders_ledger", note=""):
    assert rows, "the topic holds no change event: this test would test nothing"
    difference = compare(db, rows, table)
    print(f"ledger {note}: {difference}")
    assert difference.clean(), str(difference)
    return difference


def watch_positions(db):
    """From here on each change of sluice.sink_offsets is kept in position_history, with the name of the session that made it."""
    # A sink makes the table with its first claim, which a task that is RUNNING may still have before it.
    waits.until("sluice.sink_offsets is there", lambda: db.value("SELECT to_regclass('sluice.sink_offsets') IS NOT NULL"), 30)
    db.sql("""CREATE TABLE IF NOT EXISTS public.position_history (n bigserial, connector text, topic text, part int, epoch bigint,
              next_offset bigint, owner_id uuid, at timestamptz DEFAULT clock_timestamp(), writer text DEFAULT current_setting('application_name'))""")
    db.sql("""CREATE OR REPLACE FUNCTION public.keep_position() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
              INSERT INTO public.position_history (connector, topic, part, epoch, next_offset, owner_id)
              VALUES (NEW.connector, NEW.topic, NEW.partition, NEW.epoch, NEW.next_offset, NEW.owner_id); RETURN NULL; END $$""")
    db.sql("DROP TRIGGER IF EXISTS keep_position ON sluice.sink_offsets")
    db.sql("CREATE TRIGGER keep_position AFTER INSERT OR UPDATE ON sluice.sink_offsets FOR EACH ROW "
           "EXECUTE FUNCTION public.keep_position()")


def first_commit(db, since, seconds=20):
    """When, by the server's clock, a position moved on for the first time after `since`, a time of the server's. It is asked for
    until there is one. Needs watch_positions()."""
    return waits.until("there is a commit", lambda: db.value(
        "SELECT min(at) FROM position_history h WHERE at >= %s AND next_offset > (SELECT max(next_offset) FROM position_history o "
        "WHERE (o.connector, o.topic, o.part) = (h.connector, h.topic, h.part) AND o.at < %s)", since, since), seconds)


def assert_positions_only_grow(db, note=""):
    """O4: next_offset grows strictly within an epoch, the epoch never shrinks. It may stand still where an owner that lost its
    connection signs the row over to the new one."""
    seen, claims = db.sql("SELECT count(*), count(DISTINCT (topic, part, epoch)) FROM position_history")[0]
    assert seen, "the position never moved: this test would test nothing"
    faults = db.sql("""SELECT * FROM (SELECT topic, part, epoch, next_offset, lag(epoch) OVER w AS old_epoch,
        lag(next_offset) OVER w AS old_offset, owner_id IS DISTINCT FROM lag(owner_id) OVER w AS signed_over
        FROM position_history WINDOW w AS (PARTITION BY connector, topic, part ORDER BY n)) x
        WHERE epoch < old_epoch OR next_offset < old_offset OR (epoch = old_epoch AND next_offset = old_offset AND NOT signed_over)""")
    print(f"positions {note}: {seen} moves in {claims} claims, {len(faults)} faults")
    assert not faults, f"positions that went back or stood still: {faults[:5]}"


def sample(db, table="orders_ledger", connector="orders"):
    """One statement, hence one snapshot: per partition (topic, partition, next_offset, rows there)."""
    return db.sql(f"""SELECT p.topic, p.partition, p.next_offset, (SELECT count(*) FROM {table} l WHERE
        l.kafka_topic = p.topic AND l.kafka_partition = p.partition) FROM sluice.sink_offsets p WHERE connector = %s""", connector)


def assert_prefixes(db, samples, note=""):
    """O3: at each sampled instant the rows were just the events below next_offset. `expected` was loaded by compare()."""
    torn = []
    for topic, partition, next_offset, rows in samples:
        wanted = db.sql("SELECT count(*) FROM expected WHERE topic = %s AND part = %s AND off < %s", topic, partition, next_offset)
        if rows != wanted[0][0]:
            torn.append((topic, partition, next_offset, rows, wanted[0][0]))
    print(f"prefix {note}: {len(samples)} samples, {len(torn)} torn")
    assert samples, "no sample was taken: this test would test nothing"
    assert not torn, f"(topic, partition, next_offset, rows, rows wanted): {torn[:5]}"
