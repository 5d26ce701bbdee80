"""The unit: starts the cameras and the line to the broker, turns the clock, and ends all of it in bounded time."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

from contract import CertificateRequest, ConfigReported, ContractError, Health, Kind, Line, UpdateReported, Zones
from edge.aggregation import CameraPlan
from edge.aggregation.intervals import Plan
from edge.backoff import Backoff, first_call_s
from edge.config import PageConfig, UnitConfig
from edge.health import Heat, Machine, newsworthy
from edge.health.surroundings import Surroundings
from edge.outbox import Outbox
from edge.page import Answers, Lookout, Page, Standing, StreetSeat, read_pin
from edge.pictures import Pictures
from edge.publishing import Identity, Publisher
from edge.recording.fetching import Home
from edge.recording.opening import open_recording
from edge.runtime.check import check
from edge.runtime.crew import Crew, tasks_of
from edge.runtime.desk import Desk, utc_now
from edge.runtime.notify import Systemd
from edge.runtime.renewing import Renewing
from edge.runtime.settings import Settings
from edge.runtime.trial import TRIAL_S, Pending, Trial
from edge.runtime.updating import Updating
from models.registry import ResolvedModel

log = logging.getLogger(__name__)

TURN_S = 0.25
HEALTH_S = 60.0
"""Between two reports of health in which nothing is new."""
LOOK_S = 10.0
"""How soon what is new in them is told."""
RENEW_S = 3600.0
_FLUSH_S = 5.0
"""How long what still waits may take to be sent when we are asked to stop."""
_CATCHING_UP = 8
"""Messages that wait: while there are more, no recording is sent."""


class Unit:
    """One unit. `run` it once, from the main thread; it ends soon after `stop` is set."""

    def __init__(
        self, settings: Settings, model: ResolvedModel, stop: threading.Event, *, calling: Backoff | None = None
    ) -> None:
        """`model` is that of the configuration in force; `calling` the pauses between calls to the broker."""
        config = settings.config
        self._settings = settings
        self._model = model
        self._stop = stop
        self._systemd = Systemd()
        self._asked: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ordered: queue.SimpleQueue[tuple[Kind, bytes]] = queue.SimpleQueue()
        self._renewing = Renewing(config)
        self._updating = Updating(Path(config.data), config.site, config.unit)
        self._pending: Pending | None = None
        self._trial = Trial(frozenset(), frozenset(), time.monotonic() + TRIAL_S) if settings.on_trial else None
        self._started, self._started_s = utc_now(), time.monotonic()
        self._look_due_s = self._health_due_s = self._alive_due_s = self._renew_due_s = 0.0
        self._health_told: object = None
        self._was_online = False
        data = Path(config.data)
        self._machine, self._heat = Machine(data), Heat()
        self._outbox = Outbox(data / "outbox.db", cap_bytes=config.outbox_mb * 1_000_000)
        self._boot_id = uuid.uuid4().hex
        self._desk = Desk(self._outbox, self._boot_id, plan_of(config), config.interval_s)
        self._surroundings = Surroundings(self._outbox, data)
        self._pictures = Pictures(self._outbox, self._boot_id)
        self._crew = Crew(self._desk)
        self._publisher = Publisher(
            *(self._renewing.broker(utc_now()), self._identity(), self._outbox),
            on_config=self._asked.put,
            on_order=self._take_order,
            backoff=calling,
            first_s=first_call_s(time.clock_gettime(time.CLOCK_BOOTTIME)),
        )
        home = Home(config.site, config.unit, self._boot_id, self._publisher.say, self._catching_up, utc_now)
        self._desk.recorder, self._clips = open_recording(config.recording, data, home)
        self._drawn: queue.SimpleQueue[Mapping[str, Zones]] = queue.SimpleQueue()
        self._page = self._open_page(config.page) if config.page is not None else None
        self._telling = threading.Lock()
        self._standing = self._stands()

    def run(self) -> None:
        """Work until `stop` is set, then end everything."""
        config = self._settings.config
        self._crew.assign(tasks_of(config, self._model))
        self._report()
        self._publisher.start()
        if self._desk.recorder is not None:
            self._desk.recorder.start()
        self._clips.start()
        if self._page is not None:
            self._page.start()
        self._systemd.ready(f"{len(config.cameras)} cameras")
        log.info("%s at %s: counting with %s", config.unit, config.site, self._model.spec.name)
        try:
            while not self._stop.wait(TURN_S):
                self._turn()
        finally:
            self._end()

    def _turn(self) -> None:
        """What is to be done four times a second."""
        now_s = time.monotonic()
        self._desk.tick()
        if self._publisher.online:
            self._pictures.turn(self._settings.config, utc_now(), now_s)
        self._apply_pending()
        self._examine_asked()
        self._examine_drawn()
        self._judge_trial(now_s)
        self._pass_on_orders()
        self._renew(now_s)
        self._crew.supervise()
        if self._page is not None:
            with self._telling:
                self._standing = self._stands()
        self._tell_health(now_s)
        self._show_life(now_s)

    def _end(self) -> None:
        log.info("stopping")
        self._systemd.stopping()
        if self._page is not None:
            self._page.stop()
        self._crew.stop()
        self._clips.stop()
        if self._desk.recorder is not None:
            self._desk.recorder.stop()
        self._desk.finish()
        self._surroundings.stop()
        self._publisher.stop(_FLUSH_S)
        self._outbox.close()
        log.info("stopped; %d messages wait for the next start", self._outbox.depth)

    def _examine_asked(self) -> None:
        """Take the newest `config/set`, if one came; while a trial runs, it waits."""
        if self._trial is not None or self._asked.empty() or (self._pending is not None and self._pending.drawn):
            return
        payload = self._asked.get()
        try:
            examined = self._settings.examine(payload) if payload else None
            if examined is not None:
                revision, config = examined
                self._pending = Pending(revision, config, check(config), self._desk.next_boundary())
                self._desk.replan(plan_of(config), config.interval_s, self._pending.at)
                log.info("configuration: revision %d is valid, applied at %s", revision, self._pending.at)
        except ContractError as error:
            self._settings.refuse(str(error))
        self._report()

    def _examine_drawn(self) -> None:
        """Take what was drawn on the unit's page; it goes the way of a `config/set`, which comes first."""
        if self._trial is not None or self._pending is not None or self._drawn.empty():
            return
        drawn = self._drawn.get()
        config = self._settings.redrawn(drawn)
        self._pending = Pending(
            self._settings.revision, config, self._model, self._desk.next_boundary(), frozenset(drawn)
        )
        self._desk.replan(plan_of(config), config.interval_s, self._pending.at)

    def _apply_pending(self) -> None:
        pending = self._pending
        if pending is None or utc_now() < pending.at:
            return
        self._pending = None
        delivered = self._crew.delivering
        self._settings.apply(pending.revision, pending.config, pending.drawn)
        self._model = pending.model
        changed = self._crew.assign(tasks_of(pending.config, pending.model))
        self._trial = Trial(changed, changed & delivered, time.monotonic() + TRIAL_S)
        self._publisher.rename(self._identity())
        self._report()

    def _judge_trial(self, now_s: float) -> None:
        trial = self._trial
        if trial is None:
            return
        fault = trial.fault(self._crew.failures, self._crew.delivering, now_s)
        if fault is not None:
            self._trial = None
            self._roll_back(fault)
        elif trial.passed(self._crew.delivering, now_s):
            self._trial = None
            self._settings.confirm()

    def _roll_back(self, fault: str) -> None:
        self._settings.roll_back(fault)
        config = self._settings.config
        try:
            self._model = check(config)
        except ContractError as error:
            log.warning("configuration: going back to what does not work here any more: %s", error)
        self._desk.replan(plan_of(config), config.interval_s, utc_now())
        self._crew.assign(tasks_of(config, self._model))
        self._publisher.rename(self._identity())
        self._report()

    def _catching_up(self) -> bool:
        return self._outbox.depth > _CATCHING_UP

    def _take_order(self, kind: Kind, payload: bytes) -> None:
        """On the publisher's thread."""
        if kind in {Kind.CLIP_REQUEST, Kind.CLIP_DONE}:
            self._clips.ask(kind, payload)
        else:
            self._ordered.put((kind, payload))

    def _pass_on_orders(self) -> None:
        if not self._ordered.empty():
            kind, payload = self._ordered.get()
            if kind is Kind.UPDATE_SET:
                self._updating.take(payload)
            elif self._renewing.take(payload, utc_now()):
                self._publisher.use(self._renewing.broker(utc_now()))
                self._renew_due_s = 0.0
        news = self._updating.news()
        if news is not None:
            told = UpdateReported(**news.model_dump(), boot_id=self._boot_id, time=utc_now())
            self._publisher.stand(Kind.UPDATE_REPORTED, told)

    def _renew(self, now_s: float) -> None:
        """Once an hour: ask for a certificate when the one in force ends soon."""
        if now_s < self._renew_due_s:
            return
        self._renew_due_s = now_s + RENEW_S
        asked = self._renewing.asks(utc_now())
        if asked is not None:
            told = CertificateRequest(csr=asked or None, boot_id=self._boot_id, time=utc_now())
            self._publisher.stand(Kind.CERTIFICATE_REQUEST, told)

    def _report(self) -> None:
        report = self._settings.report.model_dump()
        drawn = self._settings.drawn_zones or None
        told = ConfigReported(**report, drawn=drawn, boot_id=self._boot_id, time=utc_now())
        self._publisher.stand(Kind.CONFIG_REPORTED, told)

    def _tell_health(self, now_s: float) -> None:
        """Every minute, soon after something in it is new, and whenever the broker has just accepted us."""
        online = self._publisher.online
        arrived, self._was_online = online and not self._was_online, online
        if now_s < self._look_due_s and not arrived:
            return
        self._look_due_s = now_s + min(LOOK_S, HEALTH_S)
        health = self._look_at_health(now_s)
        if arrived or now_s >= self._health_due_s or newsworthy(health) != self._health_told:
            self._health_due_s = now_s + HEALTH_S
            self._health_told = newsworthy(health)
            self._publisher.say(Kind.HEALTH, health)

    def _look_at_health(self, now_s: float) -> Health:
        reading = self._machine.read()
        around = self._surroundings.look(self._settings.config.contacts, now_s)
        self._crew.ease(self._heat.share(reading.temperature_c, reading.throttled))
        return Health(
            boot_id=self._boot_id,
            time=utc_now(),
            uptime_s=round(now_s - self._started_s, 1),
            temperature_c=reading.temperature_c,
            throttled=reading.throttled,
            under_voltage=reading.under_voltage,
            disk_free_mb=reading.disk_free_mb,
            memory_mb=reading.memory_mb,
            outbox_depth=self._outbox.depth,
            outbox_dropped=self._outbox.dropped,
            pictures_held=self._outbox.held or None,
            clock_offset_s=reading.clock_offset_s,
            **asdict(around),
            cameras=self._crew.health(),
        )

    def _show_life(self, now_s: float) -> None:
        """Tell systemd that all is well, unless a worker hangs where only a new process helps."""
        if self._systemd.watchdog_s is None or now_s < self._alive_due_s:
            return
        self._alive_due_s = now_s + self._systemd.watchdog_s / 3
        stuck = self._crew.stuck
        if stuck is None:
            self._systemd.alive()
        else:
            log.error("camera %s: hangs inside a picture; waiting for systemd to start the unit anew", stuck)

    def standing(self) -> Standing:
        """How the unit stands; for its page (`edge.page.Host`)."""
        return self._standing

    def draw(self, drawn: Mapping[str, Zones]) -> None:
        """Count with these lines and zones soon; for its page (`edge.page.Host`)."""
        with self._telling:
            self._drawn.put(drawn)
            self._standing = replace(self._standing, phase="waiting")

    def _open_page(self, config: PageConfig) -> Page | None:
        local = self._settings.config
        try:
            pin = read_pin(Path(config.pin_file) if config.pin_file is not None else None, Path(local.data))
        except (ContractError, OSError) as error:
            log.warning("page: stays closed: %s", error)
            return None
        lookout = Lookout()
        self._desk.onlooker = lookout.looked
        seat = StreetSeat(self._lines, Path(local.data) / "validation", self._model.spec.name)
        lookout.also = seat.looked
        return Page(config, local.broker, Answers(self, lookout, pin, seat=seat))

    def _lines(self) -> Mapping[str, Sequence[Line]]:
        """What is counted now, by camera; for who counts by hand."""
        return {camera.id: camera.watched.lines for camera in self._settings.config.cameras}

    def _stands(self) -> Standing:
        waits = self._pending is not None or not self._drawn.empty()
        report = self._settings.report
        return Standing(
            config=self._settings.config,
            online=self._publisher.online,
            cameras=self._crew.health(),
            phase="trial" if self._trial is not None else "waiting" if waits else "steady",
            at=self._pending.at if self._pending is not None else None,
            outcome=report.outcome,
            reason=report.reason or "",
        )

    def _identity(self) -> Identity:
        config = self._settings.config
        return Identity(
            site=config.site,
            unit=config.unit,
            boot_id=self._boot_id,
            started=self._started,
            software=version("simpang"),
            model=self._model.spec.name,
            cameras=tuple(camera.id for camera in config.cameras),
        )


def plan_of(config: UnitConfig) -> Plan:
    """What each camera is meant to count."""
    return {camera.id: CameraPlan(camera.watched, config.fps_of(camera)) for camera in config.cameras}
