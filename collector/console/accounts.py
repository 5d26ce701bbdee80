"""Who may do what in the console: the four levels of authority, and how passwords and one-time codes are checked.

The levels follow IRIS (MnDOT): view, operate, manage, configure; each may do what the one below may.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_PASSWORD = 10
"""Characters. Length is what resists guessing (NIST SP 800-63B); no rules about symbols."""

_HASHER = PasswordHasher()  # argon2id with the library's current parameters (RFC 9106, low-memory)
_NOBODY = _HASHER.hash("nobody has this password")
_CODE_S = 30


class Role(StrEnum):
    """Levels of authority, the lowest first."""

    VIEW = "view"
    OPERATE = "operate"
    MANAGE = "manage"
    CONFIGURE = "configure"

    def may(self, needed: Role) -> bool:
        """Whether this level includes `needed`."""
        levels = list(Role)
        return levels.index(self) >= levels.index(needed)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, or the guest of an open demonstration (`name` empty)."""

    name: str
    role: Role

    @property
    def guest(self) -> bool:
        """Nobody signed in."""
        return not self.name


GUEST = Person("", Role.VIEW)


def hash_password(password: str) -> str:
    """An argon2id hash; `ValueError` when the password is too short to be one."""
    if len(password) < MIN_PASSWORD:
        raise ValueError(f"the password has {len(password)} characters; use at least {MIN_PASSWORD}")
    return _HASHER.hash(password)


def password_fits(password: str, kept: str | None) -> bool:
    """Whether it is the password. For an unknown name (`kept` None) it takes as long and says no."""
    try:
        _HASHER.verify(kept or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def draw_password() -> str:
    """A password that can be read from a screen: four groups of letters and digits, 100 bits, no look-alikes."""
    letters = "".join(sorted(set(string.ascii_lowercase + string.digits) - set("l1o0i")))
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def draw_totp_secret() -> str:
    """A new secret for an authenticator application (RFC 6238), base32."""
    return pyotp.random_base32()


def totp_address(secret: str, name: str) -> str:
    """What the authenticator's QR code says."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Simpang")


def totp_step(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """The 30 s step to which `code` belongs, this one or a neighbour; None when it fits none.

    A step is good once: only steps later than `after`, the last one used, are taken.
    """
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // _CODE_S
    for step in (current - 1, current, current + 1):
        if step > after and secrets.compare_digest(totp.at(step * _CODE_S), code.strip().replace(" ", "")):
            return step
    return None
