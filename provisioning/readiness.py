"""What a fleet file still lacks before its first card can be made, told to whoever fills it in."""

from __future__ import annotations

from collections.abc import Iterator

from provisioning.fleet import Depot, System

_EXAMPLE_HOST = ".example"
_EXAMPLE_WIFI = "ganti-kata-sandi"
_EXAMPLE_LOGIN = "pengguna:sandi@"
"""As they stand in config/*.example.toml."""


def lacking(depot: Depot) -> Iterator[str]:
    """One sentence for each thing that is missing or still the example's, Indonesian first, with what to do.

    A fleet of which these are true can be read and makes no usable card.
    """
    yield from _images(depot)
    yield from _software(depot)
    if depot.fleet.broker.host.endswith(_EXAMPLE_HOST):
        yield (
            f"[broker] host: {depot.fleet.broker.host} hanya contoh; tulis alamat broker kota"
            " / only an example: write the city's broker"
        )
    if not depot.fleet.service.ssh_keys:
        yield (
            "[service] ssh_keys: kosong, teknisi tidak akan dapat masuk lewat SSH; tulis kunci publiknya"
            " / empty: nobody can sign in by SSH; write the technicians' public keys"
        )
    yield from _secrets(depot)


def _images(depot: Depot) -> Iterator[str]:
    systems = {unit.system for unit in depot.fleet.units} - {System.JETSON}
    for system in sorted(systems):
        image = depot.fleet.images.get(system)
        if image is None:
            yield (
                f"citra: [images.{system}] belum ada; tulis file dan sha256 dari halaman unduhan"
                " / no image: write file and sha256 from the download page"
            )
        elif not (depot.folder / image.file).is_file():
            yield f"citra: {image.file} tidak ada di folder ini; unduh / the image is not in this folder: download it"


def _software(depot: Depot) -> Iterator[str]:
    for system in sorted({unit.system for unit in depot.fleet.units}):
        if not (depot.bundle / system).is_dir():
            yield (
                f"perangkat lunak: {depot.fleet.bundle}/{system} belum ada; buat dengan"
                f"  simpang provision bundle --system {system} --out {depot.fleet.bundle}"
                " / no software for these units yet: make it with that command"
            )


def _secrets(depot: Depot) -> Iterator[str]:
    wifi = sorted(ssid for ssid, password in depot.secrets.wifi.items() if password == _EXAMPLE_WIFI)
    if wifi:
        yield (
            f"[wifi] {', '.join(wifi)}: kata sandi masih contoh; tulis yang sebenarnya"
            " / the password is still the example's"
        )
    cameras = sorted(camera for camera, address in depot.secrets.cameras.items() if _EXAMPLE_LOGIN in address)
    if cameras:
        others = f" dan {len(cameras) - 1} lainnya / and {len(cameras) - 1} more" if len(cameras) > 1 else ""
        yield (
            f"[cameras] {cameras[0]}{others}: pengguna dan kata sandi masih contoh; tulis yang sebenarnya"
            " / user and password are still the example's"
        )
