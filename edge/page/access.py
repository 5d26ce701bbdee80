"""Who is signed in, and how often anybody may ask. Pure: the monotonic clock is an argument."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

SESSION_S = 30 * 60.0
"""A telephone that lies still for so long is signed out."""
_MOST_SESSIONS = 16
_MOST_CALLERS = 256


@dataclass(slots=True)
class Sessions:
    """Signed-in telephones, by a random token that only they know."""

    _until: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def begin(self, now_s: float) -> str:
        """A new one; the oldest ends when there are too many."""
        token = secrets.token_urlsafe(32)
        self._until[token] = now_s + SESSION_S
        while len(self._until) > _MOST_SESSIONS:
            self._until.popitem(last=False)
        return token

    def holds(self, token: str, now_s: float) -> bool:
        """Whether `token` is signed in; it then lasts anew."""
        if self._until.get(token, 0.0) <= now_s:
            self._until.pop(token, None)
            return False
        self._until[token] = now_s + SESSION_S
        return True

    def end(self, token: str) -> None:
        """Signed out."""
        self._until.pop(token, None)


@dataclass(slots=True)
class Allowance:
    """So much each caller may do: `burst` at once, then `per_s` each second (a token bucket)."""

    burst: float
    per_s: float
    _callers: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def takes(self, caller: str, now_s: float) -> bool:
        """Whether `caller` may do it once more; if so, it is taken to be done."""
        left, then_s = self._callers.pop(caller, (self.burst, now_s))
        left = min(self.burst, left + (now_s - then_s) * self.per_s)
        may = left >= 1
        self._callers[caller] = (left - 1 if may else left, now_s)
        while len(self._callers) > _MOST_CALLERS:
            self._callers.popitem(last=False)
        return may
