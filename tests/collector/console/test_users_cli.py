"""`simpang collector user`, as somebody types it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector.console.accounts import Role
from collector.console.operators import OperatorError, Operators
from collector.console.users_cli import BOOK, app, one_time_operator

RUN = CliRunner()
NOW = datetime.now(UTC)


def run(*words: str, typed: str = "") -> tuple[int, str]:
    """(exit code, what was printed)."""
    result = RUN.invoke(app, list(words), input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_add_list_change_and_remove(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    assert run("add", "sari", "--role", "operate", *data, typed="satu-dua-tiga\n")[0] == 0
    assert run("role", "sari", "manage", *data)[0] == 0
    assert run("password", "sari", *data, typed="empat-lima-enam\n")[0] == 0
    code, shown = run("totp", "sari", *data)
    assert code == 0
    assert "not shown again" in shown
    code, shown = run("list", *data)
    assert code == 0
    assert "sari" in shown
    assert "manage" in shown
    assert "yes" in shown
    assert run("remove", "sari", *data)[0] == 0
    assert "sari" not in run("list", *data)[1]


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("add", "budi"), "pendek\n", "at least 10"),
        (("add", "  "), "satu-dua-tiga\n", "no name"),
        (("role", "nobody", "view"), "", "no operator 'nobody'"),
        (("remove", "nobody"), "", "no operator 'nobody'"),
        (("add", "budi", "--role", "king"), "", "king"),
    ],
)
def test_bad_input_is_refused_in_one_message(tmp_path: Path, words: tuple[str, ...], typed: str, said: str) -> None:
    code, shown = run(*words, "--data", str(tmp_path), typed=typed)
    assert code == 2
    assert said in shown


def test_a_data_folder_that_is_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, shown = run("list", "--data", str(tmp_path / "file"))
    assert code == 2
    assert "data folder" in shown


def test_a_book_that_is_none_is_explained(tmp_path: Path) -> None:
    (tmp_path / BOOK).write_bytes(b"this is no database, and long enough to be taken for one" * 40)
    code, shown = run("list", "--data", str(tmp_path))
    assert code == 2
    assert "not a database" in shown


def test_the_demonstrations_password_is_new_each_time(tmp_path: Path) -> None:
    book = Operators(tmp_path / BOOK)
    first = one_time_operator(book, NOW, role=Role.OPERATE)
    second = one_time_operator(book, NOW)
    shift = timedelta(hours=1)
    with pytest.raises(OperatorError):
        book.sign_in("demo", first, "", address="", now=NOW, lasting=shift)
    assert book.sign_in("demo", second, "", address="", now=NOW, lasting=shift)
    book.close()
