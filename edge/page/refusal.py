"""Why a drawing is refused, in Indonesian: the contract's own rules speak English, for those who write files.

Each sentence of contract/zones.py has its line here; a test goes through all of them. An unknown one is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from contract import ContractError, Model, Zones
from edge.measures.ground import Ground


class Refusal(Model):
    """One fault: where, in both languages."""

    where: str
    id: str
    en: str


_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"the polygon has no area", "bidang ini tidak punya luas: sentuh sudut-sudutnya berurutan mengelilinginya"),
    (
        r"the polygon crosses itself \(sides (\d+) and (\d+)\)",
        r"sisi \1 dan \2 saling memotong: sentuh sudut-sudutnya berurutan mengelilinginya",
    ),
    (r"line '.*' is ([\d.]+) long: draw it at least ([\d.]+)", r"garis terlalu pendek (\1): paling sedikit \2 gambar"),
    (r"line '.*': right and left are both called '(.*)'", r"kedua arah bernama \1: beri nama yang berbeda"),
    (
        r"line '.*' cannot be crossed",
        "garis ini tidak dapat dilewati: ia di tepi gambar; geser ke dalam paling sedikit 0,04",
    ),
    (r"hours '(.*)': write them", r"jam \1: tulis seperti 06:00-20:00"),
    (r"(\d+) picture points for (\d+) places", r"\1 titik gambar untuk \2 tempat dalam meter: jumlahnya harus sama"),
    (
        r"all (picture points|places in metres) but one",
        "titik kalibrasi hampir segaris: beri empat sudut, tidak ada tiga yang segaris",
    ),
    (r"(line|zone) id used twice: (.*)", r"nama dipakai dua kali: \2"),
    (
        r"calibration: the points determine no road plane",
        "titik kalibrasi tidak membentuk bidang jalan: periksa urutannya, dan jangan ada yang di cakrawala",
    ),
)
_TYPES: Mapping[str, str] = {
    "greater_than_equal": "terlalu kecil, paling sedikit {ge}",
    "less_than_equal": "terlalu besar, paling banyak {le}",
    "string_pattern_mismatch": "nama hanya boleh huruf kecil, angka, - dan _ (contoh: utara-1)",
    "missing": "belum diisi",
    "too_short": "terlalu sedikit, paling sedikit {min_length}",
    "too_long": "terlalu banyak, paling banyak {max_length}",
    "string_too_short": "terlalu pendek",
    "string_too_long": "terlalu panjang",
    "string_type": "harus tulisan",
    "float_type": "harus angka",
    "float_parsing": "harus angka",
    "finite_number": "harus angka",
    "extra_forbidden": "tidak dikenal",
    "enum": "bukan salah satu pilihan",
    "literal_error": "bukan salah satu pilihan",
    "union_tag_invalid": "jenis zona tidak dikenal",
    "union_tag_not_found": "jenis zona belum dipilih",
}
_PARTS: Mapping[str, str] = {
    "lines": "garis",
    "zones": "zona",
    "calibration": "kalibrasi",
    "image": "titik",
    "metres": "meter titik",
    "polygon": "sudut",
    "a": "ujung a",
    "b": "ujung b",
    "id": "nama",
    "right": "nama arah kanan",
    "left": "nama arah kiri",
    "approach": "pendekat",
    "kind": "jenis",
    "grace_s": "tenggang",
    "hours": "jam",
    "days": "hari",
    "exempt": "pengecualian",
}


def examine(drawn: Mapping[str, object]) -> tuple[Zones | None, tuple[Refusal, ...]]:
    """What is drawn over one camera, by the very rules of contract/zones.py: zones, or why not."""
    try:
        zones = Zones.model_validate(drawn)
        if zones.calibration is not None:
            Ground.fit(zones.calibration)
    except ValidationError as error:
        return None, tuple(_refusals(error, drawn))
    except ContractError as error:
        return None, (Refusal(where="kalibrasi", id=translated(str(error)), en=str(error)),)
    return zones, ()


def translated(sentence: str) -> str:
    """One of the contract's sentences in Indonesian; itself when it is none."""
    for pattern, indonesian in _SENTENCES:
        found = re.search(pattern, sentence)
        if found:
            return found.expand(indonesian)
    return sentence


def _refusals(error: ValidationError, drawn: Mapping[str, object]) -> Iterator[Refusal]:
    for item in error.errors(include_url=False)[:8]:
        english = item["msg"].removeprefix("Value error, ")
        pattern = _TYPES.get(item["type"])
        said = pattern.format(**item.get("ctx", {})) if pattern else translated(english)
        yield Refusal(where=_place(item["loc"], drawn), id=said, en=english)


def _place(path: Sequence[int | str], drawn: Mapping[str, object]) -> str:
    """`lines.0.a.1` as people say it: garis utara, ujung a."""
    words: list[str] = []
    at: object = drawn
    for part in path:
        at = _within(at, part)
        if isinstance(part, str) and part in _PARTS:
            words.append(_PARTS[part])
        elif isinstance(part, int) and words and words[-1] in {"garis", "zona"}:
            name = at.get("id") if isinstance(at, Mapping) else None
            words[-1] += f" {name}" if isinstance(name, str) and name else f" {part + 1}"
        elif isinstance(part, int) and words and words[-1] in {"sudut", "titik", "meter titik"}:
            words[-1] += f" {part + 1}"
    return ", ".join(words) or "gambar"


def _within(value: object, part: int | str) -> object:
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, Sequence) and not isinstance(value, str) and isinstance(part, int) and part < len(value):
        return value[part]
    return value if isinstance(part, str) else None
