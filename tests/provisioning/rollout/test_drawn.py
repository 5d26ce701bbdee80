"""What was drawn at the units comes back to the depot as a file that says the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from contract import ConfigReported, Kind, Zones, parse_zones
from provisioning.authority import Role
from provisioning.cli import app
from provisioning.files import write
from provisioning.rollout.drawn import zones_toml
from tests.support import ca
from tests.support.ca import SITE, GuardedBroker
from tests.support.card_depot import lay_out
from tests.support.pretend_unit import BOOT, PretendUnit, obeys
from tests.support.unit import UNIT

SQUARE = [[0.25, 0.4], [0.8, 0.4], [0.8, 0.8], [0.2, 0.8]]
WHOLE = Zones.model_validate(
    {
        "lines": [{"id": "utara", "a": [0.1, 0.6], "b": [0.9, 0.6], "right": "masuk", "left": "keluar"}],
        "zones": [
            {"kind": "no_parking", "id": "tepi", "polygon": SQUARE, "grace_s": 60, "hours": ["06:00-20:00"]},
            {"kind": "no_parking", "id": "dua", "polygon": SQUARE, "days": ["mon", "sat"], "exempt": ["bus"]},
            {"kind": "queue", "id": "antre", "polygon": SQUARE, "approach": "utara"},
        ],
        "calibration": {"image": SQUARE, "metres": [[0, 20], [10, 20.5], [10, 0], [0, 0]]},
    }
)

COORDINATE = st.floats(0.05, 0.95).map(lambda value: round(value, 4))


@given(
    st.lists(
        st.tuples(COORDINATE, COORDINATE, st.from_regex(r"\A[a-z0-9]{1,9}\Z")), unique_by=lambda row: row[2], max_size=5
    )
)
def test_a_drawing_survives_the_file(rows: list[tuple[float, float, str]]) -> None:
    lines = [{"id": name, "a": [x, 0.2], "b": [y, 0.9], "right": "in", "left": "out"} for x, y, name in rows]
    zones = WHOLE.model_copy(update={"lines": Zones.model_validate({"lines": lines}).lines})
    assert parse_zones(zones_toml(zones, "title")) == zones
    assert parse_zones(zones_toml(Zones(), "title")) == Zones()


def test_the_command_fetches_what_units_report(tmp_path: Path) -> None:
    fleet = lay_out(tmp_path)
    authority = ca.authority(tmp_path / "ca")
    ca.put(authority.issue(UNIT, Role.UNIT, ca.now()), tmp_path / "tls")
    console = authority.issue("konsol", Role.CONSOLE, ca.now())
    for file, content in (("ca.pem", console.ca), ("konsol.pem", console.certificate), ("konsol.key", console.key)):
        write(tmp_path / "konsol" / file, content)
    report = ConfigReported(
        boot_id=BOOT, time=datetime.now(UTC), revision=3, outcome="applied", drawn={"dago-1": WHOLE}
    )
    with (
        GuardedBroker(authority, tmp_path / "broker") as broker,
        PretendUnit(broker, SITE, UNIT, tmp_path / "tls", obeys) as unit,
    ):
        unit.say(Kind.CONFIG_REPORTED, report)
        broker.wait_for_log(f"{UNIT}/config/reported")
        place = ["--host", broker.host, "--port", str(broker.port), "--tls", str(tmp_path / "konsol")]
        words = ["rollout", "drawn", "--out", str(tmp_path / "drawn"), "--fleet", str(fleet), "--listen", "1"]
        done = CliRunner().invoke(app, [*words, *place])
    assert done.exit_code == 0, done.output
    assert parse_zones((tmp_path / "drawn/dago-1.zones.toml").read_text()) == WHOLE
