"""The ways in which Debezium is set up: each value of each setting at least once, with and without schemas."""

import dataclasses

from e2e.differential import tables


@dataclasses.dataclass(frozen=True)
class Source:
    """One Debezium connector. The name is also its slot, its publication and its topics' prefix."""
    name: str
    schemas: bool
    decimal: str
    time: str
    interval: str
    hstore: str
    binary: str
    flat: bool = False

    @property
    def tables(self):
        # A double has 15 digits and nanoseconds end in 2262: what does not fit arrives as an ordinary wrong value.
        bounded = self.decimal == "double" or self.time == "nanoseconds"
        # Flattening drops truncates.
        left_out = ({"vast"} if bounded else set()) | ({"emptied"} if self.flat else set())
        return tuple(table for table in tables.ALL if table.name not in left_out)

    @property
    def unsent(self):
        """(table, column) that Debezium is told to leave out, since what it would send is wrong."""
        # The placeholder of a value out of line has no form in these modes: it arrives as null.
        return {("long", column) for column in {"bytes": (), "hex": ("big_byteas",)}.get(self.binary, ("big_bytea", "big_byteas"))}

    def topic(self, table):
        return tables.topic(self.name, table)

    def debezium(self):
        """What differs between the connectors, as Debezium calls it."""
        found = {
            "slot.name": self.name, "publication.name": self.name, "topic.prefix": self.name,
            "decimal.handling.mode": self.decimal, "time.precision.mode": self.time, "interval.handling.mode": self.interval,
            "hstore.handling.mode": self.hstore, "binary.handling.mode": self.binary,
            "key.converter.schemas.enable": str(self.schemas).lower(), "value.converter.schemas.enable": str(self.schemas).lower(),
            "table.exclude.list": ",".join(f"public.{table.name}" for table in tables.ALL if table not in self.tables),
            "column.exclude.list": ",".join(sorted(f"public.{table}.{column}" for table, column in self.unsent))}
        if self.flat:
            found |= {"transforms": "flat", "transforms.flat.type": "io.debezium.transforms.ExtractNewRecordState",
                      "transforms.flat.delete.tombstone.handling.mode": "rewrite",
                      "transforms.flat.add.fields": "op,table,lsn,source.ts_ms"}
        return {name: value for name, value in found.items() if value}

    def sink(self):
        """What sluice has to be told: where no schema does, and of bytes as text, which no schema tells from other text."""
        found = {"binary.handling.mode": self.binary}
        if not self.schemas:
            found |= {"decimal.handling.mode": self.decimal, "time.precision.mode": self.time}
        return found


SOURCES = (
    Source("plain", False, "precise", "adaptive", "numeric", "json", "bytes"),
    Source("schemas", True, "precise", "adaptive_time_microseconds", "string", "map", "base64"),
    Source("micros", False, "double", "microseconds", "string", "map", "base64-url-safe"),
    Source("nanos", True, "string", "nanoseconds", "numeric", "json", "hex"),
    Source("millis", True, "double", "connect", "string", "map", "bytes"),
    Source("iso", False, "string", "isostring", "numeric", "json", "hex"),
    Source("flat", True, "string", "adaptive", "string", "json", "bytes", flat=True),
)
