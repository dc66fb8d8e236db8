"""What a setting of Debezium loses at the source, so that no sink can have it: the comparison applies this to the source's side,
and nothing else. Each row is documented in the type table.

A loss of a type holds for arrays of it too, element by element.
"""

import dataclasses
import re

_MILLISECONDS = "CASE WHEN {c} = '24:00' THEN {c} ELSE date_trunc('milliseconds', {c})::time END"


@dataclasses.dataclass(frozen=True)
class Loss:
    settings: dict     # which settings have it; {} is all of them
    type: str          # a regular expression for the whole type as declared
    expression: str    # of {c}, the value, and {t}, its type
    reason: str
    target: bool = False  # applied to the target as well


LOSSES = (
    # Arrays as a whole: what the connector cannot convert it sends as null.
    Loss({}, r"numeric(\(.*\))?\[\]", "CASE WHEN {c}::text ~ 'NaN|Infinity' THEN NULL ELSE {c} END", "sent as null"),
    Loss({}, r"(moods\.\"Mood\"|ltree)\[\]", "CASE WHEN array_position({c}, NULL) IS NULL THEN {c} END", "sent as null"),
    # Elements of arrays.
    Loss({}, r"time\[\] element", "date_trunc('milliseconds', {c})::time", "cut to milliseconds; 24:00 becomes 00:00"),
    Loss({}, r"timetz\[\] element", "(date_trunc('second', ({c} AT TIME ZONE 'UTC')::time)::time || '+00')::timetz", "cut to seconds"),
    # Any value of the type.
    Loss({}, "timetz", "CASE WHEN {c} = '24:00+00' THEN timetz '00:00+00' ELSE {c} AT TIME ZONE 'UTC' END",
         "shifted to UTC; 24:00 becomes 00:00"),
    Loss({}, r"bit varying(\(.*\))?", "ltrim({c}::text, '0')::{t}", "leading zeros are not sent"),
    Loss({"decimal": "precise"}, r"numeric(\(.*\))?|price", "CASE WHEN {c}::text !~ 'NaN|Infinity' THEN {c} END", "sent as null"),
    Loss({"decimal": "precise"}, "numeric", "trim_scale({c})", "trailing zeros are not sent"),
    Loss({"decimal": "double"}, r"numeric(\(.*\))?|price", "{c}::float8::text::numeric::{t}", "rounded to a double"),
    # Java writes 10 as 10.0, and 1E20 without any zero: the value counts.
    Loss({"decimal": "double"}, "numeric", "trim_scale({c})", "trailing zeros are not those of the source", target=True),
    Loss({"decimal": "double"}, "money", "{c}::numeric::float8::text::numeric::money", "rounded to a double"),
    Loss({"time": "connect"}, r"time", _MILLISECONDS, "cut to milliseconds"),
    Loss({"time": "connect"}, "timestamp", "date_trunc('milliseconds', {c})", "cut to milliseconds"),
    Loss({"time": "isostring"}, r"time(\(.*\))?", "CASE WHEN {c} = '24:00' THEN time '00:00' ELSE {c} END", "24:00 becomes 00:00"),
    Loss({"time": "nanoseconds"}, r"timestamp(\(.*\))?", """CASE {c} WHEN 'infinity' THEN timestamp '1969-12-31 23:59:30.424192'
         WHEN '-infinity' THEN timestamp '1970-01-01 00:00:22.375808' ELSE {c} END::{t}""", "infinite ones wrap around"),
    # As io.debezium.time.MicroDuration computes it, in doubles that are cut at the end: a microsecond may be missing.
    Loss({"interval": "numeric"}, "interval", """(interval '1 microsecond' * trunc((((((extract(year FROM {c}) * 12 + extract(month FROM {c}))::float8 * 30.4375
         + extract(day FROM {c})::float8) * 24 + extract(hour FROM {c})::float8) * 60 + extract(minute FROM {c})::float8) * 60
         + (trunc(extract(second FROM {c}))::float8 + (extract(second FROM {c}) % 1 * 1000000)::float8 / 1000000)) * 1000000))""",
         "a month becomes 30.4375 days, all are microseconds, rounded as doubles are"),
)


def seen_through(source, name, sql):
    """The SQL expression for what `source` sends of the column `name` of type `sql`."""
    return _expression([loss for loss in LOSSES if _applies(loss, source)], name, sql)


def of_target(source, name, sql):
    """And for what the target is compared by."""
    return _expression([loss for loss in LOSSES if loss.target and _applies(loss, source)], name, sql)


def _applies(loss, source):
    return all(getattr(source, name) == wanted for name, wanted in loss.settings.items())


def _expression(found, name, sql):
    def through(value, matched, kind):
        for loss in found:
            if re.fullmatch(loss.type, matched):
                value = f"({loss.expression.format(c=value, t=kind)})"
        return value
    value = through(name, sql, sql)
    if not sql.endswith("[]"):
        return value
    element = through(through("e", f"{sql} element", sql[:-2]), sql[:-2], sql[:-2])
    if element == "e":
        return value
    elements = f"ARRAY(SELECT {element} FROM unnest({value}) WITH ORDINALITY AS u(e, i) ORDER BY i)"
    return f"(CASE WHEN {value} IS NOT NULL THEN {elements} END)"
