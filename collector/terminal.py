"""How every command of the collector ends when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape

from collector.store.writing import StoreError
from contract import ContractError


@contextmanager
def told() -> Iterator[None]:
    """Errors as one short message and exit 2."""
    try:
        yield
    except (ContractError, StoreError, UnicodeDecodeError, OSError) as error:
        Console(stderr=True).print(f"[red]simpang collector:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        raise typer.Exit(2) from None
