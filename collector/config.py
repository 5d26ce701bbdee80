"""collector.toml: where the broker and the store are, and how the collector works. Every field says what it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from collector.alerts.settings import AlertSettings
from collector.clips.settings import ClipSettings
from collector.console.settings import ConsoleSettings
from collector.ingest.queue_settings import QueueSettings
from collector.signals.settings import SignalSettings
from collector.store.influxql import Login
from contract import ContractError, Model, explain
from contract.zones import parse_toml


class BrokerSettings(Model):
    """The MQTT broker, and who we are to it."""

    host: str = Field(default="127.0.0.1", min_length=1, max_length=253)
    port: int = Field(default=1883, ge=1, le=65_535)
    protocol: Literal["5", "3.1.1"] = Field(default="5", description="3.1.1 only for the embedded broker.")
    client_id: str = Field(
        default="collector",
        min_length=1,
        max_length=60,
        description="Another for each collector.",
    )
    share: str | None = Field(
        default=None, pattern=r"^[a-z0-9_-]{1,40}$", description="Group of collectors that share the load ($share/)."
    )
    session_expiry_s: int = Field(
        default=7 * 86_400, ge=0, le=2**32 - 1, description="How long the broker keeps for us."
    )
    receive_maximum: int = Field(default=4000, ge=10, le=65_535, description="Messages not yet acknowledged.")
    keepalive_s: int = Field(default=30, ge=5, le=3600)
    username: str | None = Field(default=None, max_length=200)
    password_file: Path | None = Field(default=None, description="File that holds the password, and nothing else.")
    ca_file: Path | None = Field(default=None, description="Certificates that sign the broker's; turns TLS on.")
    cert_file: Path | None = Field(default=None, description="Our own certificate, for mTLS.")
    key_file: Path | None = None

    def password(self) -> str | None:
        """The password, read anew each time."""
        return None if self.password_file is None else self.password_file.read_text(encoding="utf-8").strip()


class BatchSettings(Model):
    """When a batch goes to the store: whichever comes first."""

    messages: int = Field(default=1000, ge=1, le=50_000)
    seconds: float = Field(default=0.5, gt=0, le=60)


class SqliteSettings(Model):
    """Everything in one SQLite file: one machine, no server."""

    kind: Literal["sqlite"] = "sqlite"
    path: Path = Field(default=Path("simpang.sqlite"))


class InfluxSettings(Model):
    """Series in InfluxDB, the rest in a ledger beside it."""

    kind: Literal["influxdb"]
    url: str = Field(pattern=r"^https?://[^\s/]+$", description="Without a path, e.g. http://127.0.0.1:8086")
    database: str = Field(default="simpang", pattern=r"^[a-z0-9_-]{1,60}$")
    org: str = Field(default="simpang", max_length=100)
    token_file: Path | None = Field(
        default=None,
        description="Token (2.x, 3 Core) or user:password (1.x); or set SIMPANG_INFLUX_TOKEN.",
    )
    timeout_s: float = Field(default=30, gt=0, le=600)
    ledger: Path = Field(description="SQLite file for units, cases, evidence, dead letters.")

    def login(self) -> Login:
        """With the token. `ContractError` when there is none."""
        token = os.environ.get("SIMPANG_INFLUX_TOKEN")
        if token is None and self.token_file is not None:
            token = self.token_file.read_text(encoding="utf-8").strip()
        if not token:
            raise ContractError("store: no token: give token_file, or set SIMPANG_INFLUX_TOKEN")
        return Login(self.url, token, self.database, self.org, self.timeout_s)


StoreSettings = Annotated[SqliteSettings | InfluxSettings, Field(discriminator="kind")]


class HttpSettings(Model):
    """The HTTP API and the console."""

    host: str = Field(default="127.0.0.1", max_length=253)
    port: int = Field(default=8080, ge=1, le=65_535)
    feed_per_minute: int = Field(default=60, ge=1, le=10_000, description="Open-data requests a minute, per address.")


class CollectorConfig(Model):
    """A whole collector.toml."""

    site: Path = Field(description="The site file, e.g. bandung.toml; beside this file when the path is relative.")
    broker: BrokerSettings = BrokerSettings()
    queue: QueueSettings | None = Field(
        default=None, description="Take messages from a RabbitMQ queue rather than from the MQTT broker."
    )
    batches: BatchSettings = BatchSettings()
    store: StoreSettings = SqliteSettings()
    http: HttpSettings = HttpSettings()
    console: ConsoleSettings | None = Field(default=None, description="Without it, the API alone is served.")
    signals: SignalSettings | None = Field(default=None, description="Without it, the console only watches signals.")
    clips: ClipSettings | None = Field(default=None, description="Without it, operators fetch no recordings.")
    alerts: AlertSettings | None = Field(default=None, description="Without it, nobody outside is told of anything.")
    pictures_days: int = Field(default=30, ge=1, le=3660, description="Evidence is deleted after so many days.")

    @model_validator(mode="after")
    def _two_lines_are_two_names(self) -> CollectorConfig:
        alerts = self.alerts and self.alerts.mqtt
        if alerts and self.broker.cert_file is not None and alerts.cert_file is None:
            raise ValueError(
                "alerts.mqtt needs its own cert_file: a broker that goes by certificates would end the collector's line"
            )
        if alerts and alerts.client_id == self.broker.client_id:
            raise ValueError("alerts.mqtt.client_id is broker.client_id: one would end the other's line")
        return self

    @model_validator(mode="after")
    def _a_batch_fits(self) -> CollectorConfig:
        if self.batches.messages > self.broker.receive_maximum:
            raise ValueError("batches.messages is more than broker.receive_maximum: such a batch never fills")
        return self

    def beside(self, folder: Path) -> CollectorConfig:
        """The same, with the paths that are not absolute taken from `folder`, where the file lies."""
        store = self.store
        if isinstance(store, SqliteSettings):
            placed: StoreSettings = store.model_copy(update={"path": folder / store.path})
        else:
            token = folder / store.token_file if store.token_file else None
            placed = store.model_copy(update={"ledger": folder / store.ledger, "token_file": token})
        console = self.console and self.console.model_copy(update={"data": folder / self.console.data})
        queue = self.queue and self.queue.beside(folder)
        signals = self.signals and self.signals.beside(folder)
        clips = self.clips and self.clips.beside(folder)
        alerts = self.alerts and self.alerts.beside(folder)
        return self.model_copy(
            update={
                "site": folder / self.site,
                "queue": queue,
                "store": placed,
                "console": console,
                "signals": signals,
                "clips": clips,
                "alerts": alerts,
            }
        )


def parse_config(text: str, where: str = "collector.toml") -> CollectorConfig:
    """Read a collector.toml; `ContractError` says what is wrong in it."""
    try:
        return CollectorConfig.model_validate(parse_toml(text, where))
    except ValidationError as error:
        raise explain(error, where) from None
