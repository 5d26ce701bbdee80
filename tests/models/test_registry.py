"""A model is the file it says it is, or it is not used."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.cli import app
from models.fetch import fetch
from models.registry import BUNDLED, ModelError, default_name, registry, resolve, sha256
from tests.support.data import DATA

MIRROR = DATA / "models"
NAME = "nanodet-m-320"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store of this test's own."""
    monkeypatch.setenv("SIMPANG_MODELS", str(tmp_path / "store"))
    return tmp_path / "store"


def test_the_default_is_registered_and_comes_first() -> None:
    assert next(iter(registry())) == default_name()


@pytest.mark.parametrize("name", sorted(registry()))
def test_every_registered_hash_is_that_of_the_file(name: str) -> None:
    file = registry()[name].file
    bundled = BUNDLED / file
    assert sha256(bundled if bundled.is_file() else MIRROR / file) == registry()[name].sha256


def test_pull_then_resolve_by_name_and_by_file(store: Path) -> None:
    path = fetch(NAME, MIRROR)
    assert path.parent == store
    assert resolve(NAME).path == path
    assert resolve(str(path)).spec.name == NAME


def test_pull_leaves_nothing_of_a_wrong_file(store: Path, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / registry()[NAME].file).write_bytes(b"half a downl")
    with pytest.raises(ModelError, match="its sha256 is"):
        fetch(NAME, mirror)
    assert list(store.iterdir()) == []


def test_a_file_that_changed_on_disk_is_refused(store: Path) -> None:
    path = fetch(NAME, MIRROR)
    with path.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError, match="Delete it and fetch it again"):
        resolve(NAME)


REFUSED = [
    ("an unknown name", ["verify", "yolo-99"], "neither a file nor one of"),
    ("not fetched yet", ["verify", NAME], "simpang model pull"),
    ("pull of an unknown name", ["pull", "yolo-99", "--from", "."], "registered:"),
    ("an empty mirror", ["pull", NAME, "--from", "."], "no such file"),
]


@pytest.mark.parametrize(("arguments", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_the_command_refuses_with_one_message(store: Path, arguments: list[str], says: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert not store.exists()


def test_an_unregistered_file_is_refused(tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.tflite"
    shutil.copy(MIRROR / "nanodet_m_320_fwysimon.tflite", stranger)
    with pytest.raises(ModelError, match="not a registered model"):
        resolve(str(stranger))


@pytest.fixture
def web() -> Iterator[str]:
    """The mirror, on the web."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(MIRROR))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_web_mirror_is_as_good_as_a_folder(store: Path, web: str) -> None:
    assert fetch(NAME, web + "/").parent == store
    assert resolve(NAME).spec.name == NAME


@pytest.mark.parametrize(
    ("path", "fault"), [("/elsewhere", "not to be had"), (None, "has no address of its own")], ids=str
)
def test_what_the_web_does_not_have_is_told(store: Path, web: str, path: str | None, fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        fetch(NAME, None if path is None else web + path)
    assert not list(store.glob("*"))
