"""A backup of the centre in one file, and the way back.

    simpang-bandung-20260312T220000Z.tar.gz
        manifest.json       what is in it, by SHA-256, and who wrote it
        store.sqlite        series and ledger as an embedded store, whichever store they were in
        operators.sqlite3   who may sign in, verdicts, audit
        alerts.sqlite3      what stands and what is still to be told
        collector.toml, <site>.toml

It is taken while the collector runs: SQLite's own backup copies a database that is written to. Secrets (tokens, keys,
passwords of other programs) are not in it. It goes back into either kind of store, because it is a store itself.
"""

from __future__ import annotations

import sqlite3
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from hashlib import file_digest
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field, ValidationError

from collector.config import CollectorConfig, SqliteSettings
from collector.console.users_cli import BOOK
from collector.store.migrating import migrate
from collector.store.opening import open_store
from collector.store.sqlite import SqliteStore
from contract import ContractError, Model, Sha256, Slug, UtcTime, explain
from contract.base import EARLIEST

STORE, ALERTS, MANIFEST = "store.sqlite", "alerts.sqlite3", "manifest.json"


class Manifest(Model):
    """What a backup says of itself."""

    form: Literal[1] = 1
    site: Slug
    made: UtcTime
    software: str = Field(max_length=40)
    since: UtcTime = Field(description="Points from then on; the ledger is whole.")
    files: dict[str, Sha256] = Field(max_length=20)


class Restored(NamedTuple):
    """What came back: files put in place, and files that were there already and were left."""

    manifest: Manifest
    placed: list[Path]
    left: list[Path]


def back_up(
    config: CollectorConfig,
    config_file: Path,
    site: str,
    out: Path,
    now: datetime,
    *,
    progress: Callable[[int], None],
    since: datetime = EARLIEST,
) -> Path:
    """Write a backup into the folder `out` and return its path; what is there is whole or not there at all.

    `StoreError` when the store does not answer, OSError when the disk does not take it.
    """
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = out / f"simpang-{site}-{now:%Y%m%dT%H%M%SZ}.tar.gz"
    with tempfile.TemporaryDirectory(prefix=".simpang-", dir=out) as scratch:
        folder = Path(scratch)
        _copy_store(config, folder / STORE, since, progress)
        for name, source in _books(config).items():
            if source.exists():
                _copy_database(source, folder / name)
        files = {path.name: path for path in sorted(folder.iterdir())}
        files |= {config_file.name: config_file, config.site.name: config.site}
        manifest = Manifest(
            site=site,
            made=now,
            software=version("simpang"),
            since=since,
            files={name: _digest(path) for name, path in files.items()},
        )
        part = folder / "part.tar.gz"
        _pack(part, manifest, files)
        part.replace(target)
    return target


def restore(backup: Path, config: CollectorConfig, site: str, progress: Callable[[int], None]) -> Restored:
    """Put a backup back where `config` says, with the collector stopped; repeatable.

    Series and ledger are added to the store, whichever kind it is. Books of operators and alerts are put in place where
    there is none; one that is there stays. `ContractError` when the file is no whole backup, or of another city.
    """
    with tempfile.TemporaryDirectory(prefix="simpang-", dir=_folder_of(config)) as scratch:
        folder = Path(scratch)
        manifest = _unpack(backup, folder)
        if manifest.site != site:
            raise ContractError(f"{backup.name} is a backup of {manifest.site!r}, and this is {site!r}")
        with closing(SqliteStore(folder / STORE)) as kept, closing(open_store(config.store)) as store:
            migrate(kept, store, progress)
        placed, left = [], []
        for name, target in _books(config).items():
            if name not in manifest.files:
                continue
            if target.exists():
                left.append(target)
                continue
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _copy_database(folder / name, target)
            target.chmod(0o600)
            placed.append(target)
    return Restored(manifest, placed, left)


def forget(out: Path, site: str, keep: int) -> list[Path]:
    """Delete all but the newest `keep` backups of a city in a folder; returns those that went."""
    old = sorted(out.glob(f"simpang-{site}-????????T??????Z.tar.gz"))[:-keep]
    for path in old:
        path.unlink()
    return old


def _books(config: CollectorConfig) -> dict[str, Path]:
    """Databases beside the store: name in the backup -> where it lies."""
    books = {}
    if config.console is not None:
        books[BOOK] = config.console.data / BOOK
    if config.alerts is not None:
        books[ALERTS] = config.alerts.book
    return books


def _copy_store(config: CollectorConfig, target: Path, since: datetime, progress: Callable[[int], None]) -> None:
    if isinstance(config.store, SqliteSettings) and since <= EARLIEST:
        if not config.store.path.exists():
            raise ContractError(f"{config.store.path}: there is no store to back up")
        _copy_database(config.store.path, target)
        return
    with closing(open_store(config.store)) as store, closing(SqliteStore(target)) as copy:
        migrate(store, copy, progress, since=since)


def _copy_database(source: Path, target: Path) -> None:
    """Whole, also while others write to it (SQLite's online backup); in one file, without its log beside it."""
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise OSError(f"{source}: {error}") from None


def _pack(part: Path, manifest: Manifest, files: dict[str, Path]) -> None:
    part.touch(mode=0o600)
    with tarfile.open(part, "w:gz", compresslevel=6) as archive:
        content = manifest.model_dump_json(indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mtime, entry.mode = len(content), int(manifest.made.timestamp()), 0o600
        archive.addfile(entry, BytesIO(content))
        for name, path in files.items():
            archive.add(path, arcname=name, recursive=False)


def _unpack(backup: Path, folder: Path) -> Manifest:
    """Every file that the manifest names, each compared with its digest; nothing else is taken out."""
    try:
        with tarfile.open(backup, "r:gz") as archive:
            told = archive.extractfile(MANIFEST)
            if told is None:
                raise ContractError(f"{backup.name}: {MANIFEST} is no file")
            manifest = Manifest.model_validate_json(told.read(1_000_000))
            for name, digest in manifest.files.items():
                if Path(name).name != name:
                    raise ContractError(f"{backup.name}: {name!r} is no plain name")
                archive.extract(name, folder, filter="data")
                if _digest(folder / name) != digest:
                    raise ContractError(f"{backup.name}: {name} is not what was put in: the file is damaged")
    except ValidationError as error:
        raise explain(error, f"{backup.name}: {MANIFEST}") from None
    except (tarfile.TarError, KeyError, EOFError) as error:
        raise ContractError(f"{backup.name} is no whole backup: {error}") from None
    if STORE not in manifest.files:
        raise ContractError(f"{backup.name}: {STORE} is not in it")
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _folder_of(config: CollectorConfig) -> Path:
    """Where the store's own file lies: the disk that has room for it."""
    store = config.store
    folder = (store.path if isinstance(store, SqliteSettings) else store.ledger).parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder
