"""How `simpang model` refuses, and how it asks for what only training needs."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from models.registry import ModelError


def refuse(error: Exception) -> NoReturn:
    """One short message, and exit 2."""
    Console(stderr=True).print(f"[red]simpang model:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
    raise typer.Exit(2)


def needs(module: str) -> ModuleType:
    """A module that a unit does not carry; `ModelError` says how to install what it wants."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ModelError(f"{error.name} is not installed here: pip install -e '.[edge,train]'") from None
