"""Bringing a model's file into this machine's store, from a folder, a web mirror or the address in the register.

Whatever the way, the registered SHA-256 decides: a wrong file, or half of one, is never left in the store.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from models.registry import BUNDLED, ModelError, ModelSpec, registry, resolve, store, verify

LARGEST = 200_000_000
"""Bytes; no detector for a roadside unit is larger."""
_TIMEOUT_S = 30
_WEB = ("http://", "https://")


def fetch(name: str, mirror: str | Path | None = None) -> Path:
    """Where the verified file of model `name` lies, once it was brought from `mirror` or from its own address.

    What comes with Simpang is here already, and only verified. `ModelError` says what is wrong and what to do.
    """
    spec = registry().get(name)
    if spec is None:
        raise ModelError(f"no model {name!r}; registered: {', '.join(registry())}")
    if (BUNDLED / spec.file).is_file():
        return resolve(name).path
    source = _source(spec, mirror)
    store().mkdir(parents=True, exist_ok=True)
    part = store() / f"{spec.file}.part"
    try:
        if isinstance(source, Path):
            shutil.copyfile(source, part)
        else:
            _download(source, part)
        verify(spec, part)
    except (ModelError, OSError):
        part.unlink(missing_ok=True)
        raise
    return part.rename(store() / spec.file)


def _source(spec: ModelSpec, mirror: str | Path | None) -> str | Path:
    if mirror is None:
        if spec.url is None:
            raise ModelError(f"model {spec.name!r} has no address of its own: give a mirror with --from")
        return spec.url
    if str(mirror).startswith(_WEB):
        return f"{str(mirror).rstrip('/')}/{spec.file}"
    source = Path(mirror) / spec.file
    if not source.is_file():
        raise ModelError(f"{source}: no such file; a mirror holds the files under their registered names")
    return source


def _download(address: str, part: Path) -> None:
    try:
        with urlopen(address, timeout=_TIMEOUT_S) as answer, part.open("wb") as file:
            while block := answer.read(1 << 16):
                if file.tell() + len(block) > LARGEST:
                    raise ModelError(f"{address}: more than {LARGEST} bytes: not a detector")
                file.write(block)
    except URLError as error:
        raise ModelError(f"{address}: not to be had ({error.reason}): check the address and the network") from None
