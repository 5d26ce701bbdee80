"""Take a trained run out of torch: folded weights as .npz for `tflite`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from models.training.loop import trained
from models.training.network import Network, convolutions
from models.training.pretrained import folded


def folded_weights(network: Network) -> dict[str, NDArray[np.float32]]:
    """`kernel_N` and `bias_N` of each convolution, in the order in which they run."""
    arrays = {}
    for number, (conv, norm) in enumerate(convolutions(network)):
        arrays[f"kernel_{number}"], arrays[f"bias_{number}"] = folded(conv, norm)
    return arrays


def main(run: Annotated[Path, typer.Argument(help="Folder of the run.")]) -> None:
    """Write weights.npz into the run."""
    np.savez(run / "weights.npz", **folded_weights(trained(run)))


if __name__ == "__main__":
    typer.run(main)
