"""The register of detectors: what each file is, how it is fed and read, and whether it is the file it says it is.

`registry.toml` beside this file lists them. A detector that was adapted to a city (`models/adaptation`) has
a `NAME.toml` of its own, in the store or, where an update brought it, among the bundled. Nothing runs whose SHA-256 is
not the registered one.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from contract import ContractError, Model, Sha256, VehicleClass, explain

BUNDLED = Path(__file__).parent / "bundled"
_REGISTRY = Path(__file__).with_name("registry.toml")

Side = Annotated[int, Field(ge=32, le=2048, multiple_of=32)]
Channel = tuple[float, float, float]


class ModelError(ContractError):
    """A model that is unknown, missing or not the file it should be; the text says what to do."""


class ModelSpec(Model):
    """One detector: its file, its input and the way its outputs are read."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,59}$")
    file: str = Field(max_length=120, description="File name in the store or among the bundled.")
    sha256: Sha256
    url: str | None = Field(
        default=None, max_length=300, pattern="^https?://", description="Where the file can be had, if anywhere."
    )
    width: Side = Field(description="Input width in pixels.")
    height: Side = Field(description="Input height in pixels.")
    decoder: Literal["yolox", "nanodet", "fastestdet", "ssd"]
    fit: Literal["letterbox", "stretch"] = Field(
        default="letterbox", description="Whether the picture keeps its proportions in the input."
    )
    channels: Literal["bgr", "rgb"] = Field(default="bgr", description="Order of the colours the network was shown.")
    memory: int = Field(
        default=0,
        ge=0,
        le=8,
        description="Inputs after the picture that take back the last outputs: a recurrent state.",
    )
    mean: Channel = Field(
        default=(0, 0, 0), description="Taken from each channel (0..255, in the order of `channels`)."
    )
    std: Channel = Field(default=(1, 1, 1), description="What remains is divided by it.")
    labels: Literal["coco", "simpang", "coral-traffic"] = Field(description="Order of the class scores.")
    threshold: float = Field(default=0.25, gt=0, lt=1, description="Score from which a box counts as seen.")
    licence: str = Field(max_length=60)
    origin: str = Field(max_length=200, description="Where the weights come from.")
    seen: tuple[str, ...] = Field(
        default=(),
        description="Clips whose frames trained it (names as in truth.json); no table may count them as new.",
    )


class _Registry(Model):
    default: str
    models: tuple[ModelSpec, ...]


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A verified file and how to use it."""

    spec: ModelSpec
    path: Path


_COCO = {
    0: VehicleClass.PERSON,
    1: VehicleClass.BICYCLE,
    2: VehicleClass.CAR,
    3: VehicleClass.MOTORCYCLE,
    5: VehicleClass.BUS,
    7: VehicleClass.TRUCK,
    # A car seen from straight above is a "cell phone" to COCO, and no phone lies on a road.
    67: VehicleClass.CAR,
}
LABELS: dict[str, dict[int, VehicleClass]] = {
    "coco": _COCO,
    "simpang": dict(enumerate(VehicleClass)),
    # Nobody published the names of its three classes of vehicle.
    "coral-traffic": dict.fromkeys(range(3), VehicleClass.CAR),
}
"""Label set -> index of a class score -> what we call it; other scores are of no interest on a road."""


def registry() -> dict[str, ModelSpec]:
    """Every registered model by name; the default comes first. Raises `ModelError` for an entry that is none."""
    return _with_adapted((BUNDLED, store()))


@cache
def shipped() -> dict[str, ModelSpec]:
    """The models of `registry.toml`; the default comes first."""
    listed = _read()
    return {spec.name: spec for spec in sorted(listed.models, key=lambda spec: spec.name != listed.default)}


@cache
def _with_adapted(folders: tuple[Path, ...]) -> dict[str, ModelSpec]:
    found = dict(shipped())
    for path in [path for folder in folders for path in sorted(folder.glob("*.toml"))]:
        spec = read_entry(path)
        # What is shipped keeps its name: who asks for it gets what this register says.
        if found.setdefault(spec.name, spec) is not spec:
            raise ModelError(f"{path}: {spec.name!r} is registered already: give the adapted model a name of its own")
    return found


def read_entry(path: Path) -> ModelSpec:
    """One model's entry: a file that holds the table which `registry.toml` has under `[[models]]`."""
    try:
        return ModelSpec.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise ModelError(str(explain(error, str(path)))) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{path}: not an entry of the register ({error})") from None


def default_name() -> str:
    """The model that is used when none is named."""
    return _read().default


@cache
def _read() -> _Registry:
    try:
        return _Registry.model_validate(tomllib.loads(_REGISTRY.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise explain(error, _REGISTRY.name) from None


def store() -> Path:
    """Folder of pulled models: `SIMPANG_MODELS`, or the user's data folder."""
    return Path(os.environ.get("SIMPANG_MODELS") or Path.home() / ".local/share/simpang/models")


def resolve(name_or_path: str) -> ResolvedModel:
    """Find a model by its registered name, or a file by its hash, and verify it.

    Raises `ModelError` when the name is unknown, the file is missing, or its hash is not the registered one.
    """
    # A spoilt entry beside them must not keep a unit from what it was shipped with.
    spec = shipped().get(name_or_path) or registry().get(name_or_path)
    if spec is not None:
        path = next((place for place in places(spec) if place.is_file()), None)
        if path is None:
            raise ModelError(
                f"model {spec.name!r} is not on this machine: fetch it with  simpang model pull {spec.name} --from DIR"
            )
        verify(spec, path)
        return ResolvedModel(spec, path)
    path = Path(name_or_path)
    if not path.is_file():
        raise ModelError(f"no model {name_or_path!r}: neither a file nor one of {', '.join(registry())}")
    found = sha256(path)
    for known in registry().values():
        if known.sha256 == found:
            return ResolvedModel(known, path)
    raise ModelError(f"{path}: not a registered model (sha256 {found}); how it is fed and read is unknown")


def places(spec: ModelSpec) -> tuple[Path, ...]:
    """Where the file of a model may lie, in order of preference."""
    return (BUNDLED / spec.file, store() / spec.file)


def verify(spec: ModelSpec, path: Path) -> None:
    """Raise `ModelError` unless `path` holds the registered bytes."""
    found = sha256(path)
    if found != spec.sha256:
        raise ModelError(
            f"{path}: this is not {spec.name!r}: its sha256 is {found}, registered is {spec.sha256}. "
            f"Delete it and fetch it again with  simpang model pull {spec.name} --from DIR"
        )


def sha256(path: Path) -> str:
    """Hash of a file, lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
