"""The targets: for each Debezium connector the same tables once as current state, once as history, and once as both; and the
connectors of sluice that fill them."""

from e2e.differential import tables

# What a history knows beside the row; names that the sink fills where they are there.
_FACTS = ("hist_id bigserial", "operation_type text", "cdc_timestamp timestamp")
SCHEMAS = ("current", "history", "both_history", "both_current")


def create(db, sources):
    """The types and all targets."""
    db.sql(tables.TYPES)
    db.sql("GRANT USAGE ON SCHEMA moods TO warehouse")
    text = "SET ROLE warehouse;"
    for source in sources:
        for schema in SCHEMAS:
            text += f"CREATE SCHEMA {source.name}_{schema};"
        for table in source.tables:
            for schema in ("history", "both_history"):
                text += table.target_ddl(f"{source.name}_{schema}", *_FACTS, primary=False)
            for schema in ("current", "both_current"):
                text += table.target_ddl(f"{source.name}_{schema}", primary=True)
    db.sql(text + "RESET ROLE")


def copy_source(source_database, db):
    """The source as it is now, beside the targets."""
    db.sql("CREATE SCHEMA source")
    for table in tables.ALL:
        columns = ", ".join(f"{tables.quoted(name)} {sql}" for name, sql in source_database.columns(table).items())
        db.sql(f"CREATE TABLE source.{table.sql_name} ({columns})")
        source_database.copy(table, db, "source")


def connectors(source, sink):
    """{name: (settings, tables)}. A plain history is not given the table whose values may stay out of line."""
    common = {"topics": None, "columns": None, "consumer_override_topic_metadata_refresh_interval_ms": 2000, **{name.replace(".", "_"): value for name, value in source.sink().items()}}
    keyed = [table for table in source.tables if table not in tables.ORDERED]
    found = {}

    def add(name, chosen, **settings):
        regex = "|".join(source.topic(table).replace(".", r"\.") for table in chosen)
        found[f"{source.name}_{name}"] = sink(topics_regex=regex, **{**common, **settings}), chosen
    add("current", keyed, mode="current", table_name=f"{source.name}_current.${{source.table}}", tasks_max=2)
    add("both", keyed, mode="both", table_name=f"{source.name}_both_history.${{source.table}}",
        current_table_name=f"{source.name}_both_current.${{source.table}}")
    add("history", [table for table in source.tables if table is not tables.LONG], mode="history",
        table_name=f"{source.name}_history.${{source.table}}")
    if tables.EMPTIED in source.tables:
        add("emptied", [tables.EMPTIED], mode="current", table_name=f"{source.name}_current.${{source.table}}",
            truncate_mode="apply")
    return found
