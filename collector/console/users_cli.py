"""`simpang collector user`: who may sign in to the console. There are no default passwords; somebody is entered here.

Passwords are typed, or read from standard input, never given on the command line, where a process list shows them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import segno
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from collector.console.accounts import Role, draw_password, draw_totp_secret, totp_address
from collector.console.operators import OperatorError, Operators

app = typer.Typer(help="Operators of the console: add, list, change, remove.", no_args_is_help=True)

BOOK = "operators.sqlite3"
"""The operators' file within the data folder."""

Data = Annotated[Path, typer.Option("--data", help="The collector's data folder.", envvar="SIMPANG_DATA")]
Name = Annotated[str, typer.Argument(help="Name to sign in with.", metavar="NAME")]
_DATA = Path("simpang-data")


@app.command("add")
def add_user(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do; each includes the one before.")] = Role.VIEW,
    data: Data = _DATA,
) -> None:
    """Enter somebody; the password is asked for twice."""
    with _book(data) as book:
        book.add(_plain(name), role, _ask_password(), _now())
    Console().print(f"{name} may now sign in ({role}).", highlight=False)


@app.command("list")
def list_users(data: Data = _DATA) -> None:
    """Everybody who may sign in."""
    table = Table("name", "role", "one-time code")
    with _book(data) as book:
        for name, role, code in book.people():
            table.add_row(escape(name), role.value, "yes" if code else "no")
    Console().print(table)


@app.command("role")
def change_role(name: Name, role: Annotated[Role, typer.Argument(help="The new role.")], data: Data = _DATA) -> None:
    """Give somebody another role; ends their sessions."""
    with _book(data) as book:
        book.change(name, _now(), role=role)
    Console().print(f"{name}: {role}.", highlight=False)


@app.command("password")
def change_password(name: Name, data: Data = _DATA) -> None:
    """Give somebody a new password; ends their sessions."""
    with _book(data) as book:
        book.change(name, _now(), password=_ask_password())
    Console().print(f"{name} has a new password.", highlight=False)


@app.command("totp")
def add_totp(name: Name, data: Data = _DATA) -> None:
    """Ask somebody for a one-time code from now on; shows the QR code for their authenticator once."""
    secret = draw_totp_secret()
    with _book(data) as book:
        book.change(name, _now(), totp=secret)
    segno.make(totp_address(secret, name)).terminal(compact=True)
    Console().print(f"Scan it with an authenticator, or type: {secret}\nIt is not shown again.", highlight=False)


@app.command("remove")
def remove_user(name: Name, data: Data = _DATA) -> None:
    """Strike somebody out, and end their sessions; what they did stays in the audit."""
    with _book(data) as book:
        book.remove(name, _now())
    Console().print(f"{name} is removed.", highlight=False)


def one_time_operator(book: Operators, now: datetime, *, name: str = "demo", role: Role = Role.MANAGE) -> str:
    """Enter `name` anew with a password drawn now and return it: a demonstration prints it on its terminal."""
    password = draw_password()
    if any(known == name for known, _, _ in book.people()):
        book.remove(name, now)
    book.add(name, role, password, now)
    return password


@contextmanager
def _book(data: Path) -> Iterator[Operators]:
    try:
        book = Operators(data / BOOK)
    except OperatorError as error:
        _refuse(f"{error}\nGive the collector's data folder with --data.")
    try:
        yield book
    except (OperatorError, ValueError) as error:
        _refuse(str(error))
    finally:
        book.close()


def _plain(name: str) -> str:
    plain = name.strip()
    if not plain or len(plain) > 80 or not plain.isprintable():
        raise ValueError(f"{name!r} is no name: use 1 to 80 printable characters")
    return plain


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _now() -> datetime:
    return datetime.now(UTC)


def _refuse(text: str) -> NoReturn:
    Console(stderr=True).print(f"[red]simpang collector user:[/] {escape(text)}", soft_wrap=True, highlight=False)
    raise typer.Exit(2)
