"""The types that columns have: how each is declared, the values that go wrong first, and how to make up more of them.

Every value is text for the type's input function; None is NULL. The list is the type table's: all that Debezium
3.3 sends. It does not send `name`, whatever the table says.
"""

import dataclasses
import typing
import uuid


@dataclasses.dataclass(frozen=True)
class Kind:
    sql: str                               # as the column is declared
    special: tuple                         # values that must pass
    random: typing.Callable                # dice -> an ordinary value
    # Values that only a scalar in the stream brings whole. Snapshots and arrays go through java.sql, whose calendar is Julian before
    # 1582 and whose texts have no era; a snapshot's money goes through a double.
    streamed: tuple = ()

    def value(self, dice):
        at = dice.random()
        if at < 0.08:
            return None
        return dice.choice(self.special) if at < 0.35 else self.random(dice)


# -- how values are made up

_LETTERS = "abcdefghij \t\n\r\\'\",{}()=>$%\x01\x7f\u2028éß日本😀"


def words(dice, most=20):
    return "".join(dice.choice(_LETTERS) for _ in range(dice.randrange(1, most + 1)))


def ints(low, high):
    return lambda dice: str(dice.choice((dice.randrange(low, high + 1), dice.randrange(max(low, -99), min(high, 99) + 1))))


def decimals(digits, scale):
    """Below 10^digits, with `scale` digits after the point."""
    def made(dice):
        unscaled = dice.randrange(10 ** dice.randrange(1, digits + scale + 1))
        sign = dice.choice(("", "-"))
        text = str(unscaled).rjust(scale + 1, "0")
        return f"{sign}{text[:-scale]}.{text[-scale:]}" if scale else sign + text
    return made


def bits(most, least=None):
    return lambda dice: "".join(dice.choice("01") for _ in range(dice.randrange(most if least is None else least, most + 1)))


def date(dice):
    return f"{dice.randrange(1, 3000):04}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"


def clock(dice):
    return f"{dice.randrange(24):02}:{dice.randrange(60):02}:{dice.randrange(60):02}.{dice.randrange(10**6):06}"


def instant(dice):
    """Within the years that nanoseconds can say."""
    return f"{dice.randrange(1700, 2250)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02} {clock(dice)}"


def zone(dice):
    return f"{dice.choice('+-')}{dice.randrange(0, 13):02}:{dice.choice(('00', '30', '45'))}"


def interval(dice):
    return (f"{dice.randrange(-20, 20)} years {dice.randrange(-15, 15)} mons {dice.randrange(-40, 40)} days "
            f"{dice.choice(('', '-'))}{clock(dice)}")


def document(dice):
    return dice.choice((
        f'{{"a": [1, 2.50, null], "b": "{dice.randrange(99)}"}}', f'"{dice.randrange(99)}"', f'[{{"é": "😀 {dice.randrange(9)}"}}]',
        f'{{"deep": [[[{dice.random()}]]], "n": 12345678901234567890.1234567890}}'))


def binary(dice):
    return "\\x" + bytes(dice.randrange(256) for _ in range(dice.randrange(1, 40))).hex()


def hstore(pairs):
    """Python pairs as hstore text."""
    return ", ".join(f"{_quoted(key)}=>{'NULL' if value is None else _quoted(value)}" for key, value in pairs)


def _quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def array(elements):
    """Python texts as an array literal; None is NULL."""
    return "{" + ",".join("NULL" if value is None else _quoted(value) for value in elements) + "}"


def span(element, dice):
    """A range of two values that `element` makes, in their order by `key`."""
    low, high = sorted((element(dice), element(dice)))
    return f"{dice.choice('[(')}{dice.choice((low, ''))},{dice.choice((high, ''))}{dice.choice('])')}"


def of(kind, special=()):
    """Arrays of a kind."""
    return Kind(kind.sql + "[]", ("{}", "{NULL}", array(kind.special), *special),
                lambda dice: array([kind.value(dice) for _ in range(dice.randrange(0, 5))]))


# -- numbers, booleans, bits

BOOLEAN = Kind("boolean", ("t", "f"), lambda dice: dice.choice("tf"))
BIT = Kind("bit(1)", ("0", "1"), bits(1))
BITS_8 = Kind("bit(8)", ("10110011", "00000000", "11111111", "00000001"), bits(8))
BITS_64 = Kind("bit(64)", ("1" + "0" * 63, "0" * 64, "1" * 64, "0" * 63 + "1"), bits(64))
VARBIT = Kind("bit varying(16)", ("", "101", "00101", "0000", "1" * 16), bits(16, 0))
VARBIT_LONG = Kind("bit varying", ("", "1" * 33, "0" * 40 + "1"), bits(70, 0))
SMALLINT = Kind("smallint", ("-32768", "32767", "0"), ints(-32768, 32767))
INTEGER = Kind("integer", ("-2147483648", "2147483647", "0"), ints(-2**31, 2**31 - 1))
BIGINT = Kind("bigint", ("9223372036854775807", "-9223372036854775808", "9007199254740993"), ints(-2**63, 2**63 - 1))
OID = Kind("oid", ("4294967295", "0"), ints(0, 2**32 - 1))
REAL = Kind("real", ("NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38", "-3.4e38", "3.3"),
            lambda dice: f"{dice.uniform(-1000, 1000):.3f}")
DOUBLE = Kind("double precision", ("NaN", "Infinity", "-Infinity", "-0", "5e-324", "-1.7976931348623157e308", "1e300", "1e-21"),
              lambda dice: repr(dice.uniform(-1e9, 1e9)))
AMOUNT = Kind("numeric(10,2)", (
    "0.00", "0.01", "-0.01", "1.27", "1.28", "-1.28", "-1.29", "2.55", "2.56", "10.50", "99999999.99", "-99999999.99", "-26588.24",
    "-5326.11", "14.26", "NaN"), decimals(8, 2))
FINE = Kind("numeric(38,18)", ("0.000000000000000001", "-1", "12345678901.123456789012345678", "-9.999999999999999999"),
            decimals(12, 18))
HUNDREDS = Kind("numeric(4,-2)", ("0", "100", "-999900", "12300"), lambda dice: str(dice.randrange(-9999, 9999) * 100))
WHOLE = Kind("numeric(12,0)", ("0", "999999999999", "-1"), decimals(12, 0))
NUMERIC = Kind("numeric", (
    "NaN", "Infinity", "-Infinity", "-0.000000000000000000001", "100000000000000000000", "127.5", "10", "1.500",
    "9" * 60 + ".5", "123456789012345678901234567890"), decimals(15, 6))
MONEY = Kind("money", ("0", "-1234.11", "0.01", "9000000000000.01"), decimals(11, 2), streamed=("90000000000000.01",))
COUNT = Kind("small_count", ("-999", "0", "2147483647"), ints(-999, 2**31 - 1))
PRICE = Kind("price", ("0.0001", "-12345678.9999"), decimals(8, 4))

# -- dates and times

DATE = Kind("date", (
    "infinity", "-infinity", "0001-01-01", "9999-12-31", "5874897-12-31", "1969-12-31", "1970-01-01", "2024-02-29"), date,
    streamed=("4714-11-24 BC", "1582-10-10"))
_CLOCKS = ("24:00:00", "00:00:00", "23:59:59.999999", "12:34:56.789012", "00:00:00.000001")
TIME_0 = Kind("time(0)", _CLOCKS, clock)
TIME_3 = Kind("time(3)", _CLOCKS, clock)
TIME = Kind("time", _CLOCKS, clock)
_INSTANTS = ("infinity", "-infinity", "1969-12-31 23:59:59.999999", "1970-01-01", "2024-03-31 02:30:00", "2024-02-29 12:00:00.5",
             "1700-01-01 00:00:00.000001", "2261-12-31 23:59:59.999999")
TIMESTAMP_0 = Kind("timestamp(0)", _INSTANTS, instant)
TIMESTAMP_3 = Kind("timestamp(3)", _INSTANTS, instant)
TIMESTAMP = Kind("timestamp", _INSTANTS, instant)
TIMESTAMPTZ = Kind("timestamptz", (
    "infinity", "-infinity", "2024-02-29 23:59:59.999999+05:30", "1970-01-01 00:00:00+00", "21016-11-04 06:51:30.123456+00",
    "294246-12-31 23:59:59.999999+00"), lambda dice: instant(dice) + zone(dice),
    streamed=("4714-11-24 00:00:00+00 BC", "0001-01-01 00:00:00+00"))
TIMETZ = Kind("timetz", ("00:00:00+14", "23:59:59.999999-12", "24:00:00+00", "12:00:00+05:30"),
              lambda dice: clock(dice) + zone(dice))
INTERVAL = Kind("interval", (
    "1 year 2 mons 3 days 04:05:06.789", "-1 year -2 mons +3 days -04:05:06", "0", "00:00:00.78", "-00:00:00.000001", "1 mon",
    "30 days", "-1 day +02:03:04.5"), interval)

# -- text, JSON, bytes, and the rest

_TEXTS = ("", "\\N", "\\.", "NULL", "tab\tline\nreturn\r end", "it's \"so\" \\ %s $1", "z; DROP TABLE t; --", "Ünïcode 日本 😀",
          "\u2028\x01\x7f", " blanks ", "not __debezium_unavailable_value but near", "{1,2}")
CHAR = Kind("character(5)", ("ab", "", "日本😀é ", "12345"), lambda dice: words(dice, 5))
VARCHAR = Kind("varchar(60)", (*_TEXTS, "x" * 60), lambda dice: words(dice, 30))
TEXT = Kind("text", _TEXTS, words)
CITEXT = Kind("citext", ("MiXeD", "", "É"), words)
UUID = Kind("uuid", ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
            lambda dice: str(uuid.UUID(int=dice.getrandbits(128))))
_DOCUMENTS = ('{"a": [1, 2.50, null]}', '"str"', "null", "{}", "[]", "1.0", '"\\\\ \\" \\t"', '{"schema": {}, "payload": null}',
              '"__debezium_unavailable_value!"')
JSON = Kind("json", (*_DOCUMENTS, '{ "twice":1,  "twice":2 }', "1E400"), document)
JSONB = Kind("jsonb", (*_DOCUMENTS, '{"n": 123456789012345678901234567890.5}'), document)
XML = Kind("xml", ("<a b=\"c\">&lt;é</a>", "<a/><b/>", "text"), lambda dice: f"<n>{dice.randrange(999)}</n>")
MOOD = Kind('moods."Mood"', ("sad", "happy's", "so, so", "日本"), lambda dice: dice.choice(("sad", "ok", "so, so")))
BYTEA = Kind("bytea", ("\\x", "\\xdeadbeef00", "\\x00", "\\xfbff", "\\x5c4e"), binary)
_PAIRS = ((), (("a", "1"), ("b", None), ("c d", 'e"f')), (("=>", "\\"), ("", "")), (("NULL", "null"), ("é", "😀,")))
HSTORE = Kind("hstore", tuple(hstore(pairs) for pairs in _PAIRS),
              lambda dice: hstore([(words(dice, 6) + str(n), dice.choice((None, words(dice, 6)))) for n in range(dice.randrange(4))]))
INET = Kind("inet", ("192.168.0.1/24", "::1", "0.0.0.0/0", "10.0.0.1"), lambda dice: f"10.1.{dice.randrange(256)}.{dice.randrange(256)}")
CIDR = Kind("cidr", ("2001:db8::/32", "10.0.0.0/8"), lambda dice: f"10.{dice.randrange(256)}.0.0/16")
MACADDR = Kind("macaddr", ("08:00:2b:01:02:03",), lambda dice: f"08:00:2b:{dice.randrange(256):02x}:00:ff")
MACADDR8 = Kind("macaddr8", ("08:00:2b:01:02:03:04:05",), lambda dice: f"08:00:2b:{dice.randrange(256):02x}:00:ff:00:01")
INT4RANGE = Kind("int4range", ("[1,10)", "(,5]", "empty", "[1,)", "(,)"), lambda dice: f"[{dice.randrange(-99, 0)},{dice.randrange(99)}]")
INT8RANGE = Kind("int8range", ("[1,9223372036854775807)", "empty"), lambda dice: f"({dice.randrange(-99, 0)},{dice.randrange(99)}]")
NUMRANGE = Kind("numrange", ("[1.10,2.50]", "empty", "(,)"), lambda dice: f"[{dice.randrange(-99, 0)}.50,{dice.randrange(99)})")
TSRANGE = Kind("tsrange", ("[2024-01-01 00:00:00,2024-02-01 00:00:00)", "empty", "[2024-01-01,infinity)", "(,)"),
               lambda dice: span(instant, dice))
TSTZRANGE = Kind("tstzrange", ("[2024-01-01 00:00:00+05:30,)", "empty"), lambda dice: span(lambda d: instant(d) + "+00", dice))
DATERANGE = Kind("daterange", ("[2024-01-01,infinity)", "empty", "(,2024-01-01]"), lambda dice: span(date, dice))
LTREE = Kind("ltree", ("Top.Science.Astronomy", "", "a_b.c1"), lambda dice: f"a{dice.randrange(99)}.b{dice.randrange(9)}")
TSVECTOR = Kind("tsvector", ("'a' 'cat' 'fat'", "", "'it''s' 'two words':3A,5", "'back\\\\slash':1"),
                lambda dice: f"'w{dice.randrange(99)}':{dice.randrange(1, 99)} 'é'")
ISBN = Kind("isbn", ("978-0-393-04002-9",), lambda dice: dice.choice(("0-306-40615-2", "978-0-393-04002-9")))
POINT = Kind("point", ("(1.5,-2.25)", "(NaN,Infinity)", "(0,-0)", "(1e300,5e-324)"),
             lambda dice: f"({dice.uniform(-180, 180)!r},{dice.uniform(-90, 90)!r})")

# -- what only the settings that keep every digit and year can carry: see tables.vast

HUGE = Kind("numeric(38,0)", ("9" * 38, "-" + "9" * 38, "0"), decimals(38, 0))
HUGE_FINE = Kind("numeric(38,18)", ("12345678901234567890.123456789012345678", "-99999999999999999999.999999999999999999"),
                 decimals(20, 18))
HUGE_MONEY = Kind("money", ("0",), decimals(13, 2), streamed=("-92233720368547758.08", "92233720368547758.07"))
LONG_AGO = Kind("timestamp", ("9999-12-31 23:59:59.999999", "21016-11-04 06:51:30.123456", "294246-12-31 23:59:59.999999"),
                lambda dice: f"{dice.randrange(1600, 9999)}-06-30 {clock(dice)}", streamed=(
                    "4712-01-01 00:00:00 BC", "4713-12-31 23:59:59.999999 BC", "4714-11-24 00:00:00 BC", "0001-01-01",
                    "1582-10-10 00:00:00"))


# -- what is kept out of line

def long_text(dice):
    return words(dice, 3) + "long " * dice.randrange(500, 900) + words(dice, 3)


def long_binary(dice):
    return "\\x" + dice.randbytes(dice.randrange(2100, 3500)).hex()


BIG_TEXT = Kind("text", ("", "short"), long_text)
BIG_VARCHAR = Kind("varchar", ("", "short"), long_text)
BIG_JSON = Kind("json", ("null", "{}"), lambda dice: f'{{"x": "{"y" * dice.randrange(2100, 4000)}"}}')
BIG_JSONB = Kind("jsonb", ("null", "{}"), BIG_JSON.random)
BIG_XML = Kind("xml", ("<a/>",), lambda dice: f"<a>{'z' * dice.randrange(2100, 4000)}</a>")
BIG_BYTEA = Kind("bytea", ("\\x", "\\x00"), long_binary)
BIG_TEXTS = Kind("text[]", ("{}", "{NULL}"), lambda dice: array([long_text(dice), None, "é"]))
BIG_BYTEAS = Kind("bytea[]", ("{}",), lambda dice: array([long_binary(dice), None]))
BIG_INTS = Kind("integer[]", ("{}", "{1}"), lambda dice: array([str(dice.randrange(2**31)) for _ in range(600)]))
BIG_BIGINTS = Kind("bigint[]", ("{}", "{1}"), lambda dice: array([str(dice.randrange(2**63)) for _ in range(300)]))
BIG_UUIDS = Kind("uuid[]", ("{}",), lambda dice: array([UUID.random(dice) for _ in range(150)]))
BIG_HSTORE = Kind("hstore", ("",), lambda dice: hstore([("k", long_text(dice)), ("n", None)]))
