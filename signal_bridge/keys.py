"""Who may ask for what: the register of public keys, one TOML file at the bridge.

    [[keys]]
    id = "budi-1"                     # named by the request
    who = "budi"
    role = "operate"
    junctions = ["dago", "gasibu"]    # empty: every junction of this bridge
    public = "9f…"                    # Ed25519, 64 hexadecimal digits; the private half never leaves its owner
    expires = 2027-01-01T00:00:00Z    # optional

A role has what the one before it has (view, operate, manage, configure). `automatic` is a program's.
"""

from __future__ import annotations

from functools import cached_property
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, ValidationError, model_validator

from contract.base import Model, Slug, UtcTime, explain
from contract.signals import PriorityKind, SignalAction, SignalOrder, SignalReason, SignalRequest, SignalRole
from contract.zones import parse_toml

_OPERATE = frozenset(
    {SignalAction.EXTEND, SignalAction.CUT, SignalAction.PRIORITY, SignalAction.RELEASE, SignalAction.APPROVE}
    | {SignalAction.REJECT}
)
_MANAGE = _OPERATE | {SignalAction.PATTERN}
MAY: dict[SignalRole, frozenset[SignalAction]] = {
    SignalRole.VIEW: frozenset(),
    SignalRole.OPERATE: _OPERATE,
    SignalRole.MANAGE: _MANAGE,
    SignalRole.CONFIGURE: _MANAGE,
    SignalRole.AUTOMATIC: frozenset(
        {SignalAction.EXTEND, SignalAction.CUT, SignalAction.PATTERN, SignalAction.RELEASE}
    ),
}
"""Actions by role."""
_ESCORTS = {PriorityKind.VVIP, PriorityKind.CONVOY}
"""Not an emergency: opening a route for them takes `manage`."""


class Key(Model):
    """One registered public key."""

    id: Slug
    who: Slug
    role: SignalRole
    junctions: tuple[Slug, ...] = Field(default=(), max_length=1000)
    public: str = Field(pattern=r"^[0-9a-f]{64}$")
    expires: UtcTime | None = None


class Keys(Model):
    """The whole register."""

    keys: tuple[Key, ...] = Field(default=(), max_length=1000)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [key.id for key in self.keys]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"key id used twice: {', '.join(twice)}")
        return self

    @cached_property
    def by_id(self) -> dict[str, Key]:
        """Key id -> key."""
        return {key.id: key for key in self.keys}

    def against(self, request: SignalRequest) -> SignalReason | None:
        """Why this request is nobody's who may ask for it; None: it is signed by somebody who may."""
        key = self.by_id.get(request.key)
        if key is None or (key.expires is not None and request.expires > key.expires):
            return SignalReason.UNKNOWN_KEY
        if not _signed(key, request) or (request.who, request.role) != (key.who, key.role):
            return SignalReason.BAD_SIGNATURE
        if key.junctions and request.junction not in key.junctions:
            return SignalReason.OTHER_JUNCTION
        return None if may(request) else SignalReason.ROLE_MAY_NOT


def may(order: SignalOrder) -> bool:
    """Whether the order's role includes its action."""
    if order.kind in _ESCORTS and order.role is SignalRole.OPERATE:
        return False
    return order.action in MAY[order.role]


def _signed(key: Key, request: SignalRequest) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public))
        public.verify(bytes.fromhex(request.signature), request.canonical())
    except (InvalidSignature, ValueError):
        return False
    return True


def parse_keys(text: str, where: str = "keys") -> Keys:
    """Read a register; `ContractError` says what is wrong in `where`."""
    try:
        return Keys.model_validate(parse_toml(text, where))
    except ValidationError as error:
        raise explain(error, where) from None
