"""bridge.toml: one bridge, its broker, its junctions. See config/bridge.example.toml."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from paho.mqtt.enums import MQTTProtocolVersion
from pydantic import Field, ValidationError, field_validator, model_validator

from contract.base import Model, Slug, explain
from contract.signals import PhaseNumber, PriorityKind, SignalAction
from contract.zones import parse_hours, parse_toml
from signal_bridge.envelope import Limits
from signal_bridge.lines import ControllerSettings, LineSettings
from signal_bridge.priority import AMBULANCE_S, Manners


class Authority(StrEnum):
    """Who makes things happen at a junction.

    `OBSERVE`   nobody: the line is read, proposals are shown, nothing is ever sent.
    `ADVISORY`  people: what a program asks for becomes a proposal, and happens when an operator approves it.
    `AUTOMATIC` programs too, within the hours, actions and seconds given; outside them as `ADVISORY`.
    """

    OBSERVE = "observe"
    ADVISORY = "advisory"
    AUTOMATIC = "automatic"


class Automatic(Model):
    """The bounds of automatic control."""

    hours: tuple[str, ...] = Field(
        default=("05:00-22:00",), min_length=1, max_length=8, description="HH:MM-HH:MM, local."
    )
    actions: tuple[SignalAction, ...] = Field(default=(SignalAction.EXTEND,), max_length=4)
    max_seconds: float = Field(default=15, gt=0, le=60, description="Of extension at a time.")

    @field_validator("hours")
    @classmethod
    def _hours_can_be_read(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        for span in hours:
            parse_hours(span)
        return hours

    @field_validator("actions")
    @classmethod
    def _actions_are_for_programs(cls, actions: tuple[SignalAction, ...]) -> tuple[SignalAction, ...]:
        strange = set(actions) - {SignalAction.EXTEND, SignalAction.CUT, SignalAction.PATTERN}
        if strange:
            raise ValueError(f"{min(strange)} is never automatic; extend, cut and pattern can be")
        return actions

    def open_at(self, local: datetime) -> bool:
        """Whether `local` lies within the hours."""
        return any(_within(span, local) for span in self.hours)


def _within(span: str, local: datetime) -> bool:
    start, end = parse_hours(span)
    now = local.time()
    return start <= now < end if start < end else now >= start or now < end


class PrioritySettings(Model):
    """How the junction treats priority; seconds of green kept for one request at most."""

    fire_s: float = Field(default=60, gt=0, le=120)
    ambulance_s: float = Field(default=AMBULANCE_S, gt=0, le=120)
    vvip_s: float = Field(default=60, gt=0, le=120)
    convoy_s: float = Field(default=60, gt=0, le=120)
    recovery_s: float = Field(default=120, ge=0, le=900, description="Pause after one; emergencies do not wait for it.")
    longest_queue: int = Field(default=8, ge=1, le=32)

    def manners(self) -> Manners:
        """The same for `priority`."""
        presence_s = {
            PriorityKind.FIRE: self.fire_s,
            PriorityKind.AMBULANCE: self.ambulance_s,
            PriorityKind.VVIP: self.vvip_s,
            PriorityKind.CONVOY: self.convoy_s,
        }
        return Manners(presence_s, self.recovery_s, self.longest_queue)


class AdaptiveSettings(Model):
    """What the adviser sees of a junction, and what it may wish for (`signal_bridge.advice`)."""

    units: tuple[Slug, ...] = Field(min_length=1, max_length=16, description="Whose observations count.")
    cameras: tuple[Slug, ...] = Field(
        min_length=1, max_length=16, description="Of those units: the ones that look here."
    )
    stages: tuple[tuple[PhaseNumber, ...], ...] = Field(
        min_length=2, max_length=8, description="Phases that are green together, in the order of the local plan."
    )
    lanes: dict[Slug, Annotated[int, Field(ge=1, le=8)]] = Field(description="Lanes of each approach at its stop line.")
    plan_s: tuple[Annotated[float, Field(ge=1, le=255)], ...] | None = Field(
        default=None,
        description="Green of each stage in the local plan. With it, an approach that no camera measures is taken to "
        "be as busy as its green there bears; without it the adviser is silent while one is unmeasured.",
    )
    actions: tuple[SignalAction, ...] = Field(default=(SignalAction.EXTEND,), min_length=1, max_length=2)
    extend_s: float = Field(default=10, ge=4, le=60, description="Green asked for at a time.")
    least_queue_veh: float = Field(default=6, ge=1, le=100, description="No wish for fewer that wait.")
    pause_s: float = Field(default=60, ge=10, le=900, description="Between two proposals, where people decide.")

    @field_validator("actions")
    @classmethod
    def _extend_or_cut(cls, actions: tuple[SignalAction, ...]) -> tuple[SignalAction, ...]:
        strange = set(actions) - {SignalAction.EXTEND, SignalAction.CUT}
        if strange:
            raise ValueError(f"an adviser never wishes for {min(strange)}; extend and cut it may")
        return actions

    @model_validator(mode="after")
    def _a_green_for_each_stage(self) -> Self:
        if self.plan_s is not None and len(self.plan_s) != len(self.stages):
            raise ValueError(f"plan_s gives {len(self.plan_s)} greens for {len(self.stages)} stages")
        return self


class JunctionSettings(Model):
    """One junction and its controller, whose `phases`, if not given, are those of the limits."""

    id: Slug
    line: Slug = Field(description="Which of the lines leads to it.")
    controller: ControllerSettings
    limits: Limits
    authority: Authority = Authority.ADVISORY
    automatic: Automatic = Automatic()
    priority: PrioritySettings = PrioritySettings()
    adaptive: AdaptiveSettings | None = Field(default=None, description="Without it the adviser leaves it alone.")

    @model_validator(mode="before")
    @classmethod
    def _phases_of_the_limits(cls, data: Any) -> Any:
        try:
            phases = [one["phase"] for one in data["limits"]["phases"]]
            return {**data, "controller": {"phases": phases, **data["controller"]}}
        except (TypeError, KeyError):
            return data

    @model_validator(mode="after")
    def _approaches_can_be_green(self) -> Self:
        pairs = {frozenset(pair) for pair in self.limits.conflicts}
        for approach in {name for one in self.limits.phases for name in one.approaches}:
            phases = self.limits.phases_of(approach)
            if any(pair <= phases for pair in pairs):
                raise ValueError(
                    f"junction {self.id!r}: approach {approach!r} moves in phases that conflict "
                    f"({', '.join(map(str, sorted(phases)))}); name it only in the one that serves a whole approach"
                )
        return self

    @model_validator(mode="after")
    def _stages_fit(self) -> Self:
        if self.adaptive is None:
            return self
        pairs = {frozenset(pair) for pair in self.limits.conflicts}
        for stage in self.adaptive.stages:
            unknown = set(stage) - self.limits.by_phase.keys()
            if unknown or not stage:
                raise ValueError(f"junction {self.id!r}: stage {list(stage)} names a phase that its limits lack")
            if any(pair <= set(stage) for pair in pairs):
                raise ValueError(f"junction {self.id!r}: phases of stage {list(stage)} conflict")
        moving = {
            name for stage in self.adaptive.stages for one in stage for name in self.limits.by_phase[one].approaches
        }
        if moving != self.adaptive.lanes.keys():
            raise ValueError(
                f"junction {self.id!r}: lanes must name the approaches that move in its stages, and no other: "
                f"{', '.join(sorted(moving)) or 'none does'}"
            )
        return self


class AdviserSettings(Model):
    """`simpang bridge advise`: in whose name it asks, and over which connection."""

    who: Slug = Field(description="As in the register of public keys, with role `automatic`.")
    key: Slug = Field(description="Id of its key there.")
    file: Path = Field(description="The private key, mode 0600: simpang bridge key --role automatic --out FILE.")
    client_id: str = Field(default="adviser", min_length=1, max_length=60)
    certificate: Path | None = Field(default=None, description="For the broker; else the bridge's own.")
    certificate_key: Path | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.certificate is None) != (self.certificate_key is None):
            raise ValueError("certificate and certificate_key come together")
        return self


class BrokerSettings(Model):
    """The MQTT broker. With `ca` the line is TLS; with `certificate` and `key` both sides show one."""

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=8883, ge=1, le=65_535)
    protocol: Literal["5", "3.1.1"] = Field(default="5", description="3.1.1 only for the demo's embedded broker.")
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    keepalive_s: int = Field(default=20, ge=5, le=300)

    @property
    def version(self) -> MQTTProtocolVersion:
        """As paho names it."""
        return MQTTProtocolVersion.MQTTv5 if self.protocol == "5" else MQTTProtocolVersion.MQTTv311

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key come together")
        if self.certificate is not None and self.ca is None:
            raise ValueError("with a certificate, name the ca that signed the broker's")
        return self


class BridgeSettings(Model):
    """The whole file."""

    id: Slug = Field(description="The unit in its topics.")
    site: Slug
    timezone: str = Field(default="Asia/Jakarta", description="Of the hours of automatic control.")
    state: Annotated[Path, Field(description="Folder of the audit log, nonces and arm files.")]
    keys: Path = Field(description="Register of public keys.")
    broker: BrokerSettings
    lines: tuple[LineSettings, ...] = Field(min_length=1, max_length=32)
    junctions: tuple[JunctionSettings, ...] = Field(min_length=1, max_length=32)
    adviser: AdviserSettings | None = None

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"time zone {name!r} is unknown; Bandung's is Asia/Jakarta")
        return name

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        lines = {line.id: line for line in self.lines}
        for what, ids in (("line", [one.id for one in self.lines]), ("junction", [one.id for one in self.junctions])):
            twice = sorted({one for one in ids if ids.count(one) > 1})
            if twice:
                raise ValueError(f"{what} id used twice: {', '.join(twice)}")
        for junction in self.junctions:
            line, controller = lines.get(junction.line), junction.controller
            if line is None or line.protocol != controller.protocol:
                raise ValueError(f"junction {junction.id!r}: there is no {controller.protocol} line {junction.line!r}")
            if controller.address not in line.addresses:
                raise ValueError(
                    f"junction {junction.id!r}: line {line.id!r} does not list address {controller.address}"
                )
            if not junction.limits.by_phase.keys() <= controller.phases:
                raise ValueError(f"junction {junction.id!r}: its controller lacks a phase that its limits name")
        addresses = [(one.line, one.controller.address) for one in self.junctions]
        if len(set(addresses)) < len(addresses):
            raise ValueError("two junctions have the same address on the same line")
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        """Local time."""
        return ZoneInfo(self.timezone)

    def junction(self, id_: str) -> JunctionSettings | None:
        """The junction of that name."""
        return next((one for one in self.junctions if one.id == id_), None)


def parse_settings(text: str, where: str, folder: Path) -> BridgeSettings:
    """Read bridge.toml; relative paths are meant from `folder`. `ContractError` says what is wrong in `where`."""
    try:
        read = BridgeSettings.model_validate(parse_toml(text, where))
    except ValidationError as error:
        raise explain(error, where) from None
    placed = {
        "state": folder / read.state,
        "keys": folder / read.keys,
        "broker": read.broker.model_dump() | _placed(read.broker, ("ca", "certificate", "key"), folder),
    }
    if read.adviser is not None:
        files = _placed(read.adviser, ("file", "certificate", "certificate_key"), folder)
        placed["adviser"] = read.adviser.model_dump() | files
    return BridgeSettings.model_validate(read.model_dump() | placed)


def _placed(model: Model, names: tuple[str, ...], folder: Path) -> dict[str, Path]:
    return {name: folder / path for name in names if (path := getattr(model, name)) is not None}
