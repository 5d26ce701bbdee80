"""The alert desk: looks, decides, tells; a thread beside the collector's others."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from collector.alerts.book import AlertBook
from collector.alerts.channel import Channel, ChannelError, Letter
from collector.alerts.mail import Mail
from collector.alerts.mqtt import Mqtt
from collector.alerts.rules import step
from collector.alerts.settings import AlertSettings, Severity
from collector.alerts.watching import Look, look, store_down
from collector.alerts.webhook import Webhook
from collector.alerts.wording import Wording
from collector.config import BrokerSettings
from collector.store.ledger_reading import Clock
from collector.store.store import Store
from collector.store.writing import StoreError
from contract import Site

log = logging.getLogger(__name__)


def channels(settings: AlertSettings, broker: BrokerSettings) -> dict[str, tuple[Channel, Severity]]:
    """The ways out that the settings name, and from which severity on each is used."""
    found: dict[str, tuple[Channel, Severity]] = {}
    if settings.mail is not None:
        found["mail"] = (Mail(settings.mail), settings.mail.least)
    if settings.webhook is not None:
        found["webhook"] = (Webhook(settings.webhook), settings.webhook.least)
    if settings.mqtt is not None:
        found["mqtt"] = (Mqtt(settings.mqtt, broker), settings.mqtt.least)
    return found


class AlertDesk:
    """One for a city. `start` and `stop` around its thread; `round` is what that does."""

    def __init__(
        self,
        store: Store,
        settings: AlertSettings,
        site: Site,
        ways: Mapping[str, tuple[Channel, Severity]],
        clock: Clock,
    ) -> None:
        self._store, self._settings, self._site, self._ways = store, settings, site, ways
        self._clock = clock
        self._book = AlertBook(settings.book)
        self._wording = Wording(settings.language, site)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round under way."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._book.close()

    def round(self, now: datetime) -> None:
        """Look, decide, and tell what is due. `StoreError` when the book itself cannot be written."""
        least = {name: severity for name, (_, severity) in self._ways.items()}
        seen = self._look(now)
        self._book.advance(
            lambda before: step(before, seen.findings, now, self._settings, self._site.timezone, unsure=seen.unsure),
            least,
            now,
        )
        self._book.expire(now, least)
        for delivery in self._book.due(now):
            if self._stopping.is_set():
                return
            letter = Letter(
                delivery.id,
                self._wording.text(delivery.notices),
                [(notice, self._wording.sentence(notice)) for notice in delivery.notices],
            )
            try:
                self._ways[delivery.channel][0].send(letter)
            except ChannelError as error:
                again = self._book.failed(delivery, now)
                log.warning("alerts: %s; tried again at %s", error, f"{again:%H:%M:%S} UTC")
            else:
                self._book.delivered(delivery)

    def _look(self, now: datetime) -> Look:
        try:
            return look(self._store, now, self._settings.limits)
        except StoreError as error:
            return Look([store_down(error)], away=None)

    def _run(self) -> None:
        while not self._stopping.wait(self._settings.every_s):
            try:
                self.round(self._clock())
            except StoreError as error:
                log.warning("alerts: %s", error)


def trial(settings: AlertSettings, site: Site, broker: BrokerSettings) -> dict[str, str]:
    """Send a trial by every channel; channel -> what went wrong, empty when nothing did."""
    letter = Letter(uuid4().hex, Wording(settings.language, site).trial())
    told: dict[str, str] = {}
    for name, (way, _) in channels(settings, broker).items():
        try:
            way.send(letter)
            told[name] = ""
        except ChannelError as error:
            told[name] = str(error)
    return told
