"""The access list as text: every kind has a speaker and a listener, and rights follow the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract import Kind
from provisioning.authority import Role
from provisioning.authority.index import Reason
from provisioning.broker.access import RIGHTS, access_list
from tests.support import ca


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_somebody_who_says_it_and_somebody_who_hears_it(kind: Kind) -> None:
    assert any(kind in rights.says for rights in RIGHTS.values())
    assert any(kind in rights.hears for rights in RIGHTS.values())


def test_only_who_holds_a_certificate_that_counts_is_listed(tmp_path: Path) -> None:
    authority = ca.authority(tmp_path)
    for name in ("konsol-lama", "konsol"):
        authority.issue(name, Role.CONSOLE, ca.now())
    authority.revoke("konsol-lama", Reason.RETIRED, ca.now())
    text = access_list("bandung", authority.index, ca.now())
    assert [line for line in text.splitlines() if line.startswith("user")] == ["user konsol"]
    assert "pattern write simpang/v1/bandung/%u/observation" in text
    assert "pattern read simpang/v1/bandung/%u/config/set" in text
