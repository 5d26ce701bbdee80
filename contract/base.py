"""What every model of the contract has in common: strict, frozen, bounded, and explained to people when refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

# InfluxDB keeps nanoseconds in an int64 and a roadside clock without a battery starts in 1970:
# a time outside these years is a broken clock, not a measurement.
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

MAX_COUNT = 100_000
"""More vehicles than this in one interval is a fault, not traffic."""


def _utc(value: datetime) -> datetime:
    value = value.astimezone(UTC)
    if not EARLIEST <= value < LATEST:
        raise ValueError(f"time {value.isoformat()} is outside {EARLIEST.year}..{LATEST.year}: is the clock set?")
    return value


UtcTime = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An instant with a zone, kept in UTC; refused when the clock that made it was plainly wrong."""

Slug = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?$",
        description="Lower-case name that is safe in a topic, a tag and a file name: a-z, 0-9, - and _ inside.",
    ),
]

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of a whole, 0..1."""

Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, lower-case hexadecimal.")]


class Model(BaseModel):
    """Frozen, closed to unknown keys, and without NaN or infinity: what comes from outside is one of these."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ContractError(ValueError):
    """Input that breaks the contract; the text says what happened, where, and what is expected."""


def explain(error: ValidationError, where: str) -> ContractError:
    """Turn pydantic's report into a short text for people.

    `where` names the input (a file, a topic). One line for each fault, the path to it first:
    `zones.toml: lines.0.a.1: Input should be less than or equal to 1 (got 1.2)`.
    """
    faults = []
    for item in error.errors(include_url=False)[:8]:
        path = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        faults.append(f"{where}: {path + ': ' if path else ''}{message}{_shown(item)}")
    rest = error.error_count() - len(faults)
    if rest > 0:
        faults.append(f"{where}: and {rest} more")
    return ContractError("\n".join(faults))


def _shown(item: Any) -> str:
    value = item.get("input")
    if item["type"] in {"missing", "value_error"} or isinstance(value, dict | list | tuple):
        return ""
    return f" (got {str(value)[:60]!r})"
