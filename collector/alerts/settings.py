"""The `[alerts]` section of collector.toml: what is watched, who is told, and when not."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from contract import Model
from contract.zones import parse_hours

Address = Annotated[str, Field(pattern=r"^[^\s@<>]+@[^\s@<>]+$", max_length=254)]
Minutes = Annotated[float, Field(ge=0, le=7 * 1440)]


def _hours(text: str) -> str:
    parse_hours(text)
    return text


Hours = Annotated[str, AfterValidator(_hours), Field(description='Local time, e.g. "22:00-05:00".')]


class Severity(StrEnum):
    """How soon somebody should look. `critical` breaks the quiet hours."""

    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for what can wait."""
        return list(Severity).index(self)


class AlertKind(StrEnum):
    """What can be wrong."""

    STORE = "store"
    UNIT_DOWN = "unit_down"
    CAMERA = "camera"
    UNDER_VOLTAGE = "under_voltage"
    HOT = "hot"
    DISK = "disk"
    GAP = "gap"
    PARKING = "parking"
    INCIDENT = "incident"

    @property
    def severity(self) -> Severity:
        """A dark unit and a store that takes nothing lose data by the minute; the rest can wait for the morning."""
        return Severity.CRITICAL if self in {AlertKind.STORE, AlertKind.UNIT_DOWN} else Severity.WARNING

    @property
    def ends(self) -> bool:
        """Whether its end is news. What never arrived is only old after a while, not mended."""
        return self is not AlertKind.GAP


class Limits(Model):
    """From where on something is wrong, and how long it must be before anybody is told."""

    disk_free_mb: float = Field(default=500, gt=0, le=1e7)
    temperature_c: float = Field(default=80, gt=0, le=150, description="A Raspberry Pi slows down from 80 on.")
    gap_minutes: float = Field(default=60, gt=0, le=1440, description="A hole in a unit's messages is news so long.")
    minutes: dict[AlertKind, Minutes] = Field(default_factory=dict, description="Kind -> how long it must last first.")
    clear_minutes: Minutes = Field(default=3, description="What is gone for so long is over; less is a flutter.")

    def lasting_minutes(self, kind: AlertKind) -> float:
        """How long `kind` must last before anybody is told."""
        return self.minutes.get(kind, _LASTING.get(kind, 0.0))


_LASTING = {
    AlertKind.STORE: 2.0,
    AlertKind.UNIT_DOWN: 5.0,
    AlertKind.CAMERA: 10.0,
    AlertKind.HOT: 10.0,
    AlertKind.DISK: 10.0,
    AlertKind.PARKING: 10.0,
}


class _Channel(Model):
    least: Severity = Field(default=Severity.WARNING, description="Only what is at least so severe.")


class MailSettings(_Channel):
    """E-mail by SMTP."""

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = Field(default="starttls", description="`none`: this machine only.")
    sender: Address
    to: tuple[Address, ...] = Field(min_length=1, max_length=50)
    username: str | None = Field(default=None, max_length=200)
    password_file: Path | None = Field(default=None, description="File that holds the password, and nothing else.")
    ca_file: Path | None = Field(default=None, description="Certificates that sign the server's; else the system's.")
    timeout_s: float = Field(default=20, gt=0, le=120)

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username and password_file come together")
        if self.security == "none" and self.username is not None:
            raise ValueError("a password does not travel in the clear: security must be starttls or tls")
        return self


class WebhookSettings(_Channel):
    """A POST to an address that somebody else reads: a Telegram bot, or anything that takes JSON."""

    style: Literal["telegram", "json"] = "telegram"
    url_file: Path = Field(
        description="File that holds the address, and nothing else: a bot's address is its password. "
        "Telegram: https://api.telegram.org/bot<TOKEN>/sendMessage"
    )
    chat_id: str | None = Field(default=None, pattern=r"^(-?\d{1,20}|@\w{1,64})$", description="Telegram alone.")
    timeout_s: float = Field(default=20, gt=0, le=120)

    @model_validator(mode="after")
    def _telegram_knows_whom(self) -> Self:
        if (self.style == "telegram") != (self.chat_id is not None):
            raise ValueError("style telegram needs a chat_id, and nothing else takes one")
        return self


class MqttSettings(_Channel):
    """JSON at the collector's own broker, one message an alert, for other systems of the city."""

    topic: str = Field(default="simpang/alerts", pattern=r"^[a-z0-9_-]+(/[a-z0-9_-]+){0,5}$")
    client_id: str = Field(default="alerts", min_length=1, max_length=60)
    cert_file: Path | None = Field(
        default=None,
        description="Its own certificate: with the collector's, the broker would end the collector's line.",
    )
    key_file: Path | None = None

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file come together")
        return self


class AlertSettings(Model):
    """Everything about alerts. One collector alone has this section, however many share the load."""

    book: Path = Field(default=Path("alerts.sqlite3"), description="What stands, and what is still to be told.")
    language: Literal["id", "en"] = "id"
    every_s: float = Field(default=30, gt=0, le=3600, description="How often is looked.")
    quiet_hours: tuple[Hours, ...] = Field(default=(), max_length=4, description="Warnings wait; critical does not.")
    remind_hours: float | None = Field(default=12, gt=0, le=168, description="Said again, until acknowledged.")
    without: frozenset[AlertKind] = Field(default=frozenset(), description="Kinds that nobody is told of.")
    limits: Limits = Limits()
    mail: MailSettings | None = None
    webhook: WebhookSettings | None = None
    mqtt: MqttSettings | None = None

    @model_validator(mode="after")
    def _somebody_is_told(self) -> Self:
        if self.mail is None and self.webhook is None and self.mqtt is None:
            raise ValueError("nobody is told: add alerts.mail, alerts.webhook or alerts.mqtt")
        return self

    @property
    def quiet(self) -> tuple[tuple[time, time], ...]:
        """Quiet hours as pairs of local times; one may run over midnight."""
        return tuple(parse_hours(text) for text in self.quiet_hours)

    def beside(self, folder: Path) -> AlertSettings:
        """The same, with the paths that are not absolute taken from `folder`."""
        channels = {
            "mail": self.mail and _placed(self.mail, folder, "password_file", "ca_file"),
            "webhook": self.webhook and _placed(self.webhook, folder, "url_file"),
            "mqtt": self.mqtt and _placed(self.mqtt, folder, "cert_file", "key_file"),
        }
        return self.model_copy(update={"book": folder / self.book, **channels})


def _placed(channel: _Channel, folder: Path, *names: str) -> _Channel:
    paths = {name: folder / path for name in names if isinstance(path := getattr(channel, name), Path)}
    return channel.model_copy(update=paths)
