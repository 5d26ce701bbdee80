"""Who may ask: signatures, roles, junctions; and a nonce that is good once, also after a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract import ContractError, PriorityKind, SignalAction, SignalRequest, SignalRole
from signal_bridge.keys import Keys, may, parse_keys
from signal_bridge.nonces import NonceError, Nonces
from tests.support.bridge import Operator, public_hex
from tests.support.orders import order

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
REGISTER = f"""
[[keys]]
id = "budi-1"
who = "budi"
role = "operate"
junctions = ["dago", "gasibu"]
public = "{public_hex(KEY)}"
expires = 2030-01-01T00:00:00Z
"""
KEYS = parse_keys(REGISTER)


def signed(by: Ed25519PrivateKey = KEY, **fields: Any) -> SignalRequest:
    one = order(**fields)
    return SignalRequest(**one.model_dump(), signature=by.sign(one.canonical()).hex())


def test_who_may_is_let_in() -> None:
    assert KEYS.against(signed()) is None


AGAINST: list[tuple[str, SignalRequest, str]] = [
    ("a key nobody registered", signed(key="siti-1"), "unknown_key"),
    ("signed by somebody else", signed(OTHER), "bad_signature"),
    ("changed on the way", signed().model_copy(update={"seconds": 60.0}), "bad_signature"),
    ("in another's name", signed(who="siti"), "bad_signature"),
    ("with a higher role than the key's", signed(role="manage"), "bad_signature"),
    ("for a junction that is not the key's", signed(junction="pasteur"), "other_junction"),
    ("a plan, by an operator", signed(action="pattern", pattern=3), "role_may_not"),
    ("an escort, by an operator", signed(action="priority", kind="vvip", approach="utara"), "role_may_not"),
    ("after the key's end", signed(year=2031), "unknown_key"),
]


@pytest.mark.parametrize(("request_", "reason"), [row[1:] for row in AGAINST], ids=[row[0] for row in AGAINST])
def test_who_may_not_is_refused(request_: SignalRequest, reason: str) -> None:
    assert KEYS.against(request_) == reason


MAY = [
    # role                      may                                                   may not
    (SignalRole.VIEW, "", "extend cut priority pattern release approve reject"),
    (SignalRole.OPERATE, "extend cut priority release approve reject", "pattern"),
    (SignalRole.MANAGE, "extend cut priority pattern release approve reject", ""),
    (SignalRole.CONFIGURE, "extend cut priority pattern release approve reject", ""),
    (SignalRole.AUTOMATIC, "extend cut pattern release", "priority approve reject"),
]


@pytest.mark.parametrize(("role", "yes", "no"), MAY, ids=[row[0] for row in MAY])
def test_roles(role: SignalRole, yes: str, no: str) -> None:
    for action in SignalAction:
        asked = order(action=action, role=role, kind=PriorityKind.FIRE, approach="utara", pattern=3, target="r9")
        assert may(asked) is (action in yes.split()), action
    assert set(yes.split()) | set(no.split()) == set(SignalAction)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (REGISTER + REGISTER, "key id used twice: budi-1"),
        (REGISTER.replace("operate", "king"), "role"),
        (REGISTER.replace('public = "', 'public = "zz'), "public"),
        ("[[keys]", "not valid TOML"),
    ],
)
def test_a_register_that_cannot_be_right_is_refused(text: str, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        parse_keys(text)


def test_a_public_key_that_is_no_point_refuses_and_does_not_crash() -> None:
    nobody = Keys.model_validate({"keys": [{**KEYS.keys[0].model_dump(), "public": "ff" * 32}]})
    assert nobody.against(signed()) == "bad_signature"


def test_a_nonce_is_good_once_also_after_a_restart(tmp_path: Path) -> None:
    first = Nonces(tmp_path / "nonces.sqlite")
    assert first.use("budi-1", "aa", 1000.0)
    assert not first.use("budi-1", "aa", 9000.0)
    assert first.use("siti-1", "aa", 1000.0), "another key's nonce is another nonce"
    first.close()
    second = Nonces(tmp_path / "nonces.sqlite")
    assert not second.use("budi-1", "aa", 1000.0)
    second.forget(1000.0 + 86_400)
    assert not second.use("budi-1", "aa", 1000.0), "kept for a week: a clock set back must not revive it"
    second.forget(1000.0 + 8 * 86_400)
    assert second.use("budi-1", "aa", 1000.0)
    second.close()
    with pytest.raises(NonceError, match="cannot remember a request"):
        second.use("budi-1", "bb", 1000.0)


def test_operators_of_the_tests_sign_what_the_register_accepts() -> None:
    operator = Operator.__new__(Operator)
    operator.key, operator.who, operator.role = KEY, "budi", "operate"
    assert KEYS.against(operator.sign(operator.order(action="cut", phases=(2,)))) is None
