"""Points as InfluxDB line protocol, times in microseconds. Pure.

The hot path of the collector: the text of a measurement's fields is a template made once, and the text before the
fields is remembered, because the same lines, approaches and cameras come every minute. Tags are slugs and string
fields are slugs and words of the contract, so there is nothing to escape.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import zip_longest

from collector.store.schema import MEASUREMENTS, Field, Kind, Point, Value

_SLOTS = {Kind.INTEGER: "%di", Kind.FLOAT: "%r", Kind.BOOLEAN: "%r", Kind.STRING: '"%s"'}


def line(point: Point, *, folded: bool = False) -> str:
    """One line without its end; empty when no field is present. `folded`: a point of a coarser level."""
    measurement, time_us, tags, values = point
    if None in values:
        absent = tuple([value is None for value in values])
        pairs = _template(measurement.name, folded, absent) % tuple([value for value in values if value is not None])
    else:
        pairs = _template(measurement.name, folded) % values
    return f"{_head(measurement.name, tags)} {pairs} {time_us}" if pairs else ""


def lines(points: Iterable[Point], *, folded: bool = False) -> str:
    """Lines for `points`, without an end after the last."""
    return "\n".join(filter(None, [line(point, folded=folded) for point in points]))


# By name: to look a measurement up by itself would hash all its fields, for every point.
_NAMED = {measurement.name: measurement for measurement in MEASUREMENTS}


@lru_cache(maxsize=4096)
def _template(name: str, folded: bool, absent: tuple[bool, ...] = ()) -> str:
    fields = _NAMED[name].folded if folded else _NAMED[name].fields
    slots = [f"{field.name}={_SLOTS[field.kind]}" for field in fields]
    return ",".join([slot for slot, gone in zip_longest(slots, absent) if not gone])


@lru_cache(maxsize=65_536)
def _head(name: str, tags: tuple[str, ...]) -> str:
    return ",".join((name, *(f"{key}={tag}" for key, tag in zip(_NAMED[name].tags, tags, strict=True))))


def typed(field: Field, value: Value) -> Value:
    """`value` in the type of `field`, however a store gave it back (a whole float as 60, a boolean as 1)."""
    if value is None:
        return None
    match field.kind:
        case Kind.INTEGER:
            return int(value)
        case Kind.FLOAT:
            return float(value)
        case Kind.BOOLEAN:
            return bool(value)
        case Kind.STRING:
            return str(value)
