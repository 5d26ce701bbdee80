"""Messages as a broken or hostile unit would send them: honest ones, bent by rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

from contract import encode
from tests.support.traffic import observation, topic

_VALUES: tuple[object, ...] = (
    *(None, True, -1, 0, 2**63, 10**40, 1e308, -1e-308, [], {}, [[]]),
    *("", "x" * 300, "' OR 1=1 --", "\x00", "\ud800", "a,b=c d"),
)


def messages(draw: Random, number: int) -> Iterator[tuple[str, bytes]]:
    """`number` of them: topic, payload."""
    for turn in range(number):
        where = str(topic(turn % 5))
        payload = encode(observation(turn % 5, turn))
        match draw.randrange(6):
            case 0:
                payload = draw.randbytes(draw.randrange(200))
            case 1:
                payload = payload[: draw.randrange(len(payload))]
            case 2:
                place = draw.randrange(len(payload))
                payload = payload[:place] + draw.randbytes(1) + payload[place + 1 :]
            case 3:
                where = _bent(draw, where)
            case _:
                payload = _changed(draw, payload)
        yield where, payload


def _bent(draw: Random, where: str) -> str:
    place = draw.randrange(len(where))
    return where[:place] + draw.choice(("/", "+", "#", "\x00", "Ä", "..", "A", "")) + where[place + 1 :]


def _changed(draw: Random, payload: bytes) -> bytes:
    """One value somewhere in the tree becomes another."""
    tree = json.loads(payload)
    here = tree
    while True:
        key = draw.choice(list(here) if isinstance(here, dict) else range(len(here)))
        below = here[key]
        if not isinstance(below, dict | list) or not below or draw.random() < 0.2:
            here[key] = draw.choice(_VALUES)
            return json.dumps(tree).encode("utf-8", "surrogatepass")
        here = below
