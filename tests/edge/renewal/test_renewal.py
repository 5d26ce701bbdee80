"""Certificates renewed over the line: when it is asked, what is taken, and the whole way with a real broker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from contract import CertificateRequest, ContractError, decode
from edge.config import Tls
from edge.renewal import EARLY, Renewal
from provisioning.authority import Authority, Role
from provisioning.authority.index import Reason
from provisioning.cli import app
from provisioning.files import write
from provisioning.terminal import PASSPHRASE as VARIABLE
from tests.support import ca
from tests.support.ca import PASSPHRASE, SITE, Caller, GuardedBroker
from tests.support.data import FOOTAGE
from tests.support.edge_process import camera, unit_in_thread, unit_toml
from tests.support.unit import UNIT, observations


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """With a unit whose certificate ends in twenty days."""
    made = ca.authority(tmp_path / "ca")
    ca.put(made.issue(UNIT, Role.UNIT, ca.now(), valid=timedelta(days=20)), tmp_path / "tls")
    return made


@pytest.fixture
def card(tmp_path: Path, authority: Authority) -> Tls:
    files = {"ca": "ca.pem", "certificate": "unit.pem", "key": "unit.key"}
    return Tls.model_validate({key: str(tmp_path / "tls" / name) for key, name in files.items()})


def accepted(_: Tls) -> str:
    return ""


def signed(authority: Authority, csr: str) -> str:
    return authority.certify(csr.encode(), UNIT, ca.now()).decode()


def test_it_asks_when_the_end_is_near_and_for_the_same_key(tmp_path: Path, card: Tls) -> None:
    renewal = Renewal(card, tmp_path / "data/tls", UNIT)
    assert renewal.request(ca.now() - EARLY) is None
    first, second = renewal.request(ca.now()), renewal.request(ca.now())
    assert first is not None
    assert second is not None
    keys = {
        x509.load_pem_x509_csr(one.encode())
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        for one in (first, second)
    }
    assert len(keys) == 1
    assert (tmp_path / "data/tls/next.key").stat().st_mode & 0o077 == 0


def test_what_the_authority_signed_is_in_force_and_asked_no_more(
    tmp_path: Path, card: Tls, authority: Authority
) -> None:
    renewal = Renewal(card, tmp_path / "data/tls", UNIT)
    csr = renewal.request(ca.now())
    assert csr is not None
    made = signed(authority, csr)
    assert renewal.take(made, ca.now(), accepted)
    assert renewal.in_force(ca.now()).certificate == str(tmp_path / "data/tls/unit.pem")
    assert renewal.request(ca.now()) is None
    assert not renewal.take(made, ca.now(), accepted), "it is said again at each connection"
    (tmp_path / "data/tls/unit.key").write_text("spoilt")
    assert renewal.in_force(ca.now()) == card, "half a pair is none"


def of_another_city(authority: Authority, csr: str, folder: Path) -> str:
    foreign = ca.authority(folder / "foreign")
    foreign.issue(UNIT, Role.UNIT, ca.now())
    return foreign.certify(csr.encode(), UNIT, ca.now()).decode()


def for_another_key(authority: Authority, csr: str, folder: Path) -> str:
    return authority.issue(UNIT, Role.UNIT, ca.now()).certificate.decode()


def of_the_past(authority: Authority, csr: str, folder: Path) -> str:
    return authority.certify(csr.encode(), UNIT, ca.now(), valid=timedelta(seconds=-60)).decode()


def nonsense(authority: Authority, csr: str, folder: Path) -> str:
    return "no certificate"


Answer = Callable[[Authority, str, Path], str]
REFUSED: list[tuple[Answer, str]] = [
    (of_another_city, "has not signed"),
    (for_another_key, "not for this unit and its key"),
    (of_the_past, "does not count now"),
    (nonsense, "has not signed"),
]


@pytest.mark.parametrize(("answer", "says"), REFUSED)
def test_what_is_not_ours_is_not_taken(
    answer: Answer, says: str, tmp_path: Path, card: Tls, authority: Authority
) -> None:
    renewal = Renewal(card, tmp_path / "data/tls", UNIT)
    csr = renewal.request(ca.now())
    assert csr is not None
    with pytest.raises(ContractError, match=says):
        renewal.take(answer(authority, csr, tmp_path), ca.now(), accepted)
    assert renewal.in_force(ca.now()) == card
    assert renewal.request(ca.now()) is not None, "it asks on"


def test_what_the_broker_refuses_or_nobody_asked_for_is_not_taken(
    tmp_path: Path, card: Tls, authority: Authority
) -> None:
    renewal = Renewal(card, tmp_path / "data/tls", UNIT)
    with pytest.raises(ContractError, match="nobody asked"):
        renewal.take("anything", ca.now(), accepted)
    csr = renewal.request(ca.now())
    assert csr is not None
    with pytest.raises(ContractError, match="the broker refuses the new certificate: revoked"):
        renewal.take(signed(authority, csr), ca.now(), lambda _: "revoked")
    assert renewal.in_force(ca.now()) == card


def request(name: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def test_whom_the_authority_does_not_sign_for(authority: Authority) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    authority.issue("konsol", Role.CONSOLE, ca.now())
    authority.issue("edge-hilang", Role.UNIT, ca.now())
    authority.revoke("edge-hilang", Reason.STOLEN, ca.now())
    for name in ("konsol", "edge-hilang", "edge-asing"):
        with pytest.raises(ContractError, match="not renewed over the line"):
            authority.certify(request(name, key), name, ca.now())
    for csr, says in (
        (request("konsol", key), "asks for konsol"),
        (b"nonsense", "is none"),
        (request(UNIT, ec.generate_private_key(ec.SECP384R1())), "another kind"),
    ):
        with pytest.raises(ContractError, match=says):
            authority.certify(csr, UNIT, ca.now())


def test_a_running_unit_is_renewed_and_stays_when_its_old_certificate_is_revoked(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old,) = authority.index.of(UNIT)
    ca.put(authority.issue("collector", Role.COLLECTOR, ca.now()), tmp_path / "collector")
    console = authority.issue("konsol", Role.CONSOLE, ca.now())
    for file, content in (("ca.pem", console.ca), ("konsol.pem", console.certificate), ("konsol.key", console.key)):
        write(tmp_path / "konsol" / file, content)
    with GuardedBroker(authority, tmp_path / "broker") as broker:
        text = unit_toml(broker.port, camera("dago-1", FOOTAGE / "toll_noon.mp4")).replace("broker = ", "#")
        tls = '[broker.tls]\nca = "tls/ca.pem"\ncertificate = "tls/unit.pem"\nkey = "tls/unit.key"\n'
        (tmp_path / "unit.toml").write_text(f'{text}[broker]\nhost = "127.0.0.1"\nport = {broker.port}\n{tls}')
        topics = [f"simpang/v1/{SITE}/{UNIT}/{kind}" for kind in ("observation", "certificate/request")]
        with unit_in_thread(tmp_path, monkeypatch):
            with Caller(broker, authority.folder / "ca.pem", tmp_path / "collector") as centre:
                centre.subscribe(*topics)
                centre.wait_for(topics[1])
                place = ["--site", SITE, "--host", broker.host, "--port", str(broker.port), "--listen", "0.5"]
                words = ["ca", "answer", *place, "--tls", str(tmp_path / "konsol"), "--ca", str(authority.folder)]
                done = CliRunner().invoke(app, words, env={VARIABLE: PASSPHRASE})
                assert f"{UNIT}: ditandatangani / signed" in done.output
                heard = centre.wait_until(lambda heard: sum(one.topic == topics[1] for one in heard) >= 2)
                last = decode(topics[1], [one for one in heard if one.topic == topics[1]][-1].payload)[1]
                assert isinstance(last, CertificateRequest)
                assert last.csr is None, "it asks no more"
                again = CliRunner().invoke(app, words, env={VARIABLE: PASSPHRASE})
                assert "signed" not in again.output
            authority.revoke(UNIT, Reason.REPLACED, ca.now(), serial=old.serial)
            broker.refresh()
            broker.stop()
            broker.start()
            with Caller(broker, authority.folder / "ca.pem", tmp_path / "collector") as centre:
                centre.subscribe(topics[0])
                restarted = datetime.now(UTC)
                centre.wait_until(lambda heard: any(one.time > restarted for one in observations(heard)))
