"""Messages on their way to the store, and what must be acknowledged once they are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from collector.config import BatchSettings
from collector.store.writing import DeadLetter, Received, StoreError, Writer


@dataclass(slots=True)
class Batch:
    """What one connection (`epoch`) brought. `mids`: its QoS 1 messages, which the broker holds until acknowledged."""

    epoch: int
    messages: list[Received] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    mids: list[int] = field(default_factory=list)
    begun_s: float = 0.0

    def add(self, item: Received | DeadLetter) -> None:
        """One more."""
        if isinstance(item, Received):
            self.messages.append(item)
        else:
            self.letters.append(item)

    def is_due(self, limits: BatchSettings, now_s: float) -> bool:
        """Whether it goes to the store now, whichever of the limits came first."""
        return len(self) > 0 and (len(self) >= limits.messages or now_s >= self.begun_s + limits.seconds)

    def wait_s(self, limits: BatchSettings, now_s: float, idle_s: float) -> float:
        """How long whoever fills it may sleep, `idle_s` at most.

        One that is due and still here waits for the writing threads, which wake us when one is written.
        """
        left_s = self.begun_s + limits.seconds - now_s if len(self) else 0.0
        return min(idle_s, left_s) if left_s > 0 else idle_s

    def __len__(self) -> int:
        return len(self.messages) + len(self.letters)


def keep(store: Writer, messages: Sequence[Received], letters: Sequence[DeadLetter]) -> None:
    """Write all of it, both steps."""
    record(store, messages, [*letters, *send(store, messages)])


def prepared(store: Writer, received: Received) -> Received:
    """Ready to be sent; as it came when the store's own code stumbles over it, and `send` will say so."""
    try:
        return store.prepared(received)
    except Exception:
        return received


def send(store: Writer, messages: Sequence[Received]) -> Sequence[DeadLetter]:
    """The first step; returns what could not be taken.

    Here and in `record`, a message over which the store's own code stumbles becomes a dead letter: it blocks nothing.
    """
    try:
        return store.send(messages)
    except StoreError:
        raise
    except Exception:
        return list(_stumbling(store.send, messages))


def record(store: Writer, messages: Sequence[Received], letters: Sequence[DeadLetter]) -> None:
    """The second step."""
    try:
        store.record(messages, letters)
    except StoreError:
        raise
    except Exception:
        store.record([], [*letters, *_stumbling(store.record, messages)])


def _stumbling(
    step: Callable[[Sequence[Received]], Sequence[DeadLetter] | None], messages: Sequence[Received]
) -> Iterator[DeadLetter]:
    """Take the step with what can take it, halving what fails, and yield what cannot."""
    try:
        refused = step(messages)
    except StoreError:
        raise
    except Exception as error:
        if len(messages) > 1:
            middle = len(messages) // 2
            yield from _stumbling(step, messages[:middle])
            yield from _stumbling(step, messages[middle:])
            return
        for one in messages:
            yield one.refused(f"the store stumbles over it: {type(error).__name__}: {error}")
    else:
        yield from refused or ()
