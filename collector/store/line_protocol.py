"""Points as InfluxDB line protocol, times in microseconds. Pure.

The hot path of the collector: the text of a measurement's fields is a template made once, and the text before the
fields is remembered, because the same lines, approaches and cameras come every minute. Tags are slugs and string
fields are slugs and words of the contract, so there is nothing to escape.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from collector.store.schema import Field, Kind, Measurement, Point, Value

_SLOTS = {Kind.INTEGER: "%di", Kind.FLOAT: "%r", Kind.BOOLEAN: "%r", Kind.STRING: '"%s"'}


def line(point: Point, *, folded: bool = False) -> str:
    """One line without its end; empty when no field is present. `folded`: a point of a coarser level."""
    measurement, time_us, tags, values = point
    template = _template(measurement, folded)
    if None in values:
        pairs = ",".join([slot % value for slot, value in zip(template, values, strict=True) if value is not None])
    else:
        pairs = ",".join(template) % values
    return f"{_head(measurement.name, measurement.tags, tags)} {pairs} {time_us}" if pairs else ""


def lines(points: Iterable[Point], *, folded: bool = False) -> str:
    """Lines for `points`, without an end after the last."""
    return "\n".join(filter(None, [line(point, folded=folded) for point in points]))


@lru_cache(maxsize=64)
def _template(measurement: Measurement, folded: bool) -> tuple[str, ...]:
    fields = measurement.folded if folded else measurement.fields
    return tuple(f"{field.name}={_SLOTS[field.kind]}" for field in fields)


@lru_cache(maxsize=65_536)
def _head(name: str, keys: tuple[str, ...], tags: tuple[str, ...]) -> str:
    return ",".join((name, *(f"{key}={tag}" for key, tag in zip(keys, tags, strict=True))))


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
