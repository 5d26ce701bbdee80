"""The line to a real Mosquitto: births and deaths, order, refusals, and an hour without a broker."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from contract import ConfigReported, Evidence, Kind, decode
from contract.messages import Kept
from edge.backoff import Backoff
from edge.outbox import Outbox
from edge.publishing import Publisher
from tests.support.mosquitto import Mosquitto
from tests.support.mqtt import Listener
from tests.support.unit import EVERYTHING, SIX, identity, kept, line_to, minute, observations, states


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox(tmp_path / "outbox.db", cap_bytes=10_000_000)
    yield outbox
    outbox.close()


def ignore(payload: bytes) -> None:
    """Nobody asks for configuration."""


@contextmanager
def publishing(
    broker: Mosquitto, outbox: Outbox, on_config: Callable[[bytes], None] = ignore, **line: object
) -> Iterator[Publisher]:
    publisher = Publisher(line_to(broker, **line), identity(), outbox, on_config=on_config, backoff=Backoff(0.2, 1.0))
    publisher.start()
    try:
        yield publisher
    finally:
        publisher.stop(flush_s=10)


def test_the_birth_comes_first_then_the_outbox_in_its_order_then_the_death(broker: Mosquitto, outbox: Outbox) -> None:
    outbox.append([minute(number) for number in range(1, 41)])
    with Listener(broker.host, broker.port, EVERYTHING) as centre:
        with publishing(broker, outbox):
            heard = centre.wait_until(lambda heard: len(heard) >= 41)
        assert outbox.depth == 0, "what was acknowledged is forgotten"
        assert heard[0].topic.endswith("/state")
        assert [decode(one.topic, one.payload)[1].model_dump()["seq"] for one in heard[1:]] == list(range(1, 41))
        centre.wait_until(lambda heard: len(heard) == 2, "/state")
        assert [one.reason for one in states(centre.heard())] == ["started", "stopped"]
    with Listener(broker.host, broker.port, EVERYTHING, client_id="later") as later:
        (retained,) = later.wait_until(bool, "/state")
        assert retained.retained
        assert states([retained])[0].status == "offline"


def test_a_connection_that_breaks_leaves_the_last_will(broker: Mosquitto, tmp_path: Path) -> None:
    code = f"""
        from pathlib import Path
        from edge.outbox import Outbox
        from edge.publishing import Publisher
        from tests.support.unit import identity
        from edge.config import Broker
        publisher = Publisher(
            Broker(host="{broker.host}", port={broker.port}), identity("b"),
            Outbox(Path({str(tmp_path / "other.db")!r}), cap_bytes=1_000_000), on_config=print,
        )
        publisher.start()
        publisher._thread.join()
    """
    with Listener(broker.host, broker.port, EVERYTHING) as centre:
        with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)]) as unit:
            centre.wait_until(bool, "/state")
            unit.send_signal(signal.SIGKILL)
        centre.wait_until(lambda heard: len(heard) == 2, "/state")
        birth, death = states(centre.heard())
        assert (death.status, death.reason, death.boot_id) == ("offline", "connection_lost", birth.boot_id)


ACL = "topic readwrite #\ntopic deny simpang/v1/bandung/edge-dago/evidence\n"


def picture(seq: int) -> Kept:
    fields = {"case": "p1", "camera": "dago-1", "moment": "opened", "sha256": "a" * 64, "jpeg": b"QUJD"}
    return Evidence.model_validate({"boot_id": "a" * 32, "time": SIX, "seq": seq} | fields)


def test_what_the_broker_refuses_is_told_and_kept_and_the_rest_goes_on(
    tmp_path: Path, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "acl").write_text(ACL)
    (tmp_path / "acl").chmod(0o644)
    outbox.append([minute(1), picture, minute(2), minute(3)])
    with (
        Mosquitto(tmp_path / "broker", f"acl_file {tmp_path / 'acl'}\n") as broker,
        Listener(broker.host, broker.port, EVERYTHING) as centre,
        publishing(broker, outbox),
    ):
        centre.wait_until(lambda heard: len(heard) == 3, "/observation")
    assert [entry.kind for entry in outbox.waiting()] == [Kind.EVIDENCE]
    assert "Not authorized" in caplog.text
    assert "access list" in caplog.text


def test_a_message_larger_than_the_broker_takes_does_not_stop_the_others(
    tmp_path: Path, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    def large(seq: int) -> Kept:
        return Evidence.model_validate(picture(seq).model_dump() | {"jpeg": b"QUJD" * 2_000})

    outbox.append([large, minute(1)])
    with (
        Mosquitto(tmp_path / "broker", "max_packet_size 4000\n") as broker,
        Listener(broker.host, broker.port, EVERYTHING) as centre,
        publishing(broker, outbox),
    ):
        centre.wait_until(bool, "/observation")
    assert [entry.kind for entry in outbox.waiting()] == [Kind.EVIDENCE]
    assert "more than it takes" in caplog.text


def test_standing_news_are_told_again_after_each_connection(broker: Mosquitto, outbox: Outbox) -> None:
    report = ConfigReported(boot_id="a" * 32, time=SIX, revision=3, outcome="applied")
    with publishing(broker, outbox) as publisher:
        publisher.stand(Kind.CONFIG_REPORTED, report)
        broker.wait_for_log("config/reported'")
        broker.kill()
        broker.start()
        broker.wait_for_log("config/reported'")
        broker.wait_for_log("edge-dago/state'")


def test_configuration_from_the_centre_arrives(broker: Mosquitto, outbox: Outbox) -> None:
    came = threading.Event()
    got: list[bytes] = []

    def take(payload: bytes) -> None:
        got.append(payload)
        came.set()

    with Listener(broker.host, broker.port, "x") as centre, publishing(broker, outbox, take):
        centre.client.publish("simpang/v1/bandung/edge-dago/config/set", b"new", qos=1, retain=True)
        assert came.wait(30)
    assert got == [b"new"]


def test_the_embedded_brokers_protocol_works_too(broker: Mosquitto, outbox: Outbox) -> None:
    outbox.append([minute(1), minute(2)])
    with Listener(broker.host, broker.port, EVERYTHING) as centre:
        with publishing(broker, outbox, protocol="3.1.1"):
            centre.wait_until(lambda heard: len(heard) == 2, "/observation")
        centre.wait_until(lambda heard: len(heard) == 2, "/state")
        assert [one.reason for one in states(centre.heard())] == ["started", "stopped"]
    assert outbox.depth == 0


HOUR = """
    import sys
    from pathlib import Path
    from edge.config import Broker
    from edge.outbox import Outbox
    from edge.publishing import Publisher
    from tests.support.unit import identity, minute

    database, port, boot = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    outbox = Outbox(database, cap_bytes=10_000_000)
    publisher = Publisher(Broker(host="127.0.0.1", port=port), identity(boot), outbox, on_config=print)
    publisher.start()
    for number in range(int(outbox.noted("minute") or 0) + 1, 61):
        outbox.append([minute(number, boot)], {"minute": str(number).encode()})
        print(number, flush=True)
    publisher._thread.join()
"""


@contextmanager
def hour(database: Path, broker: Mosquitto, boot: str) -> Iterator[Iterator[int]]:
    """A unit that tells minute after minute as fast as it can; killed with -9 in the end."""
    arguments = [str(database), str(broker.port), boot]
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOUR), *arguments], stdout=subprocess.PIPE, text=True
    ) as unit:
        assert unit.stdout is not None
        try:
            yield (int(line) for line in unit.stdout)
        finally:
            unit.send_signal(signal.SIGKILL)


def test_an_hour_without_a_broker_and_two_kills_lose_nothing(broker: Mosquitto, tmp_path: Path) -> None:
    """Sixty minutes by the unit's own clock; the process is killed soon after the 20th and the 40th."""
    database = tmp_path / "hour.db"
    with Listener(broker.host, broker.port, EVERYTHING) as centre:
        broker.stop()
        for boot, until in [("a", 20), ("b", 40)]:
            with hour(database, broker, boot) as minutes:
                assert next(number for number in minutes if number >= until)
        with hour(database, broker, "c") as minutes:
            assert next(number for number in minutes if number == 60)
            broker.start()
            heard = centre.wait_until(lambda heard: len(kept(heard)) >= 60, "/observation")
    assert sorted(kept(heard)) == list(range(1, 61)), "every number is there"
    ends = [one.time for one in observations(heard)]
    assert ends == [SIX + timedelta(minutes=number) for number in range(1, 61)], "every minute once"
    assert {"a", "b"} <= {one.boot_id[0] for one in observations(heard)}
