"""The threads between a batch and its acknowledgement: in order, and nothing after what the store did not take."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from collector.ingest.batch import Batch
from collector.ingest.figures import Figures
from collector.ingest.writing import WritingThreads
from collector.store.writing import DeadLetter, Received, StoreDownError
from contract import encode
from tests.support.traffic import DAWN, observation, topic


def batch(seq: int) -> Batch:
    """One report."""
    one = observation(1, seq)
    return Batch(0, [Received(topic(1), one, DAWN, payload=encode(one))], mids=[seq])


class Slow:
    """A store that sends and records each batch when it is let."""

    def __init__(self) -> None:
        self.begun = [threading.Event() for _ in range(3)]
        self.sent = [threading.Event() for _ in range(3)]
        self.broken = False
        self.recorded: list[int] = []

    def prepared(self, received: Received) -> Received:
        """As it is."""
        return received

    def send(self, messages: Sequence[Received], /) -> Sequence[DeadLetter]:
        """Once `sent` says so; `broken`: the store is away instead."""
        seq = number(messages)
        self.begun[seq].set()
        self.sent[seq].wait()
        if self.broken and seq == 0:
            raise StoreDownError("away")
        return [messages[0].refused("too old")] if seq == 1 else []

    def record(self, messages: Sequence[Received], letters: Sequence[DeadLetter] = ()) -> None:
        """At once."""
        self.recorded.append(number(messages))
        assert [one.reason for one in letters] == (["too old"] if self.recorded[-1] == 1 else [])


def number(messages: Sequence[Received]) -> int:
    """Which batch it is."""
    (one,) = messages
    return int(encode(one.message).decode().split('"seq":')[1].split(",")[0])


def test_two_are_sent_at_once_and_given_back_in_order() -> None:
    store, given, all_given = Slow(), list[int](), threading.Event()

    def done(one: Batch) -> None:
        given.append(one.mids[0])
        if len(given) == 3:
            all_given.set()

    writing = WritingThreads(store, done, Figures())
    writing.start()
    assert writing.offer(batch(0))
    store.begun[0].wait()
    assert writing.offer(batch(1))
    store.begun[1].wait()
    assert writing.offer(batch(2))
    assert not writing.offer(batch(2)), "the one before waits for a thread"
    store.sent[1].set()
    store.begun[2].wait()
    store.sent[2].set()
    assert not given
    store.sent[0].set()
    all_given.wait()
    writing.stop()
    assert given == store.recorded == [0, 1, 2]


def test_what_is_sent_after_a_batch_that_could_not_be_is_not_given_back() -> None:
    store, given = Slow(), list[int]()
    store.broken = True
    writing = WritingThreads(store, lambda one: given.append(one.mids[0]), Figures())
    writing.start()
    assert writing.offer(batch(0))
    store.begun[0].wait()
    assert writing.offer(batch(1))
    for one in store.sent:
        one.set()
    writing.stop()
    assert not given
    assert not store.recorded
    assert not writing.offer(batch(2)), "it has ended"
