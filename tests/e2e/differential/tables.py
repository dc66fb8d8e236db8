"""The source's tables: between them a column of every type, each kind of key, both replica identities, and odd names."""

import dataclasses
import typing
import uuid

from e2e.differential import kinds as k

# What the columns' types need, in the source as in the warehouse. The extensions come with the server.
TYPES = """
CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION isn;
CREATE DOMAIN small_count AS integer CHECK (VALUE > -1000);
CREATE DOMAIN price AS numeric(12,4);
CREATE SCHEMA moods;
CREATE TYPE moods."Mood" AS ENUM ('sad', 'ok', 'happy''s', 'so, so', '日本');
"""


def _number(n):
    return (n,)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@dataclasses.dataclass(frozen=True)
class Table:
    name: str
    columns: dict                       # name -> Kind, without the key's
    key: dict = dataclasses.field(default_factory=lambda: {"id": "integer"})  # name -> type
    key_of: typing.Callable = _number    # the n-th key, one value for each of its columns
    full: bool = False                  # REPLICA IDENTITY FULL
    primary: bool = True                # the key is declared
    external: bool = False              # long values go out of line, uncompressed
    first: dict = dataclasses.field(default_factory=dict)  # columns that the source begins with and does not keep
    extra: dict = dataclasses.field(default_factory=dict)  # columns that the targets have beside those

    @property
    def sql_name(self):
        return quoted(self.name)

    @property
    def all_columns(self):
        """name -> type as declared."""
        return {**self.key, **{name: kind.sql for name, kind in self.columns.items()}}

    def target_ddl(self, schema, *more, primary):
        """With other columns behind its own. In a history a key is not unique."""
        return self._ddl(schema, {**self.all_columns, **self.first, **self.extra}, more, primary and self.primary)

    def _ddl(self, schema, columns, more, primary):
        parts = [f"{quoted(name)} {sql}" for name, sql in columns.items()] + list(more)
        if primary:
            parts.append(f"PRIMARY KEY ({', '.join(map(quoted, self.key))})")
        return f"CREATE TABLE {schema}.{self.sql_name} ({', '.join(parts)});"

    def source_ddl(self):
        text = self._ddl("public", {**self.all_columns, **self.first}, (), self.primary)
        if self.full:
            text += f"ALTER TABLE {self.sql_name} REPLICA IDENTITY FULL;"
        if self.external:
            for name in self.columns:
                text += f"ALTER TABLE {self.sql_name} ALTER {quoted(name)} SET STORAGE EXTERNAL;" if name.startswith("big") else ""
        return text


def _named(*found):
    """Columns c01, c02, ... of these kinds: what a column is called matters only in the table that is about names."""
    return {f"c{n:02}": kind for n, kind in enumerate(found, 1)}


NUMBERS = Table("numbers", _named(
    k.BOOLEAN, k.BIT, k.BITS_8, k.BITS_64, k.VARBIT, k.VARBIT_LONG, k.SMALLINT, k.INTEGER, k.BIGINT, k.OID, k.REAL, k.DOUBLE, k.AMOUNT,
    k.FINE, k.HUNDREDS, k.WHOLE, k.NUMERIC, k.MONEY, k.COUNT, k.PRICE), full=True)

TIMES = Table("times", _named(
    k.DATE, k.TIME_0, k.TIME_3, k.TIME, k.TIMESTAMP_0, k.TIMESTAMP_3, k.TIMESTAMP, k.TIMESTAMPTZ, k.TIMETZ, k.INTERVAL))

TEXTS = Table("texts", _named(
    k.CHAR, k.VARCHAR, k.TEXT, k.CITEXT, k.UUID, k.JSON, k.JSONB, k.XML, k.MOOD, k.BYTEA, k.HSTORE, k.INET, k.CIDR, k.MACADDR,
    k.MACADDR8, k.INT4RANGE, k.INT8RANGE, k.NUMRANGE, k.TSRANGE, k.TSTZRANGE, k.DATERANGE, k.LTREE, k.TSVECTOR, k.ISBN, k.POINT),
    key={"area": "text", "number": "integer"}, key_of=lambda n: (f"area '{n % 3}\"", n), full=True)

LISTS = Table("lists", _named(*map(k.of, (
    k.BOOLEAN, k.SMALLINT, k.INTEGER, k.BIGINT, k.OID, k.REAL, k.DOUBLE, k.AMOUNT, k.NUMERIC, k.TEXT, k.VARCHAR, k.CHAR, k.CITEXT, k.DATE,
    k.TIME, k.TIMESTAMP_3, k.TIMESTAMP, k.TIMESTAMPTZ, k.TIMETZ, k.UUID, k.JSON, k.JSONB, k.BYTEA, k.HSTORE, k.INET, k.CIDR, k.MACADDR, k.MACADDR8,
    k.MOOD, k.INT4RANGE, k.INT8RANGE, k.NUMRANGE, k.TSRANGE, k.TSTZRANGE, k.DATERANGE, k.LTREE))),
    key={"id": "uuid"}, key_of=lambda n: (str(uuid.UUID(int=n)),))

_LONG = {"n": k.INTEGER, "note": k.TEXT, "big_text": k.BIG_TEXT, "big_varchar": k.BIG_VARCHAR, "big_json": k.BIG_JSON,
         "big_jsonb": k.BIG_JSONB, "big_xml": k.BIG_XML, "big_bytea": k.BIG_BYTEA, "big_texts": k.BIG_TEXTS, "big_byteas": k.BIG_BYTEAS,
         "big_ints": k.BIG_INTS, "big_bigints": k.BIG_BIGINTS, "big_uuids": k.BIG_UUIDS, "big_hstore": k.BIG_HSTORE}
LONG = Table("long", _LONG, external=True)
LONG_FULL = Table("long_full", _LONG, external=True, full=True)

ODD = Table('Odd "Name', {"ünï": k.TEXT, "select": k.AMOUNT, 'we"ird': k.TEXT, "a.b": k.TIMESTAMP, "Case": k.JSONB, "op": k.TEXT,
                          "source": k.JSONB, "payload": k.TEXT, "schema": k.JSONB}, key={"Key No": "integer"})

# Its source changes under way (scripts.py): the targets have what it ever had.
SHIFTING = Table("shifting", {"kept": k.TEXT, "touched": k.INTEGER},
                 first={"old_name": "text", "turned": "numeric(12,4)", "dropped": "text"},
                 extra={"added": "numeric(12,4)", "renamed": "text", "turned": "text"})

KEYLESS = Table("keyless", {"note": k.TEXT, "amount": k.AMOUNT, "at": k.TIMESTAMPTZ}, key={"n": "integer"}, full=True, primary=False)

EMPTIED = Table("emptied", {"note": k.TEXT, "amount": k.AMOUNT}, full=True)

# Values that only settings can carry that keep all digits and years.
VAST = Table("vast", {"huge": k.HUGE, "fine": k.HUGE_FINE, "money": k.HUGE_MONEY, "ago": k.LONG_AGO})

# Written last of all: who has it has the rest.
LAST = Table("last", {"said": k.TEXT})

KEYED = (NUMBERS, TIMES, TEXTS, LISTS, LONG, LONG_FULL, ODD, SHIFTING, VAST, LAST)
# In topics of one partition: without a key, or with truncates, there is no other order.
ORDERED = (KEYLESS, EMPTIED)
ALL = (*KEYED, *ORDERED)


def topic(prefix, table):
    """As Debezium names it: each character that a topic may not have becomes a _."""
    return f"{prefix}.public." + "".join(c if c.isalnum() and c.isascii() or c in "._-" else "_" for c in table.name)
