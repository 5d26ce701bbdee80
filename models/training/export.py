"""Take a trained run out of torch: folded weights, and pictures to calibrate int8 with, as .npz for `tflite`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from models.labelled import read_image, read_set
from models.training.augment import Example, fitted
from models.training.loop import trained
from models.training.network import Network, convolutions
from models.training.pretrained import folded


def write_weights(network: Network, out: Path) -> None:
    """`kernel_N` and `bias_N` of each convolution, in the order in which they run."""
    arrays = {}
    for number, (conv, norm) in enumerate(convolutions(network)):
        arrays[f"kernel_{number}"], arrays[f"bias_{number}"] = folded(conv, norm)
    np.savez(out, **arrays)


def write_calibration(sets: list[Path], out: Path, size: tuple[int, int], count: int) -> None:
    """`frames` (count, h, w, 3) uint8: pictures of the sets as the unit would feed them, evenly drawn."""
    paths = [folder / picture.file for folder in sets for picture in read_set(folder)]
    chosen = paths[:: max(len(paths) // count, 1)][:count]
    width, height = size
    frames = [fitted(Example(read_image(path), *_NOTHING), width, height).image for path in chosen]
    np.savez_compressed(out, frames=np.stack(frames))


_NOTHING = (np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros((0, 4), np.float32))


def main(
    run: Annotated[Path, typer.Argument(help="Folder of the run.")],
    *,
    sets: Annotated[list[Path] | None, typer.Option("--set", help="Sets to draw calibration pictures from.")] = None,
    width: Annotated[int, typer.Option()] = 512,
    height: Annotated[int, typer.Option()] = 288,
    count: Annotated[int, typer.Option(help="Calibration pictures.")] = 150,
) -> None:
    """Write weights.npz, and calibration.npz where sets are given, into the run."""
    write_weights(trained(run), run / "weights.npz")
    if sets:
        write_calibration(sets, run / "calibration.npz", (width, height), count)


if __name__ == "__main__":
    typer.run(main)
