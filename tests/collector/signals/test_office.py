"""What the centre signs, for whom, with which key, and what it refuses to send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collector.signals.actions import ActionBook
from collector.signals.board import SignalBoard
from collector.signals.key_file import load_key
from collector.signals.office import Asker, Office
from collector.signals.route import LEAD_S, MOST_AHEAD_S, Leg, Route, window
from collector.signals.sending import SignalError
from collector.signals.settings import SigningKey
from contract import SignalRequest
from contract.signals import MAX_LEASE_S, PriorityKind, SignalRole
from contract.signing import public_hex
from signal_bridge.key_file import draw_key
from signal_bridge.keys import Key, Keys
from tests.support.signals import BRIDGE, NOON, heard, phase, status

SARI = Asker("sari", SignalRole.OPERATE)
DEDI = Asker("dedi", SignalRole.MANAGE)
TAMU = Asker("tamu", SignalRole.VIEW)


class Post:
    """A sender that remembers, and fails once `left` requests have gone."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, SignalRequest]] = []
        self.left = 100

    def send(self, bridge: str, request: SignalRequest) -> None:
        if not self.left:
            raise SignalError("broker_away", "no answer")
        self.left -= 1
        self.sent.append((bridge, request))


class Desk:
    """An office with keys of two levels, at noon, and a register of the public halves as a bridge has it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.post, self.board, self.time = folder, Post(), SignalBoard(), NOON
        keys = {level: draw_key(folder / f"{level}.pem") for level in ("operate", "manage")}
        named = [
            SigningKey.model_validate(
                {"id": f"pusat-{one}", "who": "pusat", "role": one, "file": folder / f"{one}.pem"}
            )
            for one in keys
        ]
        self.register = Keys(
            keys=tuple(
                Key(id=f"pusat-{one}", who="pusat", role=SignalRole(one), public=public_hex(key))
                for one, key in keys.items()
            )
        )
        self.board.hear(heard(status()))
        self.office = Office(self.board, ActionBook(folder / "none.sqlite"), named, self.post, lambda: self.time)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    ("asker", "role"),
    [(SARI, "operate"), (DEDI, "manage"), (Asker("root", SignalRole.CONFIGURE), "manage")],
)
def test_a_request_carries_no_more_than_the_operators_own_level(desk: Desk, asker: Asker, role: str) -> None:
    sent = desk.office.decide(asker, "dago", "p1", approve=True, why="antrean panjang")
    assert desk.post.sent == [(BRIDGE, sent.request)]
    assert sent.request.role == role
    assert sent.request.why == f"{asker.name}: antrean panjang"
    assert desk.register.against(sent.request) is None, "the bridge takes it"
    assert (sent.request.expires - NOON).total_seconds() <= 30


def test_decisions_and_releases_name_what_they_mean(desk: Desk) -> None:
    approved = desk.office.decide(SARI, "dago", "p1", approve=True, why="").request
    rejected = desk.office.decide(SARI, "dago", "p2", approve=False, why="macet di depan").request
    released = desk.office.release(SARI, "dago", "r3", "lewat").request
    told = [(one.action, one.target) for one in (approved, rejected, released)]
    assert told == [("approve", "p1"), ("reject", "p2"), ("release", "r3")]
    assert len({one.nonce for one in (approved, rejected, released)}) == 3


def route(kind: PriorityKind = PriorityKind.AMBULANCE, *legs: tuple[str, str, float]) -> Route:
    chosen = legs or (("dago", "utara", 60.0),)
    listed = tuple(Leg(junction=junction, approach=arm, arrives_in_s=at) for junction, arm, at in chosen)
    return Route(kind=kind, why="ke RSHS", legs=listed)


def test_a_route_asks_each_junction_in_order_under_one_name(desk: Desk) -> None:
    desk.board.hear(heard(status(junction="pasteur"), bridge="bridge-pasteur"))
    sent = desk.office.open_route(SARI, route(PriorityKind.FIRE, ("dago", "utara", 60), ("pasteur", "timur", 150)))
    assert [(one.bridge, one.request.junction, one.request.approach) for one in sent] == [
        (BRIDGE, "dago", "utara"),
        ("bridge-pasteur", "pasteur", "timur"),
    ]
    assert len({one.request.route for one in sent}) == 1
    assert [one.request.not_before for one in sent] == [NOON + timedelta(seconds=at - LEAD_S) for at in (60, 150)]
    assert all(desk.register.against(one.request) is None for one in sent)


def test_a_bridge_refuses_an_escort_signed_for_an_operator(desk: Desk) -> None:
    """The console asks for `manage`; were it wrong, the key would still not reach."""
    (sent,) = desk.office.open_route(SARI, route(PriorityKind.VVIP))
    assert desk.register.against(sent.request) == "role_may_not"
    (sent,) = desk.office.open_route(DEDI, route(PriorityKind.VVIP))
    assert desk.register.against(sent.request) is None


@pytest.mark.parametrize("kind", PriorityKind)
@pytest.mark.parametrize("arrives_in_s", [0.0, 10.0, LEAD_S, 300.0, MOST_AHEAD_S])
def test_a_window_covers_the_arrival_and_is_a_lease(kind: PriorityKind, arrives_in_s: float) -> None:
    begins, expires, seconds = window(kind, arrives_in_s, NOON)
    arrives = NOON + timedelta(seconds=arrives_in_s)
    assert NOON <= begins <= arrives
    assert begins + timedelta(seconds=seconds) > arrives, "a green that comes at once is still there"
    assert arrives < expires <= begins + timedelta(seconds=MAX_LEASE_S)


def refusal(ask: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(SignalError) as caught:
        ask()
    return caught.value.key, str(caught.value)


def test_nothing_is_sent_where_no_bridge_speaks(desk: Desk) -> None:
    assert refusal(lambda: desk.office.release(SARI, "kopo", "r1", "x"))[0] == "no_bridge"
    desk.time = NOON + timedelta(seconds=30)
    assert refusal(lambda: desk.office.release(SARI, "dago", "r1", "x"))[0] == "no_bridge"
    assert desk.post.sent == []


def test_a_route_with_one_impossible_leg_asks_nobody(desk: Desk) -> None:
    assert refusal(
        lambda: desk.office.open_route(SARI, route(PriorityKind.FIRE, ("dago", "utara", 9), ("dago", "x", 9)))
    )[0] == ("no_approach")
    assert desk.post.sent == []


def test_a_broker_lost_in_the_middle_of_a_route_is_told_as_that(desk: Desk) -> None:
    desk.post.left = 1
    key, text = refusal(
        lambda: desk.office.open_route(SARI, route(PriorityKind.FIRE, ("dago", "utara", 9), ("dago", "timur", 9)))
    )
    assert key == "route_partly"
    assert text == "asked at dago, not at dago: no answer"
    desk.post.left = 0
    assert refusal(lambda: desk.office.release(SARI, "dago", "r1", "x"))[0] == "broker_away"


def spoil(file: Path, how: str) -> None:
    match how:
        case "gone":
            file.unlink()
        case "open":
            file.chmod(0o640)
        case _:
            file.write_text(how, encoding="utf-8")


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("gone", "there is no private key: draw one with  simpang bridge key"),
        ("open", "others may read this private key: chmod 600"),
        ("nothing like a key", "this is no Ed25519 private key in PEM"),
    ],
)
def test_a_key_that_cannot_be_used_is_told_with_what_to_do(desk: Desk, how: str, says: str) -> None:
    assert desk.office.trouble(SARI.level) is None
    file = desk.folder / "operate.pem"
    spoil(file, how)
    assert says in (desk.office.trouble(SARI.level) or "")
    key, text = refusal(lambda: desk.office.release(SARI, "dago", "r1", "x"))
    assert key == "no_key"
    assert str(file) in text
    assert desk.office.trouble(DEDI.level) is None, "the other key is whole"


def test_who_may_only_look_has_no_key(desk: Desk) -> None:
    assert refusal(lambda: desk.office.release(TAMU, "dago", "r1", "x"))[0] == "no_key"


def test_a_key_is_never_drawn_over_another(tmp_path: Path) -> None:
    drawn = draw_key(tmp_path / "k.pem")
    assert (tmp_path / "k.pem").stat().st_mode & 0o777 == 0o600
    assert public_hex(load_key(tmp_path / "k.pem")) == public_hex(drawn)
    with pytest.raises(FileExistsError):
        draw_key(tmp_path / "k.pem")


def test_a_junction_stays_its_bridges_while_that_speaks(desk: Desk) -> None:
    def tell(bridge: str, time: datetime) -> str:
        desk.board.hear(heard(status(time, phases=(phase(1, "green", 1.0, "utara"),)), time, bridge=bridge))
        found = desk.board.of("dago")
        assert found is not None
        return found.bridge

    assert tell("bridge-other", NOON + timedelta(seconds=1)) == BRIDGE
    assert tell("bridge-other", NOON + timedelta(seconds=60)) == "bridge-other"
