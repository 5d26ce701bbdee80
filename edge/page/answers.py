"""What the page answers to each question. No sockets here: `edge.page.server` carries question and answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files

from pydantic import ValidationError

from contract import Model, Zones
from edge.page.access import SESSION_S, Allowance, Sessions
from edge.page.aim import aim
from edge.page.by_hand import CountOver, CountWanted, HandMark, Seat, SeatError
from edge.page.checkup import checkup
from edge.page.lookout import Lookout
from edge.page.messages import CameraState, Drawing, Findings, SignIn, Trouble, TryState, UnitState, Verdict
from edge.page.pin import agrees
from edge.page.refusal import examine
from edge.page.standing import Host

log = logging.getLogger(__name__)

COOKIE = "simpang"
_STATIC: Mapping[str, tuple[str, str]] = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/hitung": ("count.html", "text/html; charset=utf-8"),
    "/count.css": ("count.css", "text/css; charset=utf-8"),
    "/count.js": ("count.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/drawing.js": ("drawing.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    "/forms.js": ("forms.js", "text/javascript; charset=utf-8"),
}
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Question:
    """One request. `token` is the session's cookie, `caller` the telephone's address."""

    method: str
    path: str
    body: bytes = b""
    token: str = ""
    caller: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: HTTPStatus
    content: bytes = b""
    kind: str = _JSON
    cookie: str | None = None
    position_s: float | None = None
    """Of a picture that somebody counts from."""


class Answers:
    """The page's mind. Called by several threads. `clock` is monotonic."""

    def __init__(
        self,
        host: Host,
        lookout: Lookout,
        pin: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        seat: Seat | None = None,
    ) -> None:
        """`seat`: where somebody counts by hand; without it nobody can."""
        self._host = host
        self._lookout = lookout
        self._pin = pin
        self._clock = clock
        self._seat = seat
        self._sessions = Sessions()
        self._asking = Allowance(burst=60, per_s=15)
        self._guessing = Allowance(burst=5, per_s=1 / 30)
        self._everybody = Allowance(burst=20, per_s=1 / 10)
        self._guarded: dict[tuple[str, str], Callable[[Question], Answer]] = {
            ("GET", "unit"): self._unit,
            ("GET", "doctor"): self._doctor,
            ("GET", "picture"): self._picture,
            ("GET", "try"): self._tried,
            ("POST", "check"): self._check,
            ("POST", "try"): self._try,
            ("POST", "save"): self._save,
            ("POST", "sign-out"): self._sign_out,
            ("POST", "count"): self._count,
            ("GET", "watch"): self._watch,
            ("POST", "mark"): self._mark,
            ("POST", "unmark"): self._unmark,
            ("POST", "counted"): self._counted,
            ("GET", "result"): self._result,
        }

    def answer(self, question: Question) -> Answer:
        """Whatever is asked, there is an answer; faults of the asker are told in both languages."""
        now_s = self._clock()
        if not self._asking.takes(question.caller, now_s):
            return _no(HTTPStatus.TOO_MANY_REQUESTS, "terlalu banyak permintaan, tunggu sebentar", "too many requests")
        if question.method == "GET" and question.path in _STATIC:
            name, kind = _STATIC[question.path]
            return Answer(HTTPStatus.OK, (files("edge.page") / "static" / name).read_bytes(), kind)
        if (question.method, question.path) == ("POST", "/api/sign-in"):
            return self._sign_in(question, now_s)
        return self._for_who_is_signed_in(question, now_s)

    def _for_who_is_signed_in(self, question: Question, now_s: float) -> Answer:
        _, _, rest = question.path.partition("/api/")
        asked = self._guarded.get((question.method, rest.partition("/")[0]))
        if asked is None:
            return _no(HTTPStatus.NOT_FOUND, "tidak ada", "there is no such thing")
        if not self._sessions.holds(question.token, now_s):
            return _no(HTTPStatus.UNAUTHORIZED, "masuk dahulu dengan PIN", "sign in with the PIN first")
        try:
            return asked(question)
        except SeatError as error:
            return _no(HTTPStatus.CONFLICT, error.indonesian, str(error))
        except ValidationError:
            return _no(HTTPStatus.BAD_REQUEST, "permintaan tidak dimengerti", "the request is not understood")

    def _sign_in(self, question: Question, now_s: float) -> Answer:
        if not (self._guessing.takes(question.caller, now_s) and self._everybody.takes("", now_s)):
            log.warning("page: %s tries PINs too often", question.caller)
            return _no(HTTPStatus.TOO_MANY_REQUESTS, "terlalu sering mencoba, tunggu semenit", "too many attempts")
        try:
            given = SignIn.model_validate_json(question.body).pin
        except ValidationError:
            given = ""
        if not agrees(given, self._pin):
            log.warning("page: a wrong PIN from %s", question.caller)
            return _no(HTTPStatus.FORBIDDEN, "PIN salah: lihat label unit", "wrong PIN: see the unit's label")
        log.info("page: %s signed in", question.caller)
        return Answer(HTTPStatus.OK, b"{}", cookie=_cookie(self._sessions.begin(now_s), SESSION_S))

    def _sign_out(self, question: Question) -> Answer:
        self._sessions.end(question.token)
        return Answer(HTTPStatus.OK, b"{}", cookie=_cookie("", 0))

    def _unit(self, _question: Question) -> Answer:
        standing = self._host.standing()
        zones = {camera.id: camera.zones for camera in standing.config.cameras}
        cameras = tuple(
            CameraState(camera=one.camera, condition=one.condition, fps=one.fps, zones=zones[one.camera])
            for one in standing.cameras
            if one.camera in zones
        )
        return _yes(
            UnitState(
                unit=standing.config.unit,
                online=standing.online,
                phase=standing.phase,
                at=standing.at,
                outcome=standing.outcome,
                reason=standing.reason,
                cameras=cameras,
            )
        )

    def _doctor(self, _question: Question) -> Answer:
        return _yes(Findings(findings=checkup(self._host.standing(), self._lookout)))

    def _picture(self, question: Question) -> Answer:
        jpeg = self._lookout.picture(_last(question.path))
        if jpeg is None:
            return Answer(HTTPStatus.NO_CONTENT, kind="image/jpeg")
        return Answer(HTTPStatus.OK, jpeg, "image/jpeg")

    def _check(self, question: Question) -> Answer:
        verdict, _, _ = self._looked_at(question)
        return _yes(verdict)

    def _try(self, question: Question) -> Answer:
        verdict, camera, zones = self._looked_at(question)
        if zones is not None:
            self._lookout.begin(camera, zones)
        return _yes(verdict)

    def _tried(self, question: Question) -> Answer:
        return _yes(TryState(tried=self._lookout.tried(_last(question.path))))

    def _save(self, question: Question) -> Answer:
        verdict, camera, zones = self._looked_at(question)
        if zones is not None:
            if self._host.standing().phase != "steady":
                busy = "perubahan sebelumnya masih dicoba, tunggu sampai selesai"
                return _no(HTTPStatus.CONFLICT, busy, "the change before is still on trial: wait")
            log.info("page: %s drew camera %s anew", question.caller, camera)
            self._host.draw({camera: zones})
        return _yes(verdict)

    def _count(self, question: Question) -> Answer:
        wanted = CountWanted.model_validate_json(question.body)
        log.info("page: %s counts camera %s by hand", question.caller, wanted.camera)
        return _yes(self._taken_seat().begin(wanted))

    def _watch(self, question: Question) -> Answer:
        camera, _, place = question.path.partition("/api/watch/")[2].partition("/")
        shown = self._taken_seat().picture(camera, int(place) / 1000 if place.isdecimal() else 0.0)
        if shown is None:
            return Answer(HTTPStatus.NO_CONTENT, kind="image/jpeg")
        return Answer(HTTPStatus.OK, shown[0], "image/jpeg", position_s=shown[1])

    def _mark(self, question: Question) -> Answer:
        return _yes(self._taken_seat().mark(HandMark.model_validate_json(question.body)))

    def _unmark(self, _question: Question) -> Answer:
        return _yes(self._taken_seat().unmark())

    def _counted(self, question: Question) -> Answer:
        self._taken_seat().finish(CountOver.model_validate_json(question.body).seconds)
        return Answer(HTTPStatus.OK, b"{}")

    def _result(self, _question: Question) -> Answer:
        return _yes(self._taken_seat().result())

    def _taken_seat(self) -> Seat:
        if self._seat is None:
            raise SeatError("there is nothing to count here", "tidak ada yang dihitung di sini")
        return self._seat

    def _looked_at(self, question: Question) -> tuple[Verdict, str, Zones | None]:
        """A drawing by the contract's rules; zones are None when it is refused."""
        drawing = Drawing.model_validate_json(question.body)
        zones, refusals = examine(drawing.zones)
        known = any(one.id == drawing.camera for one in self._host.standing().config.cameras)
        if zones is None or not known:
            return Verdict(accepted=False, refusals=refusals), drawing.camera, None
        return Verdict(accepted=True, aim=aim(zones)), drawing.camera, zones


def _yes(message: Model) -> Answer:
    return Answer(HTTPStatus.OK, message.model_dump_json(exclude_none=True).encode())


def _no(status: HTTPStatus, indonesian: str, english: str) -> Answer:
    return Answer(status, Trouble(id=indonesian, en=english).model_dump_json().encode())


def _cookie(token: str, lasts_s: float) -> str:
    return f"{COOKIE}={token}; Max-Age={lasts_s:.0f}; Path=/; HttpOnly; SameSite=Strict"


def _last(path: str) -> str:
    return path.rpartition("/")[2]
