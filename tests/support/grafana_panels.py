"""What Grafana does to a panel's questions before it asks: macros and variables, by its own rules.

The rules are those of Grafana 11's InfluxDB data source, taken strictly: `${name:raw}` goes in as it is; a variable
inside a regular expression is escaped (a bar between two names then matches a bar); everything else goes in as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import BaseModel, Field, JsonValue

from grafana.boards import Board

_LENGTHS = {"h": 3600, "d": 86_400, "m": 60, "s": 1}
_PATTERN = re.compile(r"[=!]~ (/[^/]*/)")
_VARIABLE = re.compile(r"\$\{(\w+)(:raw)?\}|\$(\w+)")


class Target(BaseModel):
    """A question of a panel."""

    query: str
    table: str = Field(alias="resultFormat")
    alias: str = ""


class PanelModel(BaseModel):
    """The parts of a panel that the tests look at."""

    title: str = ""
    type: str
    targets: list[Target] = []
    shift: str | None = Field(default=None, alias="timeShift")


class _Option(BaseModel):
    value: str


class _Variable(BaseModel):
    name: str
    current: _Option


class _Variables(BaseModel):
    variables: list[_Variable] = Field(default=[], alias="list")


class Asked(NamedTuple):
    """One question of one panel."""

    board: str
    panel: PanelModel
    target: Target

    def __str__(self) -> str:
        return f"{self.board}: {self.panel.title}: {self.target.alias}"


def panels(board: Board) -> list[PanelModel]:
    """Panels of a board, in order."""
    found = board.model["panels"]
    assert isinstance(found, list)
    return [PanelModel.model_validate(panel) for panel in found]


def questions(board: Board) -> Iterator[Asked]:
    """Every question of a board."""
    for panel in panels(board):
        for target in panel.targets:
            yield Asked(board.uid, panel, target)


def variables(board: Board) -> dict[str, str]:
    """A board's variables as they stand when it is opened."""
    told: JsonValue = board.model.get("templating", {})
    return {one.name: one.current.value for one in _Variables.model_validate(told).variables}


def filled(asked: Asked, values: Mapping[str, str], start: datetime, end: datetime) -> str:
    """The question as the store hears it, for a board that shows [start, end]; `values` of its variables and macros."""
    if asked.panel.shift:
        back = _length(_put_in(asked.panel.shift, values))
        start, end = start - back, end - back
    first, last = _milliseconds(start), _milliseconds(end)
    settled = {
        "timeFilter": f"time >= {first}ms AND time <= {last}ms",
        "__interval": "1m",
        "__from": str(first),
        "__to": str(last),
    }
    return _put_in(asked.target.query, {**settled, **values})


def _put_in(text: str, values: Mapping[str, str]) -> str:
    patterns = [match.span(1) for match in _PATTERN.finditer(text)]

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[3]
        assert name in values, f"the board has no variable {name!r}"
        within = any(begin < found.start() < end for begin, end in patterns)
        return re.escape(values[name]) if within and not found[2] else values[name]

    return _VARIABLE.sub(value, text)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _length(text: str) -> timedelta:
    return timedelta(seconds=int(text[:-1]) * _LENGTHS[text[-1]])
