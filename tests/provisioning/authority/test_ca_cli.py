"""`simpang provision ca` as it is typed."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from provisioning.authority import Authority
from provisioning.cli import app
from provisioning.terminal import PASSPHRASE as VARIABLE
from tests.support import ca

SECRET = {VARIABLE: ca.PASSPHRASE}


def simpang(*arguments: str | Path, env: dict[str, str] | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(one) for one in arguments], env=SECRET if env is None else env)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_from_a_new_authority_to_a_revoked_unit(tmp_path: Path) -> None:
    at = ("--ca", tmp_path / "ca")
    assert simpang("ca", "init", "--city", "Bandung", *at)[0] == 0
    assert simpang("ca", "issue", "edge-dago", "--out", tmp_path / "card", *at)[0] == 0
    assert {one.name: stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "card").iterdir()} == {
        "ca.pem": 0o644,
        "unit.pem": 0o644,
        "unit.key": 0o600,
    }
    first = (tmp_path / "card" / "unit.pem").read_bytes()
    assert simpang("ca", "renew", "edge-dago", "--out", tmp_path / "card", *at)[0] == 0
    assert (tmp_path / "card" / "unit.pem").read_bytes() != first
    code, told = simpang("ca", "revoke", "edge-dago", "--reason", "stolen", *at)
    assert (code, told.count("revoked")) == (0, 2)
    assert simpang("ca", "crl", *at)[0] == 0
    assert simpang("ca", "status", *at)[0] == 0


def test_status_warns_with_its_exit_code_and_names_what_to_renew(tmp_path: Path) -> None:
    made = ca.authority(tmp_path)
    simpang("ca", "issue", "edge-dago", "--days", "30", "--out", tmp_path / "card", "--ca", tmp_path)
    code, told = simpang("ca", "status", "--ca", tmp_path, env={})
    assert (code, "renew: edge-dago" in told) == (1, True)
    made.refresh_crl(ca.now() - timedelta(days=10), timedelta(days=9))
    assert "MENDESAK" in simpang("ca", "status", "--ca", tmp_path, env={})[1]


@pytest.mark.parametrize(
    ("arguments", "env", "message"),
    [
        (("ca", "status", "--ca", "{}/none"), {}, "there is no authority here"),
        (("ca", "crl", "--ca", "{}/ca"), {}, "the passphrase is missing"),
        (("ca", "crl", "--ca", "{}/ca"), {VARIABLE: "salah salah salah"}, "wrong passphrase"),
        (("ca", "renew", "edge-baru", "--out", "{}/x", "--ca", "{}/ca"), SECRET, "never had a certificate"),
        (("ca", "issue", "Edge", "--out", "{}/x", "--ca", "{}/ca"), SECRET, "cannot be a name"),
        (("ca", "crl", "--ca", "{}/ca", "--passphrase-file", "{}/none"), {}, "No such file"),
        (("broker", "--out", "{}/b", "--site", "bandung", "--ca", "{}/ca"), SECRET, "give --host"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: tuple[str, ...], env: dict[str, str], message: str, tmp_path: Path
) -> None:
    ca.authority(tmp_path / "ca")
    code, told = simpang(*(one.format(tmp_path) for one in arguments), env=env)
    assert (code, message in told.replace("\n", " ")) == (2, True), told


def test_the_passphrase_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{ca.PASSPHRASE}\n")
    at = ("--ca", tmp_path / "ca", "--passphrase-file", tmp_path / "secret")
    assert simpang("ca", "init", "--city", "Bandung", *at, env={})[0] == 0
    Authority.open(tmp_path / "ca", ca.PASSPHRASE)
