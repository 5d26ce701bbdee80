"""docs/schemas says what the code says."""

from __future__ import annotations

from pathlib import Path

from contract.schema import schemas
from contract.topics import Kind

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


def test_the_written_schemas_are_those_of_the_code() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.schema.json")}
    assert written == schemas(), "run `make schemas` and look at the difference: it is a change of the contract"


def test_every_kind_a_unit_writes_has_one() -> None:
    for kind in (Kind.STATE, Kind.OBSERVATION, Kind.EVENT, Kind.EVIDENCE, Kind.HEALTH):
        assert f"{kind}.schema.json" in schemas()
