"""What may be drawn: the contract's own rules, every refusal of theirs in Indonesian, and the help with aiming."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contract import Zones, zones
from edge.page.aim import aim
from edge.page.refusal import examine, translated

LINE = {"id": "utara", "a": [0.1, 0.6], "b": [0.9, 0.6], "right": "masuk", "left": "keluar"}
SQUARE = [[0.2, 0.4], [0.8, 0.4], [0.8, 0.8], [0.2, 0.8]]
KERB = {"kind": "no_parking", "id": "tepi", "polygon": SQUARE}
GROUND = {"image": SQUARE, "metres": [[0, 20], [10, 20], [10, 0], [0, 0]]}


def line(**changed: object) -> dict[str, Any]:
    return {"lines": [LINE | changed]}


def zone(**changed: object) -> dict[str, Any]:
    return {"zones": [KERB | changed]}


def ground(**changed: object) -> dict[str, Any]:
    return {"calibration": GROUND | changed}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (zone(polygon=[[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]), "zona tepi, sudut", "tidak punya luas"),
    (zone(polygon=[[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.8]]), "zona tepi, sudut", "sisi 1 dan 3"),
    (line(b=[0.11, 0.6]), "garis utara", "terlalu pendek"),
    (line(left="masuk"), "garis utara", "kedua arah bernama masuk"),
    (line(a=[0.1, 0.0], b=[0.9, 0.0]), "garis utara", "di tepi gambar"),
    (zone(hours=["6-20"]), "zona tepi, jam", "jam 6-20: tulis seperti"),
    (ground(metres=[[0, 0]] * 5), "kalibrasi", "4 titik gambar untuk 5 tempat"),
    (ground(image=[[0.1, 0.1], [0.2, 0.2], [0.3, 0.3], [0.4, 0.4]]), "kalibrasi", "hampir segaris"),
    (ground(metres=[[10, 0], [0, 20], [10, 20], [0, 0]]), "kalibrasi", "tidak membentuk bidang"),
    ({"lines": [LINE, LINE]}, "gambar", "dua kali: utara"),
    (line(a=[0.1, 1.2]), "garis utara, ujung a", "terlalu besar, paling banyak 1"),
    (line(a=[-0.1, 0.2]), "garis utara, ujung a", "terlalu kecil, paling sedikit 0"),
    (line(id="Jalan Utara"), "garis Jalan Utara, nama", "huruf kecil"),
    (line(right=""), "garis utara, nama arah kanan", "huruf kecil"),
    ({"lines": [{"id": "x"}]}, "garis x, ujung a", "belum diisi"),
    (zone(polygon=SQUARE[:2]), "zona tepi, sudut", "paling sedikit 3"),
    (zone(kind="parkir"), "zona tepi", "jenis zona tidak dikenal"),
    ({"zones": [{"id": "x", "polygon": SQUARE}]}, "zona x", "jenis zona belum dipilih"),
    (zone(grace_s="lama"), "zona tepi, tenggang", "harus angka"),
    (zone(days=["senin"]), "zona tepi, hari", "bukan salah satu pilihan"),
    (line(warna="kuning"), "garis utara", "tidak dikenal"),
]


@pytest.mark.parametrize(("drawn", "where", "says"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_is_refused_and_the_words_for_it(drawn: dict[str, Any], where: str, says: str) -> None:
    zones, refusals = examine(drawn)
    assert zones is None
    assert where in refusals[0].where
    assert says in refusals[0].id
    assert refusals[0].en


def test_every_sentence_of_the_contract_has_its_translation() -> None:
    """A rule that is added to contract/zones.py without words for technicians fails here."""
    source = inspect.getsource(zones)
    raised = re.findall(r"raise ValueError\(\s*((?:f?\"(?:[^\"\\]|\\.)*\"|f?'(?:[^'\\]|\\.)*'|\s)+)", source)
    assert len(raised) >= 9
    for text in raised:
        said = "".join(re.findall(r"[\"'](.*?)[\"']\s*(?:\n|$)", text)) or text.strip().strip("f").strip("\"'")
        for name, value in EXAMPLES:
            said = said.replace(name, value)
        assert translated(said) != said, said


EXAMPLES = [
    ("{self.id!r}", "'utara'"),
    ("{self.right!r}", "'masuk'"),
    ("{length:.3f}", "0.010"),
    ("{_REACH}", "0.02"),
    ("{i + 1}", "1"),
    ("{j + 1}", "3"),
    ("{text!r}", "'6-20'"),
    ("{len(self.image)}", "4"),
    ("{len(self.metres)}", "5"),
    ("{what}", "line"),
    ("all line", "all picture points"),
    ("{', '.join(twice)}", "utara"),
]


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "lines": st.lists(st.dictionaries(st.sampled_from(["id", "a", "b", "right", "left", "x"]), st.integers())),
            "zones": st.lists(st.dictionaries(st.sampled_from(["id", "kind", "polygon"]), st.text(max_size=5))),
            "calibration": st.none() | st.integers() | st.dictionaries(st.text(max_size=3), st.integers()),
        },
    )
)
def test_it_refuses_exactly_what_the_contract_refuses(drawn: dict[str, Any]) -> None:
    try:
        expected: Zones | None = Zones.model_validate(drawn)
    except ValidationError:
        expected = None
    found, refusals = examine(drawn)
    assert found == expected
    assert bool(refusals) is (expected is None)


def test_help_with_aiming() -> None:
    zones, _ = examine(ground() | zone())
    assert zones is not None
    found = aim(zones)
    assert found.coverage == {"tepi": 0.24}
    assert found.residual_m == 0
    assert found.horizon is None, "seen from straight above there is none"
    slanted = [[0.4, 0.4], [0.6, 0.4], [0.9, 0.9], [0.1, 0.9]]
    zones, _ = examine(ground(image=[*slanted, [0.5, 0.6]], metres=[[0, 40], [10, 40], [10, 0], [0, 0], [5, 5]]))
    assert zones is not None
    found = aim(zones)
    assert found.horizon is not None
    assert found.horizon[0][1] == pytest.approx(found.horizon[1][1], abs=0.1)
    assert 0 < found.horizon[0][1] < 0.4
    assert found.residual_m is not None
    assert found.residual_m > 0.1
