"""Whether it stays as fast when there is more of everything. Sizes are those of the default --events, and shrink with it."""

from bench import check, reference, sluice_run
from bench.stage import FIRST_KEY

_DEFAULT_CHANGES = 960_000
_OLD = "OLD"  # the status of rows that were in the table before, which no order of the topic has


def partitions(stage, name, count):
    """One task reads them all."""
    topic, database = stage.topic(schemas=False, partitions=count, changes=stage.changes // 2), stage.database()
    host, connector = sluice_run.host_for(stage, name)
    host.connector(connector, sluice_run.settings(database, topic, "history", 1))
    result = sluice_run.drained(stage, name, host, database, topic)
    check.same_rows(database, "orders_fact", topic, "history")
    database.drop()
    return result


def connectors(stage, name, count):
    """In one process, each with a table of its own; all read the same topic, which is the shorter the more they are."""
    topic, database = stage.topic(schemas=False, changes=2 * stage.changes // count), stage.database()
    host, prefix = sluice_run.host_for(stage, name)
    tables = [f"orders_fact_{number}" for number in range(count)]
    for table_name in tables:
        database.sql(f"CREATE TABLE {table_name} (LIKE orders_fact INCLUDING ALL)")
        database.sql(f"ALTER TABLE {table_name} OWNER TO warehouse")
        host.connector(f"{prefix}-{table_name}", sluice_run.settings(database, topic, "history", 1) | {"table.name": table_name})
    result = sluice_run.drained(stage, name, host, database, topic, connectors=count)
    for table_name in tables:
        check.same_rows(database, table_name, topic, "history")
    database.drop()
    return result


def table(stage, name, rows):
    """Current rows into a table that has so many already, of orders that no longer change."""
    return _into_table(stage, name, _scaled(stage, rows), stage.topic(schemas=False))


def any_age(stage, name, rows):
    """The same where it is the old orders that change, each once and of any age, so that each change meets another page."""
    old = _scaled(stage, rows)
    topic = stage.topic(schemas=False, changes=_scaled(stage, 256_000), name=f"bench.old.{old}", old_orders=old)
    return _into_table(stage, name, old, topic)


def _into_table(stage, name, old, topic):
    database = stage.database()
    database.sql(f"""INSERT INTO orders_current SELECT {FIRST_KEY} - n, n % 2000, 'Widget ' || n % 100, n % 150000 / 100.0, '{_OLD}',
        timestamp '2026-01-01' + n * interval '1 second', timestamp '2026-01-01' + n * interval '1 second'
        FROM generate_series({old}, 1, -1) n""")
    database.sql("VACUUM ANALYZE orders_current")
    stage.settle()
    host, connector = sluice_run.host_for(stage, name)
    host.connector(connector, sluice_run.settings(database, topic, "current", 1))
    result = sluice_run.drained(stage, name, host, database, topic)
    check.same_rows(database, f"(SELECT * FROM orders_current WHERE status <> '{_OLD}') written", topic, "current")
    history_table, _ = reference.tables(topic.name)
    wanted = old - stage.reference.database.value(f"SELECT count(DISTINCT order_id) FROM {history_table} WHERE order_id < {FIRST_KEY}")
    left = database.value("SELECT count(*) FROM orders_current WHERE status = %s", _OLD)
    if left != wanted:
        raise check.RowsDiffer(f"orders_current: of {wanted} rows that nobody changed {left} are left")
    database.drop()
    return result


def history(stage, name, events):
    topic, database = stage.topic(schemas=False, changes=_scaled(stage, events) // 16 * 16), stage.database()
    host, connector = sluice_run.host_for(stage, name)
    host.connector(connector, sluice_run.settings(database, topic, "history", 2))
    result = sluice_run.drained(stage, name, host, database, topic, tenths=True)
    check.same_rows(database, "orders_fact", topic, "history")
    database.drop()
    return result


def _scaled(stage, size):
    return max(1, size * stage.changes // _DEFAULT_CHANGES)
