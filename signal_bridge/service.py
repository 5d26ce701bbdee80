"""The bridge as a service: its broker, its lines, its junctions, each junction in a thread of its own.

    broker --request--> admit (signature, window, nonce) --> junction: desk -> envelope -> controller
           <--reply, status--------------------------------/        \\--> audit log

Whatever is lost, the junction goes back to its plan by itself. The broker: leases run out. This process: the
controller's watchdog runs out, because nobody sends a heartbeat. The line: the same.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from contract import ContractError, SignalReply, SignalRequest, SignalStatus, decode
from contract.signals import SignalReason
from signal_bridge.arming import Armory
from signal_bridge.audit import Audit, AuditError, Value
from signal_bridge.junction import Junction
from signal_bridge.keys import Keys, parse_keys
from signal_bridge.lines import Lines
from signal_bridge.link import Link
from signal_bridge.nonces import NonceError, Nonces
from signal_bridge.settings import BridgeSettings, JunctionSettings

log = logging.getLogger(__name__)

EARLY_S = 30.0
"""A request may come so long before its `not_before`: clocks differ, and a route is opened ahead of the vehicle."""
ROUTE_AHEAD_S = 900.0


class Bridge:
    """One bridge. `run` blocks until `stop` is set, or a junction's thread has died."""

    def __init__(self, settings: BridgeSettings, keys: Keys) -> None:
        settings.state.mkdir(parents=True, exist_ok=True)
        self.settings, self._keys = settings, keys
        self._audit = Audit(settings.state / "audit.jsonl")
        self._audit_turn = threading.Lock()
        self._nonces = Nonces(settings.state / "nonces.sqlite")
        boot_id = secrets.token_hex(16)
        self._link = Link(settings, boot_id, self.receive)
        self._lines = Lines(settings.lines)
        self.junctions = {one.id: self._junction(one, boot_id) for one in settings.junctions}
        self._failed, self._stop = threading.Event(), threading.Event()

    def _junction(self, settings: JunctionSettings, boot_id: str) -> Junction:
        return Junction(
            settings,
            self._lines.controller(settings.line, settings.controller, time.monotonic),
            Armory(self.settings.state, settings.id),
            self.record,
            partial(self._publish, self.settings.state / f"{settings.id}.status.json"),
            boot_id=boot_id,
            zone=self.settings.zone,
        )

    def run(self, stop: threading.Event) -> bool:
        """Until `stop`. False if something broke; everything that stood was lifted, or the watchdogs will."""
        self._stop = stop
        self._nonces.forget(time.time())
        self.record("started", {"junctions": list(self.junctions)})
        threads = [
            threading.Thread(target=self._work, args=(junction, stop), name=name)
            for name, junction in self.junctions.items()
        ]
        self._link.start()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._link.stop()
        self._lines.close()
        if not self._failed.is_set():
            self.record("stopped", {})
        self._audit.close()
        self._nonces.close()
        return not self._failed.is_set()

    def _work(self, junction: Junction, stop: threading.Event) -> None:
        try:
            junction.run(stop)
        except Exception as error:
            self._fail(f"junction {junction.settings.id}", error)
        finally:
            stop.set()

    def _fail(self, where: str, error: Exception) -> None:
        """Nothing is commanded that cannot be logged or told from a replay; and no fault of the program goes on."""
        known = isinstance(error, AuditError | NonceError)
        log.critical("%s: %s; the bridge stops", where, error, exc_info=None if known else error)
        self._failed.set()
        self._stop.set()

    def record(self, kind: str, data: Mapping[str, Value]) -> str:
        """One line of the audit log, from any thread; its hash."""
        with self._audit_turn:
            return self._audit.append(kind, data, datetime.now(UTC))

    def receive(self, topic: str, payload: bytes) -> None:
        """One MQTT message. What cannot be read is logged and answered by nobody: there is no telling who asked."""
        try:
            self._read(topic, payload)
        except (AuditError, NonceError) as error:
            self._fail("request", error)

    def _read(self, topic: str, payload: bytes) -> None:
        try:
            _, request = decode(topic, payload)
        except ContractError as error:
            log.warning("request refused: %s", error)
            self.record("malformed", {"error": str(error)[:300]})
            return
        if isinstance(request, SignalRequest):
            self._hand_over(request)

    def _hand_over(self, request: SignalRequest) -> None:
        junction = self.junctions.get(request.junction)
        if junction is None:
            # The first junction's desk says it, in the name of the bridge.
            junction = next(iter(self.junctions.values()))
            against: SignalReason | None = SignalReason.OTHER_JUNCTION
        else:
            against = None if junction.known(request) else self.admit(request, time.time())
        if not junction.put(request, against):
            log.error("junction %s: its inbox is full, request %s is dropped", request.junction, request.id)

    def admit(self, request: SignalRequest, now: float) -> SignalReason | None:
        """Why this request is not admitted at Unix time `now`. An admitted one has used up its nonce."""
        against = self._keys.against(request)
        if against is not None:
            return against
        if now >= request.expires.timestamp():
            return SignalReason.EXPIRED
        ahead_s = ROUTE_AHEAD_S if request.kind is not None else EARLY_S
        if now < request.not_before.timestamp() - ahead_s:
            return SignalReason.TOO_EARLY
        fresh = self._nonces.use(request.key, request.nonce, request.expires.timestamp())
        return None if fresh else SignalReason.REPLAYED

    def _publish(self, snapshot: Path, message: SignalReply | SignalStatus) -> None:
        if isinstance(message, SignalStatus):
            _keep(snapshot, message)
        self._link.publish(message)


def _keep(path: Path, status: SignalStatus) -> None:
    """For `simpang bridge status`, which works without a broker. A loss is no matter: the next comes in a second."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(status.model_dump_json() + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        log.warning("%s: cannot keep the status: %s", path, error.strerror)


def open_bridge(settings: BridgeSettings) -> Bridge:
    """The bridge of these settings. `ContractError`, `AuditError`, `OSError` say what is missing."""
    keys = parse_keys(settings.keys.read_text(encoding="utf-8"), settings.keys.name)
    return Bridge(settings, keys)
