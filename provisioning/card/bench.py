"""The workbench: from the fleet file and the authority to one unit's card, image or tarball.

Everything that can be refused is refused before the authority signs: a certificate that nobody uses would still have to
be watched, and revoked one day.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from provisioning.authority import Authority, Role
from provisioning.bundle import read_bundle
from provisioning.card.contents import CardFile, Contents, contents
from provisioning.card.device import flash
from provisioning.card.layout import read_layout, system_of_boot
from provisioning.card.places import CardError, Folder
from provisioning.card.source import Count, ImageSource, copy_image
from provisioning.card.writing import Progress, prepare_boot, prepare_partitions, prepare_tarball
from provisioning.fleet import Depot, System, Unit
from provisioning.label import Label
from provisioning.pin import new_pin


@dataclass(frozen=True, slots=True)
class Bench:
    """What cards are made from, and who watches. Each method prepares one unit and returns its label."""

    depot: Depot
    authority: Authority
    now: Callable[[], datetime]
    progress: Progress

    def source(self, system: System, given: Path | None) -> ImageSource:
        """The image to start from: `given`, or the fleet file's; compared with the hash in the fleet file, if any."""
        known = self.depot.fleet.images.get(system)
        if given is None and known is None:
            raise CardError(
                f"berkas armada belum punya [images.{system}]; tambahkan file dan sha256, atau tulis --image"
                f" / the fleet file has no [images.{system}]: add it with file and sha256, or give --image"
            )
        path = given or self.depot.folder / (known.file if known else "")
        return ImageSource.check(path, known.sha256 if known else None, self.counting(f"SHA-256 {path.name}"))

    def image(self, unit: Unit, source: ImageSource, out: Path) -> Label:
        """A new image `out`, which only has to be written to a card."""
        bundle = read_bundle(self.depot.bundle, unit.system)
        copy_image(source, out, self.counting(f"{unit.id}: {out.name}"))
        try:
            return self._partitions(unit, out, bundle)
        except BaseException:
            # Half a card would look like one.
            with suppress(OSError):
                out.unlink()
            raise

    def device(self, unit: Unit, source: ImageSource, device: Path) -> Label:
        """A card in a reader, written whole and read back. The caller has checked that it may be written to."""
        bundle = read_bundle(self.depot.bundle, unit.system)
        flash(source, device, self.counting(f"{unit.id}: tulis / write"), self.counting(f"{unit.id}: periksa / verify"))
        return self._partitions(unit, device, bundle)

    def boot(self, unit: Unit, folder: Path) -> Label:
        """A card that was written by another program and shows its boot partition at `folder`."""
        place = Folder(folder)
        bundle = read_bundle(self.depot.bundle, unit.system)
        _agree(unit, system_of_boot(place))
        card, label = self._card(unit, bundle)
        prepare_boot(place, card, self.progress)
        return label

    def tarball(self, unit: Unit, out: Path) -> Label:
        """A tarball for a unit that has its system already (Jetson)."""
        bundle = read_bundle(self.depot.bundle, unit.system)
        card, label = self._card(unit, bundle)
        prepare_tarball(out, card, self.progress)
        return label

    def counting(self, what: str) -> Count:
        """Progress in bytes."""
        return lambda done, total: self.progress(what, done, total)

    def _partitions(self, unit: Unit, image: Path, bundle: tuple[CardFile, ...]) -> Label:
        layout = read_layout(image)
        _agree(unit, layout.system)
        layout.root.check()
        card, label = self._card(unit, bundle)
        prepare_partitions(layout, card, self.progress)
        return label

    def _card(self, unit: Unit, bundle: tuple[CardFile, ...]) -> tuple[Contents, Label]:
        identity = self.authority.issue(unit.id, Role.UNIT, self.now())
        pin = new_pin()
        label = Label(unit.id, self.depot.place(unit.id), identity.fingerprint, pin)
        return contents(self.depot, unit, identity, unit.system, bundle, pin=pin), label


def _agree(unit: Unit, found: System) -> None:
    if found is not unit.system:
        raise CardError(
            f"{unit.id}: seharusnya {unit.system} (berkas armada), citra ini {found}; ambil citra yang lain"
            f" / {unit.id} is to run {unit.system} (fleet file), but this is {found}: take the other image"
        )
