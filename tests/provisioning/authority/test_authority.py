"""The authority: what it signs, what it keeps, and what it refuses."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from contract import ContractError
from provisioning.authority import Authority, AuthorityError, Role, revocations_until
from provisioning.authority.index import Reason
from tests.support.ca import PASSPHRASE

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path / "ca", "Bandung", PASSPHRASE, NOON)


def test_a_certificate_names_the_unit_and_is_trusted_while_it_lasts(authority: Authority) -> None:
    identity = authority.issue("edge-dago", Role.UNIT, NOON, valid=30 * DAY)
    certificate = x509.load_pem_x509_certificate(identity.certificate)
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == "edge-dago"
    store = Store([x509.load_pem_x509_certificate(authority.ca)])
    for when, trusted in ((NOON, True), (NOON - 2 * DAY, False), (NOON + 31 * DAY, False)):
        verifier = PolicyBuilder().store(store).time(when).build_client_verifier()
        if trusted:
            verifier.verify(certificate, [])
        else:
            with pytest.raises(VerificationError):
                verifier.verify(certificate, [])


def test_a_server_answers_to_its_names_and_addresses(authority: Authority) -> None:
    identity = authority.issue("broker", Role.SERVER, NOON, hosts=["mqtt.atcs.example", "10.1.2.3"])
    certificate = x509.load_pem_x509_certificate(identity.certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["mqtt.atcs.example"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["10.1.2.3"]
    with pytest.raises(AuthorityError, match="needs the names"):
        authority.issue("broker-2", Role.SERVER, NOON)


def test_the_folder_holds_no_key_but_its_own_and_that_encrypted(authority: Authority) -> None:
    identity = authority.issue("edge-dago", Role.UNIT, NOON)
    kept = {path.name: path.read_bytes() for path in authority.folder.iterdir()}
    assert [name for name, content in kept.items() if b"PRIVATE KEY" in content] == ["ca.key"]
    assert kept["ca.key"].startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert identity.key not in kept.values()
    assert "PRIVATE" not in repr(identity)
    with pytest.raises(TypeError):
        serialization.load_pem_private_key(kept["ca.key"], None)
    for name in ("ca.key", "index.json"):
        assert stat.S_IMODE((authority.folder / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("wrong", ["", "kata sandi lain"])
def test_a_wrong_passphrase_opens_nothing(authority: Authority, wrong: str) -> None:
    with pytest.raises(AuthorityError, match="wrong passphrase"):
        Authority.open(authority.folder, wrong)
    Authority.open(authority.folder, PASSPHRASE).issue("edge-dago", Role.UNIT, NOON)


def test_an_authority_is_never_replaced(authority: Authority) -> None:
    before = authority.ca
    with pytest.raises(AuthorityError, match="is an authority already"):
        Authority.create(authority.folder, "Bandung", PASSPHRASE, NOON)
    assert (authority.folder / "ca.pem").read_bytes() == before


def test_one_that_was_cut_off_while_it_was_made_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "ca.key").write_bytes(b"half")
    assert Authority.create(tmp_path, "Bandung", PASSPHRASE, NOON).index.entries == ()


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AuthorityError, match="12 characters"):
        Authority.create(tmp_path, "Bandung", "pendek", NOON)
    assert not list(tmp_path.iterdir())


def test_what_is_revoked_stands_in_the_list_until_it_would_have_ended(authority: Authority) -> None:
    authority.issue("edge-dago", Role.UNIT, NOON, valid=100 * DAY)
    authority.issue("edge-dago", Role.UNIT, NOON, valid=200 * DAY)
    old, new = authority.index.of("edge-dago")
    authority.revoke("edge-dago", Reason.REPLACED, NOON + DAY, serial=old.serial)
    assert _revoked(authority) == {int(old.serial, 16): x509.ReasonFlags.superseded}
    assert authority.index.holding("edge-dago", NOON + 2 * DAY) == (new,)
    authority.revoke("edge-dago", Reason.STOLEN, NOON + 2 * DAY)
    assert set(_revoked(authority)) == {int(old.serial, 16), int(new.serial, 16)}
    authority.refresh_crl(NOON + 150 * DAY)
    assert set(_revoked(authority)) == {int(new.serial, 16)}


def test_a_new_list_has_the_next_number_and_lasts_as_long_as_asked(authority: Authority) -> None:
    first = authority.index.crl
    authority.refresh_crl(NOON, 90 * DAY)
    assert authority.index.crl == first + 1
    assert revocations_until(authority.folder / "crl.pem") == NOON + 90 * DAY


@pytest.mark.parametrize(
    ("name", "role", "message"),
    [
        ("Edge Dago", Role.UNIT, "cannot be a name"),
        ("../ca", Role.UNIT, "cannot be a name"),
        ("collector", Role.UNIT, "is the name of a collector"),
    ],
)
def test_a_name_that_cannot_be_or_is_another_role_s_is_refused(
    authority: Authority, name: str, role: Role, message: str
) -> None:
    authority.issue("collector", Role.COLLECTOR, NOON)
    with pytest.raises(ContractError, match=message):
        authority.issue(name, role, NOON)


def test_nothing_to_revoke_is_said_with_the_names_there_are(authority: Authority) -> None:
    authority.issue("edge-dago", Role.UNIT, NOON)
    with pytest.raises(ContractError, match="names in the index: edge-dago"):
        authority.revoke("edge-dogo", Reason.STOLEN, NOON)


def test_commands_at_the_same_time_lose_no_entry(authority: Authority) -> None:
    names = [f"edge-{number}" for number in range(8)]
    threads = [threading.Thread(target=authority.issue, args=(name, Role.UNIT, NOON)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.name for one in authority.index.entries) == names


def _revoked(authority: Authority) -> dict[int, x509.ReasonFlags]:
    crl = x509.load_pem_x509_crl((authority.folder / "crl.pem").read_bytes())
    return {one.serial_number: one.extensions.get_extension_for_class(x509.CRLReason).value.reason for one in crl}
