"""The software for units without internet: a folder of wheels with their sums, one for each system.

<bundle>/<system>/SHA256SUMS     of everything below; install.sh checks it before anything is installed
                  wheels/*.whl   simpang, all it needs, and pip itself
                  debs/*.deb     optional: packages that the image lacks (chrony, modemmanager, …)
"""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from contract import ContractError
from provisioning.card.contents import CardFile
from provisioning.fleet import System

SUMS = "SHA256SUMS"


def read_bundle(bundle: Path, system: System) -> tuple[CardFile, ...]:
    """The files of one system's bundle, for below `simpang/`; `ContractError` when it is missing or damaged."""
    folder = bundle / system
    try:
        text = (folder / SUMS).read_text(encoding="utf-8")
    except OSError:
        raise ContractError(
            f"{folder}: there is no bundle; make one with  simpang provision bundle --system {system} --out {bundle}"
        ) from None
    files = [CardFile(PurePosixPath("bundle") / SUMS, text.encode())]
    for line in text.splitlines():
        expected, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise ContractError(f"{path}: missing, or not as {SUMS} says: make the bundle again")
        files.append(CardFile(PurePosixPath("bundle") / name, path))
    wheels = [file.path.name for file in files if file.path.suffix == ".whl"]
    for needed in ("simpang-", "pip-"):
        if not any(name.startswith(needed) for name in wheels):
            raise ContractError(f"{folder}: no {needed}*.whl in it: make the bundle again")
    return tuple(files)


def write_sums(folder: Path) -> None:
    """Write the sums of everything below `folder`, in alphabetical order."""
    files = sorted(one for one in folder.rglob("*") if one.is_file() and one.name != SUMS)
    lines = (f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.relative_to(folder).as_posix()}\n" for one in files)
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
