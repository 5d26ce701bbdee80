"""What the commands share at the terminal: errors as one message, the passphrase, the clock."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from contract import ContractError

PASSPHRASE = "SIMPANG_CA_PASSPHRASE"
"""Environment variable; a file (--passphrase-file) comes before it, and the prompt after."""

Folder = Annotated[Path, typer.Option("--ca", help="Folder otoritas / folder of the authority.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="Berkas kata sandi otoritas / file with the authority's passphrase on its first line."),
]
DEFAULT_CA = Path("simpang-ca")


def needed(module: str) -> ModuleType:
    """A module that only some commands need, imported when they run; `ContractError` says how to get it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        name = (error.name or module).partition(".")[0]
        raise ContractError(
            f"this needs the Python module {name!r}: pip install -e '.[provisioning]'   in Simpang's folder"
        ) from None


@contextmanager
def told() -> Iterator[None]:
    """Errors as one short message and exit 2."""
    try:
        yield
    except (ContractError, UnicodeDecodeError, OSError) as error:
        Console(stderr=True).print(f"[red]simpang provision:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        raise typer.Exit(2) from None


def say(text: str) -> None:
    """A plain line for people."""
    Console().print(text, highlight=False, markup=False, soft_wrap=True)


def now() -> datetime:
    """The time, in whole seconds as certificates have it."""
    return datetime.now(UTC).replace(microsecond=0)


def passphrase(file: Path | None, *, new: bool = False) -> str:
    """The authority's passphrase, from `file`, the environment, or whoever sits at the terminal; never a default."""
    if file is not None:
        return file.read_text(encoding="utf-8").partition("\n")[0]
    given = os.environ.get(PASSPHRASE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise ContractError(f"the passphrase is missing: give --passphrase-file, or set {PASSPHRASE}")
    asked: str = typer.prompt(
        "Kata sandi otoritas / passphrase of the authority", hide_input=True, confirmation_prompt=new, err=True
    )
    return asked
