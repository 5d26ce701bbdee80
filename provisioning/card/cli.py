"""`simpang provision card` and `batch`: at the depot's workbench."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from contract import ContractError
from provisioning.authority import Authority
from provisioning.card.bench import Bench
from provisioning.card.device import check_device
from provisioning.card.writing import Progress as Tell
from provisioning.files import SECRET, write
from provisioning.fleet import Depot, System, Unit, load_fleet
from provisioning.label import Label, labels_pdf
from provisioning.readiness import lacking
from provisioning.terminal import DEFAULT_CA, Folder, PassphraseFile, now, passphrase, say, told

FleetFile = Annotated[Path, typer.Option("--fleet", help="Berkas armada / fleet file.")]
DEFAULT_FLEET = Path("fleet.toml")


def fleet(file: Annotated[Path, typer.Argument(help="Berkas armada / fleet file.")] = DEFAULT_FLEET) -> None:
    """Periksa berkas armada: whether every unit has all that its card needs. Exit code 1 while something lacks."""
    with told():
        depot = load_fleet(file)
        whole = f"{file}: {len(depot.units)} unit, {len(depot.site.camera_places)} kamera / cameras"
        missing = list(lacking(depot))
        if missing:
            say("\n  - ".join([f"{whole}: BELUM LENGKAP / NOT COMPLETE YET", *missing]))
            raise typer.Exit(1)
        say(f"{whole}: baik / good")


def card(
    unit: Annotated[str, typer.Option(help="Nama unit / id of the unit, as in the fleet file.")],
    image: Annotated[Path | None, typer.Option(help="Citra .img atau .img.xz / image, .img or .img.xz.")] = None,
    out: Annotated[Path | None, typer.Option(help="Hasil: citra atau tar / image (or Jetson tarball) to make.")] = None,
    boot: Annotated[Path | None, typer.Option(help="Folder boot kartu / boot partition of a written card.")] = None,
    device: Annotated[Path | None, typer.Option(help="Kartu di pembaca / card in a reader, such as /dev/sdX.")] = None,
    *,
    label: Annotated[Path | None, typer.Option(help="Tulis label PDF / write the label.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Jangan bertanya / do not ask before overwriting.")] = False,
    fleet: FleetFile = DEFAULT_FLEET,
    ca: Folder = DEFAULT_CA,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Siapkan satu kartu: one unit's card, on a device, as an image file, or beside a written system."""
    with told():
        depot = load_fleet(fleet)
        wanted = depot.unit(unit)
        if sum(one is not None for one in (out, boot, device)) != 1:
            raise ContractError(
                "pilih satu tujuan / say where to: --device /dev/sdX, --out FILE, --boot FOLDER (one of them)"
            )
        with _bench(depot, ca, passphrase_file) as bench:
            made = _prepare(bench, wanted, image, out=out, boot=boot, device=device, yes=yes)
        if label is not None:
            write(label, labels_pdf([made]), SECRET)
        say(f"{unit}: siap / ready. Kartu {made.fingerprint[:8]}")


def batch(
    out: Annotated[Path, typer.Option(help="Folder hasil / folder for images, tarballs and labels.pdf.")],
    only: Annotated[list[str] | None, typer.Option(help="Hanya unit ini / only this unit; may be repeated.")] = None,
    *,
    fleet: FleetFile = DEFAULT_FLEET,
    ca: Folder = DEFAULT_CA,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Siapkan seluruh armada: an image or tarball and a label for each unit. What is there already stays."""
    with told():
        depot = load_fleet(fleet)
        wanted = [depot.unit(name) for name in only or depot.units]
        todo = [one for one in wanted if not _file_of(one, out).exists()]
        with _bench(depot, ca, passphrase_file) as bench:
            sources = {
                system: bench.source(system, None)
                for system in (System.BOOKWORM, System.TRIXIE)
                if any(one.system is system for one in todo)
            }
            for one in todo:
                target = _file_of(one, out)
                source = sources.get(one.system)
                made = bench.image(one, source, target) if source else bench.tarball(one, target)
                write(out / "labels" / f"{one.id}.pdf", labels_pdf([made]), SECRET)
        say(f"{out}: {len(todo)} dibuat / made, {len(wanted) - len(todo)} sudah ada / there already")


def _prepare(
    bench: Bench,
    unit: Unit,
    image: Path | None,
    *,
    out: Path | None,
    boot: Path | None,
    device: Path | None,
    yes: bool,
) -> Label:
    if boot is not None:
        return bench.boot(unit, boot)
    if unit.system is System.JETSON:
        if out is None:
            raise ContractError(
                f"{unit.id}: Jetson; tulis --out {unit.id}.tar, salin ke Jetson, buka, jalankan"
                f" / is a Jetson: give --out {unit.id}.tar, copy it there, unpack and run it"
            )
        return bench.tarball(unit, out)
    if out is not None:
        return bench.image(unit, bench.source(unit.system, image), out)
    if device is None:
        raise ContractError("pilih tujuan / say where to: --device, --out or --boot")
    # The card is looked at before the image is read: a wrong name is told at once.
    check_device(device, 0)
    source = bench.source(unit.system, image)
    disk = check_device(device, source.size)
    if not yes and not typer.confirm(f"{disk.words}: HAPUS SEMUA / ERASE ALL?", err=True):
        raise ContractError("tidak ada yang ditulis / nothing was written")
    return bench.device(unit, source, Path(disk.path))


def _file_of(unit: Unit, out: Path) -> Path:
    return out / (f"{unit.id}.tar" if unit.system is System.JETSON else f"{unit.id}.img")


@contextmanager
def _bench(depot: Depot, ca: Path, passphrase_file: Path | None) -> Iterator[Bench]:
    """The workbench with a progress bar for each step."""
    authority = Authority.open(ca, passphrase(passphrase_file))
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield Bench(depot, authority, now, _teller(bar))


def _teller(bar: Progress) -> Tell:
    tasks: dict[str, TaskID] = {}

    def tell(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what)
        bar.update(tasks[what], completed=done, total=max(total, 1))

    return tell
