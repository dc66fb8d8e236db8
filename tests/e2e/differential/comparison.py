"""Source and target in SQL: EXCEPT ALL both ways, after what is lost at the source. What differs is told column by column."""

import dataclasses

from e2e.differential import losses
from e2e.differential.tables import quoted

# Values are compared as texts: 1.50 and 1.5, a month and 30 days, -0 and 0 are equal to Postgres, but they are not the same.
_SESSION = "SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex'"


@dataclasses.dataclass(frozen=True)
class Difference:
    target: str
    column: str      # "" where a row is missing or too many
    rows: int
    example: str

    def __str__(self):
        return f"{self.target} {self.column or 'rows'}: {self.rows} differ, e.g. {self.example}"


def current(schema, table):
    """A table that holds the current state."""
    return f"{schema}.{table.sql_name}"


def replayed(schema, table):
    """The current state that a history tells: of each key the newest row, unless that took it away. All changes of a key come by
    one partition, so they were written in their order."""
    key = ", ".join(map(quoted, table.key))
    return (f"(SELECT * FROM (SELECT DISTINCT ON ({key}) * FROM {schema}.{table.sql_name} ORDER BY {key}, hist_id DESC) newest "
            f"WHERE operation_type <> 'DELETE')")


def compare(db, source, table, columns, target, name):
    """Differences of a target against source.TABLE as `source` sends it. `columns` are those that the source has now."""
    db.sql(_SESSION)
    key = ", ".join(map(quoted, table.key))
    sent = {column: losses.seen_through(source, quoted(column), sql) for column, sql in columns.items()
            if (table.name, column) not in source.unsent}
    wanted = f"SELECT {', '.join(f'{sent[column]}::text AS {quoted(column)}' for column in sent)} FROM source.{table.sql_name}"
    kept = {column: losses.of_target(source, quoted(column), columns[column]) for column in sent}
    found = f"SELECT {', '.join(f'{kept[column]}::text AS {quoted(column)}' for column in sent)} FROM {target} AS t"
    missing = db.value(f"SELECT count(*) FROM ({wanted} EXCEPT ALL {found}) x")
    extra = db.value(f"SELECT count(*) FROM ({found} EXCEPT ALL {wanted}) x")
    if not missing and not extra:
        return []
    return _explain(db, name, key, list(sent), wanted, found)


def _explain(db, name, key, columns, wanted, found):
    joined = f"(SELECT *, true AS there FROM ({wanted}) x) w FULL JOIN (SELECT *, true AS there FROM ({found}) x) f USING ({key})"
    differences = []
    for claim, condition in (("missing", "f.there IS NULL"), ("extra", "w.there IS NULL")):
        rows = db.sql(f"SELECT {key} FROM {joined} WHERE {condition}")
        if rows:
            differences.append(Difference(name, "", len(rows), f"{claim} {rows[0]}"))
    for column in (column for column in columns if quoted(column) not in key.split(", ")):
        rows = db.sql(f"""SELECT left(w.{quoted(column)}, 200), left(f.{quoted(column)}, 200) FROM {joined}
            WHERE w.there AND f.there AND w.{quoted(column)} IS DISTINCT FROM f.{quoted(column)}
            ORDER BY length(w.{quoted(column)}) NULLS FIRST""")
        if rows:
            differences.append(Difference(name, column, len(rows), f"source {rows[0][0]!r}, target {rows[0][1]!r}"))
    twice = db.sql(f"SELECT {key} FROM ({found}) f GROUP BY {key} HAVING count(*) > 1")
    if twice:
        differences.append(Difference(name, "", len(twice), f"twice {twice[0]}"))
    assert differences, f"{name} differs from its source, but in no row that is there once"
    return differences
