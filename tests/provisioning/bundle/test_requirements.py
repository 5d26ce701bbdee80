"""What goes into a bundle is judged for the unit's Python, not for the one at the depot."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from contract import ContractError
from provisioning.bundle.building import requirements, take_debs
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
