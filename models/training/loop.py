"""The training loop: `python -m models.training.loop RUN --set DIR --set DIR=0.4 ...`.

A run is a folder. Stopped and started again it goes on after its last whole epoch; with the same seed and sets it
draws the same pictures. It keeps `checkpoint.pt` (all it needs to go on), `log.csv` and `curves.png`. On a machine that
does other work as well set OMP_WAIT_POLICY=PASSIVE: torch's threads otherwise burn ten times the work in waiting.
"""

from __future__ import annotations

import copy
import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypedDict

import torch
import typer
from pydantic import Field
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn
from torch import Tensor, nn
from torch.utils.data import DataLoader

from contract import Model, VehicleClass
from models.training.curves import draw
from models.training.loss import Costs, answers, costs
from models.training.network import Network
from models.training.pictures import Batch, Batches, Source
from models.training.pretrained import coco_network, simpang_network, unfold

SIZES = ((416, 256), (512, 288), (576, 320))
"""Width and height of the batches, drawn anew for each: about the picture of a camera, at several distances."""


class Settings(Model):
    """What a run does; stored with it."""

    epochs: int = Field(default=20, ge=1, le=1000)
    batches: int = Field(default=100, ge=1, le=100_000, description="Batches in an epoch.")
    batch: int = Field(default=8, ge=1, le=256, description="Pictures in a batch.")
    rate: float = Field(default=6e-4, gt=0, le=1, description="Highest learning rate (AdamW).")
    warmup: int = Field(default=100, ge=0, le=10_000, description="Batches until the rate is reached.")
    decay: float = Field(default=0.02, ge=0, le=1, description="Weight decay.")
    average: float = Field(default=0.998, ge=0, lt=1, description="Of the running mean of the weights.")
    seed: int = Field(default=39, ge=0)


class Checkpoint(TypedDict):
    """All that a run needs to go on."""

    epoch: int
    network: dict[str, Tensor]
    mean: dict[str, Tensor]
    optimiser: dict[str, object]


@dataclass
class Trainer:
    """A network in training, its running mean, and where it stands."""

    network: Network
    settings: Settings

    def __post_init__(self) -> None:
        self.mean = copy.deepcopy(self.network).eval()
        self.epoch = 0
        for part in self._kept():
            part.requires_grad_(requires_grad=False)
        taught = [each for each in self.network.parameters() if each.requires_grad]
        decayed = [each for each in taught if each.ndim > 1]
        plain = [each for each in taught if each.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": self.settings.decay}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=self.settings.rate)

    def _kept(self) -> tuple[nn.Module, ...]:
        """Layers that stay as COCO taught them: edges and colours are the same from a mast, and cost the most."""
        return self.network.backbone.stem, self.network.backbone.dark2

    def learn(self, batch: Batch, step: int) -> Costs:
        """One step of the optimiser; what it cost."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate(step)
        pictures, truths = batch
        self.network.train()
        for part in self._kept():
            part.eval()
        cost = costs(answers(self.network(pictures.float())), truths)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(cost.total)
        nn.utils.clip_grad_norm_(self.network.parameters(), 20.0)
        self.optimiser.step()
        self._follow(step)
        return cost

    def rate(self, step: int) -> float:
        """Learning rate: a ramp, then half a cosine down to a fiftieth."""
        whole = self.settings.epochs * self.settings.batches
        if step < self.settings.warmup:
            return self.settings.rate * (step + 1) / self.settings.warmup
        way = (step - self.settings.warmup) / max(whole - self.settings.warmup, 1)
        return self.settings.rate * (0.02 + 0.98 * (1 + math.cos(math.pi * min(way, 1))) / 2)

    @torch.no_grad()
    def _follow(self, step: int) -> None:
        """Let the running mean of the weights follow; faster at first."""
        keep = self.settings.average * (1 - math.exp(-(step + 1) / 200))
        new = self.network.state_dict()
        for name, value in self.mean.state_dict().items():
            if value.is_floating_point():
                value.mul_(keep).add_(new[name], alpha=1 - keep)
            else:
                value.copy_(new[name])

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all."""
        part = path.with_suffix(".part")
        state: Checkpoint = {
            "epoch": self.epoch,
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        torch.save(state, part)
        part.rename(path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state: Checkpoint = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.epoch = state["epoch"]


def trained(run: Path) -> Network:
    """The running mean of a run's weights: the network that is shipped."""
    network = Network(len(VehicleClass))
    state: Checkpoint = torch.load(run / "checkpoint.pt", weights_only=True)
    network.load_state_dict(state["mean"])
    return network.eval()


def train(run: Path, sources: list[Source], start: Network, settings: Settings) -> None:
    """Train until the last epoch, from wherever the run stands."""
    run.mkdir(parents=True, exist_ok=True)
    (run / "settings.json").write_text(settings.model_dump_json(indent=1))
    data = Batches(sources, SIZES, batch=settings.batch, number=settings.batches)
    checkpoint = run / "checkpoint.pt"
    if not checkpoint.is_file():
        torch.manual_seed(settings.seed)
        data.seed = (settings.seed, 0)
        unfold(start, (data[number][0].float() for number in range(min(8, settings.batches))))
    trainer = Trainer(start, settings)
    if checkpoint.is_file():
        trainer.resume(checkpoint)
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), TimeElapsedColumn()) as progress:
        bar = progress.add_task(run.name, total=settings.epochs * settings.batches)
        while trainer.epoch < settings.epochs:
            data.seed = (settings.seed, trainer.epoch + 1)
            sums = [0.0, 0.0, 0.0]
            begun = trainer.epoch * settings.batches
            for number, batch in enumerate(_loaded(data)):
                cost = trainer.learn(batch, begun + number)
                sums = [total + float(part.detach()) for total, part in zip(sums, cost, strict=True)]
                progress.update(bar, completed=begun + number + 1)
            trainer.epoch += 1
            trainer.save(checkpoint)
            _note(run / "log.csv", trainer, [total / settings.batches for total in sums])
            draw(run)


def _loaded(data: Batches) -> Iterator[Batch]:
    """The batches, prepared by a process beside the one that learns."""
    return iter(DataLoader(data, batch_size=None, num_workers=1, prefetch_factor=4))


def _note(log: Path, trainer: Trainer, parts: list[float]) -> None:
    fresh = not log.is_file()
    with log.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(["epoch", "rate", "box", "obj", "cls"])
        rate = trainer.rate(trainer.epoch * trainer.settings.batches)
        writer.writerow([trainer.epoch, f"{rate:.6f}", *(f"{part:.4f}" for part in parts)])


def source(text: str) -> Source:
    """A set and its share, as the command line names them: DIR or DIR=0.4."""
    folder, _, share = text.partition("=")
    return Source(Path(folder), float(share or 1))


def main(
    run: Annotated[Path, typer.Argument(help="Folder of the run; made, or gone on with.")],
    *,
    sets: Annotated[list[str], typer.Option("--set", help="Labelled set, and its share: DIR or DIR=0.4.")],
    weights: Annotated[Path | None, typer.Option(help="YOLOX-nano's COCO weights (ONNX).")] = None,
    start: Annotated[Path | None, typer.Option(help="Run whose result to start from instead.")] = None,
    epochs: Annotated[int, typer.Option(min=1)] = 20,
    batches: Annotated[int, typer.Option(min=1)] = 100,
    rate: Annotated[float, typer.Option(min=0)] = 6e-4,
    threads: Annotated[int, typer.Option(min=1, help="More than one pays only on a machine that is idle.")] = 1,
) -> None:
    """Train Simpang's detector."""
    torch.set_num_threads(threads)
    if start is not None:
        network = trained(start)
    elif weights is not None:
        network = simpang_network(coco_network(weights))
    else:
        raise typer.BadParameter("give --weights FILE.onnx, or --start RUN")
    train(run, [source(each) for each in sets], network, Settings(epochs=epochs, batches=batches, rate=rate))


if __name__ == "__main__":
    typer.run(main)
