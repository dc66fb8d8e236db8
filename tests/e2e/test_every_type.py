"""Whatever Debezium is set to, and whatever types a table has: what sluice makes of it is the source, by SQL on both databases.

Clients change tables that between them have a column of every type; seven Debezium connectors with different settings watch them;
sluice writes current state, history, and both. Once all is quiet, source and target must be equal, EXCEPT ALL both ways, and so
must the replay of each history. What a setting of Debezium loses at the source is in differential/losses.py, and nothing else is.
"""

import pytest

from e2e.differential import comparison, scripts, source as databases, tables, warehouse
from e2e.differential.settings import SOURCES
from harness import scale, waits

_TRANSACTIONS = scale.count(150, 6000)  # of each client


@pytest.fixture
def database(live, seed):
    """The source with rows that are older than the connectors, and all connectors watching it."""
    source = databases.Source(live)
    scripts.put_samples(source, seed, streamed=False)
    source.watch(SOURCES)
    yield source
    source.leave(SOURCES)


def test_under_every_setting_current_state_and_the_replay_of_history_are_the_source(live, database, hosts, sink, db, seed):
    host, topics = start(live, hosts, sink, db)
    scripts.put_samples(database, seed, streamed=True)
    did = scripts.Clients(database, seed, transactions=_TRANSACTIONS).finish()
    scripts.finish_altering(database)
    print(f"workload: {dict(did)}")
    for kind in scripts.KINDS:
        assert did[kind] > 0, f"no {kind} in the workload: it would prove little"
    ends = database.wait_until_published(SOURCES)
    print(f"{sum(ends.values())} records in {len({topic for topic, _ in ends})} topics")
    wait_until_written(db, host, topics, ends)
    warehouse.copy_source(database, db)
    found = [difference for source in SOURCES for difference in differences(db, database, source)]
    assert not found, "\n".join(map(str, found))


def start(live, hosts, sink, db):
    """A sluice with all connectors, and {name: its topics}."""
    warehouse.create(db, SOURCES)
    host = hosts(live.bootstrap)
    topics = {}
    for source in SOURCES:
        for name, (settings, chosen) in warehouse.connectors(source, sink).items():
            host.connector(name, settings)
            topics[name] = [source.topic(table) for table in chosen]
    host.start()
    for name in topics:
        host.wait_for_task(name, "runs", lambda task: task["state"] != "UNASSIGNED", 60)
    return host, topics


def wait_until_written(db, host, topics, ends):
    """A connector that has failed, or waits for a person, will not get there: then all of those say why."""
    def written():
        if not host.running():
            raise RuntimeError(f"sluice has ended\n{host.process.tail()}")
        stuck = [f"{name}: {reason}" for name in topics for reason in why_stuck(host.rest.status(name).get("tasks", []))]
        if stuck:
            raise RuntimeError("\n".join(stuck))
        reached = {(connector, topic, partition): offset for connector, topic, partition, offset in
                   db.sql("SELECT connector, topic, partition, next_offset FROM sluice.sink_offsets")}
        behind = [f"{connector} is at {reached.get((connector, topic, partition))} of {topic}-{partition}, which ends at {end}"
                  for connector, chosen in topics.items() for (topic, partition), end in ends.items()
                  if topic in chosen and (reached.get((connector, topic, partition)) or 0) < end]
        assert not behind, behind[:5]
        return True
    waits.until("everything published is written", written, 120, every=0.5)


def why_stuck(tasks):
    for task in tasks:
        if task["state"] == "FAILED":
            yield task["trace"].splitlines()[0]
        elif task.get("condition", "").startswith("blocked"):
            yield task["condition"]


def differences(db, database, source):
    for table in source.tables:
        columns = database.columns(table)
        for target, name in targets(source, table):
            yield from comparison.compare(db, source, table, columns, target, name)


def targets(source, table):
    """What there is to compare: an expression for FROM, and what it is called."""
    def named(schema):
        return f"{source.name}_{schema}", f"{source.name}_{schema}.{table.name}"
    if table is not tables.KEYLESS:
        yield comparison.current(named("current")[0], table), named("current")[1]
    if table not in tables.ORDERED:
        yield comparison.current(named("both_current")[0], table), named("both_current")[1]
        yield comparison.replayed(named("both_history")[0], table), f"replay of {named('both_history')[1]}"
    # A plain history has nowhere to look up a value that was not sent; nor does it say that a table was emptied.
    if table not in (tables.LONG, tables.EMPTIED):
        yield comparison.replayed(named("history")[0], table), f"replay of {named('history')[1]}"
