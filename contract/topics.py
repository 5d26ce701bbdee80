"""Where a message travels: `simpang/v1/<site>/<unit>/<kind>`.

The broker's access list binds `<unit>` to the certificate of the unit that writes, so the topic, not the payload,
says who speaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from contract.base import ContractError, Slug

ROOT = "simpang/v1"
_SLUG: TypeAdapter[str] = TypeAdapter(Slug)


class Kind(StrEnum):
    """The last part of a topic, and with it the model of the payload."""

    STATE = "state"
    OBSERVATION = "observation"
    EVENT = "event"
    EVIDENCE = "evidence"
    HEALTH = "health"
    CONFIG_SET = "config/set"
    CONFIG_REPORTED = "config/reported"
    UPDATE_SET = "update/set"
    UPDATE_REPORTED = "update/reported"
    CERTIFICATE_REQUEST = "certificate/request"
    CERTIFICATE_SET = "certificate/set"
    CLIP_REQUEST = "clip/request"
    CLIP_OFFER = "clip/offer"
    CLIP_CHUNK = "clip/chunk"
    CLIP_DONE = "clip/done"
    SIGNAL_REQUEST = "signal/request"
    SIGNAL_REPLY = "signal/reply"
    SIGNAL_STATUS = "signal/status"

    @property
    def qos(self) -> int:
        """Health may be lost, and so may what is asked again until it is there; all else arrives at least once."""
        return 0 if self in _PASSING else 1

    @property
    def retained(self) -> bool:
        """Retained kinds describe how things are; the others tell what happened."""
        return self in _RETAINED


_PASSING = frozenset({Kind.HEALTH, Kind.CLIP_REQUEST, Kind.CLIP_OFFER, Kind.CLIP_CHUNK})
_RETAINED = frozenset(
    {
        *(Kind.STATE, Kind.CONFIG_SET, Kind.CONFIG_REPORTED, Kind.UPDATE_SET, Kind.UPDATE_REPORTED),
        *(Kind.CERTIFICATE_REQUEST, Kind.CERTIFICATE_SET),
    }
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A parsed topic. `str(topic)` is what MQTT sees."""

    site: str
    unit: str
    kind: Kind

    def __str__(self) -> str:
        return f"{ROOT}/{self.site}/{self.unit}/{self.kind}"

    @classmethod
    @lru_cache(maxsize=8192)
    def parse(cls, text: str) -> Topic:
        """Read `text`; `ContractError` says which part is wrong."""
        root, _, rest = text.partition(ROOT + "/")
        parts = rest.split("/", 2)
        if root or len(parts) != 3:
            raise ContractError(f"topic {text[:120]!r}: expected {ROOT}/<site>/<unit>/<kind>")
        site, unit, kind = parts
        try:
            return cls(_SLUG.validate_python(site), _SLUG.validate_python(unit), Kind(kind))
        except ValidationError:
            raise ContractError(f"topic {text[:120]!r}: site and unit must be lower-case names") from None
        except ValueError:
            known = ", ".join(Kind)
            raise ContractError(f"topic {text[:120]!r}: unknown kind {kind[:40]!r}; known: {known}") from None


def subscription(kind: Kind, *, site: str = "+", unit: str = "+", share: str | None = None) -> str:
    """An MQTT filter for one kind; `share` names a shared subscription (MQTT v5) among several collectors."""
    topic = f"{ROOT}/{site}/{unit}/{kind}"
    return f"$share/{share}/{topic}" if share else topic
