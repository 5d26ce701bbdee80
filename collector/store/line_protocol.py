"""Points as InfluxDB line protocol, times in microseconds. Pure.

The hot path of the collector: the text of a measurement's fields is a template made once, and the text before the
fields is remembered, because the same lines, approaches and cameras come every minute. Tags are slugs and string
fields are slugs and words of the contract, so there is nothing to escape.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import zip_longest

from collector.store.schema import MEASUREMENTS, Field, Kind, Measurement, Point, Value

_SLOTS = {Kind.INTEGER: "%di", Kind.FLOAT: "%r", Kind.BOOLEAN: "%r", Kind.STRING: '"%s"'}


def line(point: Point, *, folded: bool = False) -> str:
    """One line without its end; empty when no field is present. `folded`: a point of a coarser level."""
    measurement, time_us, tags, values = point
    name = measurement.name
    if None in values:
        absent = tuple([value is None for value in values])
        present = [value for value in values if value is not None]
        return _slots(name, folded, absent) % (_head(name, tags), *present, time_us) if present else ""
    return _slots(name, folded) % (_head(name, tags), *values, time_us)


def lines(points: Iterable[Point], *, folded: bool = False) -> str:
    """Lines for `points`, without an end after the last."""
    return "\n".join(filter(None, [line(point, folded=folded) for point in points]))


# By name: to look a measurement up by itself would hash all its fields, for every point.
_NAMED = {measurement.name: measurement for measurement in MEASUREMENTS}


def slots(measurement: Measurement, tags: tuple[str, ...]) -> str:
    """A line whose every value is still to be filled in, the time as the last."""
    return _slots(measurement.name, False).replace("%s", _head(measurement.name, tags), 1)


@lru_cache(maxsize=4096)
def _slots(name: str, folded: bool, absent: tuple[bool, ...] = ()) -> str:
    """For the text before the fields, for the fields that are present, and for the time."""
    fields = _NAMED[name].folded if folded else _NAMED[name].fields
    pairs = [f"{field.name}={_SLOTS[field.kind]}" for field in fields]
    return f"%s {','.join([pair for pair, gone in zip_longest(pairs, absent) if not gone])} %d"


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
