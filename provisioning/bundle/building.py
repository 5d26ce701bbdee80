"""Gather the wheels of a bundle with pip, for another machine than this one.

pip can download for another platform, but reads `python_version < "3.12"` as of the Python it runs on. So the
requirements of `simpang[edge]` are judged here, for the unit's Python, and pip gets those that hold.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from email.parser import Parser
from pathlib import Path

from contract import ContractError
from models.registry import read_entry, verify
from provisioning.bundle.folder import write_sums
from provisioning.fleet import System
from provisioning.terminal import needed

PYTHON = {System.BOOKWORM: "3.11", System.TRIXIE: "3.13", System.JETSON: "3.12"}
"""Of Raspberry Pi OS, and of Ubuntu 24.04 under JetPack 7."""
_GLIBC = {System.BOOKWORM: 36, System.TRIXIE: 41, System.JETSON: 39}
"""Minor version of glibc 2; wheels for an older one run, too."""
_EXTRA = "edge"


def build_bundle(
    out: Path, system: System, source: Path, debs: Path | None = None, adapted: Sequence[Path] = ()
) -> Path:
    """Fill `out/<system>` from Simpang's source tree at `source`; returns that folder.

    `debs` is a folder of Debian packages for the unit's processor that its image lacks; `adapted` are entries
    (NAME.toml, its file beside it) of detectors that `simpang model adapt` offered: they travel in Simpang's own wheel,
    under its signature and through its stages.
    """
    if not (source / "setup.cfg").is_file():
        raise ContractError(f"{source}: this is not Simpang's source tree (no setup.cfg): give --source")
    folder = out / system
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    for old in wheels.glob("*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as copy:
        # setuptools builds inside the tree and would put what an earlier build left there into the wheel.
        tree = Path(copy) / "simpang"
        shutil.copytree(
            source, tree, ignore=shutil.ignore_patterns(".*", "build", "dist", "tests", "var", "*.egg-info")
        )
        take_adapted(adapted, tree / "models" / "bundled")
        _pip("wheel", "--no-deps", "--wheel-dir", str(wheels), str(tree))
    ours = next(wheels.glob("simpang-*.whl"), None)
    if ours is None:
        raise ContractError(f"{source}: pip made no wheel of Simpang from it: is this its source tree?")
    _pip("download", *_target(system), "--dest", str(wheels), *requirements(ours, system), "pip")
    take_debs(debs, folder / "debs")
    write_sums(folder)
    return folder


def take_adapted(entries: Sequence[Path], bundled: Path) -> None:
    """Put adapted detectors among the bundled ones; `ModelError` for one that is not what its entry says."""
    for entry in entries:
        spec = read_entry(entry)
        file = entry.with_name(spec.file)
        if not file.is_file():
            raise ContractError(f"{entry}: its file {spec.file} is not beside it: give the folder that adapt wrote")
        verify(spec, file)
        shutil.copy(entry, bundled / f"{spec.name}.toml")
        shutil.copy(file, bundled / spec.file)


def take_debs(debs: Path | None, place: Path) -> None:
    """Copy Debian packages into a bundle, instead of those it has; `ContractError` unless all are for the unit."""
    shutil.rmtree(place, ignore_errors=True)
    if debs is None:
        return
    found = sorted(debs.glob("*.deb"))
    foreign = next((one.name for one in found if not one.stem.endswith(("_arm64", "_all"))), None)
    if not found or foreign:
        raise ContractError(f"{debs}: {foreign or 'no *.deb in it'}: packages for arm64 (or all) are needed")
    place.mkdir()
    for one in found:
        shutil.copy(one, place / one.name)


def requirements(wheel: Path, system: System) -> tuple[str, ...]:
    """What `simpang[edge]` in `wheel` needs on `system`."""
    return tuple(_holding(wheel, _markers(system)))


def _holding(wheel: Path, markers: dict[str, str]) -> Iterator[str]:
    with zipfile.ZipFile(wheel) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        told = Parser().parsestr(archive.read(name).decode())
    for text in told.get_all("Requires-Dist", []):
        requirement = needed("packaging.requirements").Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({**markers, "extra": _EXTRA}):
            requirement.marker = None
            yield str(requirement)


def _markers(system: System) -> dict[str, str]:
    """The unit's environment as PEP 508 names it."""
    return {
        "python_version": PYTHON[system],
        "python_full_version": f"{PYTHON[system]}.0",
        "platform_machine": "aarch64",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


def _target(system: System) -> tuple[str, ...]:
    """pip's options for a 64-bit ARM board."""
    version = PYTHON[system].replace(".", "")
    platforms = ["manylinux2014_aarch64", *(f"manylinux_2_{minor}_aarch64" for minor in range(_GLIBC[system], 16, -1))]
    abis = (f"cp{version}", "abi3", "none")
    return (
        "--only-binary=:all:",
        *("--implementation", "cp", "--python-version", version),
        *(word for platform in platforms for word in ("--platform", platform)),
        *(word for abi in abis for word in ("--abi", abi)),
    )


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join(done.stderr.strip().splitlines()[-2:])
        raise ContractError(f"pip {arguments[0]} failed: {said[:600]}")
