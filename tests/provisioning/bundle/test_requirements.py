"""What goes into a bundle is judged for the unit's Python, not for the one at the depot."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from contract import ContractError
from models import registry
from provisioning.bundle.building import requirements, take_adapted, take_debs
from provisioning.fleet import System

METADATA = """\
Metadata-Version: 2.1
Name: simpang
Version: 0.1.0
Requires-Dist: pydantic<3,>=2.7
Requires-Dist: numpy<2,>=1.26; python_version < "3.12" and extra == "edge"
Requires-Dist: numpy>=2; python_version >= "3.12" and extra == "edge"
Requires-Dist: tflite-runtime>=2.14; python_version < "3.12" and extra == "edge"
Requires-Dist: ai-edge-litert>=1.2; python_version >= "3.12" and extra == "edge"
Requires-Dist: nicegui<4,>=3; extra == "collector"
Requires-Dist: pywin32; sys_platform == "win32"
"""


@pytest.mark.parametrize(
    ("system", "names", "numpy"),
    [
        (System.BOOKWORM, {"pydantic", "numpy", "tflite-runtime"}, "<2,>=1.26"),
        (System.TRIXIE, {"pydantic", "numpy", "ai-edge-litert"}, ">=2"),
        (System.JETSON, {"pydantic", "numpy", "ai-edge-litert"}, ">=2"),
    ],
)
def test_each_system_gets_what_its_python_needs(system: System, names: set[str], numpy: str, tmp_path: Path) -> None:
    wheel = tmp_path / "simpang-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("simpang-0.1.0.dist-info/METADATA", METADATA)
    found = {one.name: str(one.specifier) for one in map(Requirement, requirements(wheel, system))}
    assert set(found) == names
    assert found["numpy"] == numpy


@pytest.mark.parametrize(
    ("names", "message"), [((), "no .*deb in it"), (("chrony_4.3_arm64.deb", "nft_1.0_amd64.deb"), "nft_1.0_amd64.deb")]
)
def test_packages_for_another_processor_are_refused(names: tuple[str, ...], message: str, tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(ContractError, match=message):
        take_debs(tmp_path, tmp_path / "bundle")


ENTRY = """\
name = "simpang-nano-dago"
file = "simpang-nano-dago.tflite"
sha256 = "{sha256}"
width = 640
height = 384
decoder = "yolox"
labels = "simpang"
licence = "Apache-2.0"
origin = "adapted"
"""


def adapted(folder: Path) -> Path:
    """An adapted detector as `simpang model adapt` leaves it; its weights are those of the bundled one."""
    folder.mkdir()
    weights = shutil.copy(registry.BUNDLED / "simpang_nano.tflite", folder / "simpang-nano-dago.tflite")
    entry = folder / "simpang-nano-dago.toml"
    entry.write_text(ENTRY.format(sha256=registry.sha256(Path(weights))), encoding="utf-8")
    return entry


def test_an_adapted_detector_travels_in_the_wheel_and_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = tmp_path / "bundled"
    bundled.mkdir()
    take_adapted([adapted(tmp_path / "result")], bundled)
    monkeypatch.setattr(registry, "BUNDLED", bundled)
    monkeypatch.setenv("SIMPANG_MODELS", str(tmp_path / "empty"))
    assert registry.resolve("simpang-nano-dago").path.parent == bundled


def test_an_adapted_detector_that_is_not_what_its_entry_says_does_not_travel(tmp_path: Path) -> None:
    entry = adapted(tmp_path / "result")
    file = entry.with_suffix(".tflite")
    file.write_bytes(b"another")
    with pytest.raises(ContractError, match="its sha256 is"):
        take_adapted([entry], tmp_path)
    file.unlink()
    with pytest.raises(ContractError, match="is not beside it"):
        take_adapted([entry], tmp_path)
