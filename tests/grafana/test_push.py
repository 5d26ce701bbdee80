"""Boards, folders and permissions into Grafana, through grafana-api over a real socket."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grafana.boards import every_board
from grafana.cli import app
from grafana.pushing import Done, Outcome, push
from grafana.server import Grafana, GrafanaError
from grafana.settings import GrafanaConfig
from grafana.words import Language
from tests.support.grafana_city import SITE, scene
from tests.support.grafana_server import GrafanaStandIn
from tests.support.mosquitto import free_port

BOARDS = len(every_board(scene()))
VIEWERS = [{"role": "Editor", "permission": 1}, {"role": "Viewer", "permission": 1}]


@pytest.fixture
def server() -> Iterator[GrafanaStandIn]:
    with GrafanaStandIn(teams={"Dishub": 3, "TMC Polri": 4}) as running:
        yield running


def pushed(server: GrafanaStandIn, language: Language = Language.INDONESIAN, **folders: object) -> Counter[Outcome]:
    done: list[Done] = []
    city = scene(language)
    config = GrafanaConfig.model_validate(city.config.model_dump() | {"folders": folders})
    push(city._replace(config=config), Grafana(server.url, server.token), done.append)
    return Counter(one.outcome for one in done)


def permissions(server: GrafanaStandIn, uid: str) -> list[dict[str, object]]:
    return [item.model_dump(exclude_none=True, by_alias=True) for item in server.folders[uid].items]


def test_a_push_makes_everything_and_a_second_changes_nothing(server: GrafanaStandIn) -> None:
    assert pushed(server) == {Outcome.MADE: BOARDS + 2}
    assert set(server.folders) == {"simpang-dishub", "simpang-diskominfo"}
    assert permissions(server, "simpang-dishub") == VIEWERS
    assert {saved.version for saved in server.boards.values()} == {1}
    server.heard.clear()
    assert pushed(server) == {Outcome.UNCHANGED: BOARDS + 2}
    assert {call.split()[0] for call in server.heard} == {"GET"}


def test_what_was_changed_by_hand_is_put_right_and_nothing_else(server: GrafanaStandIn) -> None:
    pushed(server)
    server.boards["simpang-kota"].model["title"] = "Coba-coba"
    server.boards["simpang-armada"].folder = "simpang-dishub"
    del server.boards["simpang-moda"]
    server.folders["simpang-dishub"].title = "Folder lain"
    server.folders["simpang-diskominfo"].items[0].permission = 2
    assert pushed(server) == {Outcome.CHANGED: 4, Outcome.MADE: 1, Outcome.UNCHANGED: BOARDS + 2 - 5}
    assert server.boards["simpang-kota"].version == 2
    assert server.boards["simpang-armada"].folder == "simpang-diskominfo"
    assert server.folders["simpang-dishub"].title == "Simpang – Dishub"
    assert permissions(server, "simpang-diskominfo") == VIEWERS
    assert pushed(server) == {Outcome.UNCHANGED: BOARDS + 2}


def test_teams_alone_see_a_folder_that_names_them(server: GrafanaStandIn) -> None:
    pushed(server, dishub={"teams": ["Dishub", "TMC Polri"]})
    assert permissions(server, "simpang-dishub") == [{"teamId": 3, "permission": 1}, {"teamId": 4, "permission": 1}]
    assert permissions(server, "simpang-diskominfo") == VIEWERS
    assert pushed(server, dishub={"teams": ["Dishub", "TMC Polri"]}) == {Outcome.UNCHANGED: BOARDS + 2}


def test_a_team_that_does_not_exist_is_said_before_anything_is_done(server: GrafanaStandIn) -> None:
    with pytest.raises(GrafanaError, match=r"no team 'Polisi'.*There are: Dishub, TMC Polri"):
        pushed(server, dishub={"teams": ["Polisi"]})
    assert not server.folders


def test_both_languages_lie_beside_each_other(server: GrafanaStandIn) -> None:
    pushed(server)
    assert pushed(server, Language.ENGLISH) == {Outcome.MADE: BOARDS + 2}
    assert len(server.folders) == 4
    assert server.boards["simpang-kota"].model["title"] == "Ikhtisar Kota Percobaan"
    assert server.boards["simpang-kota-en"].model["title"] == "Kota Percobaan at a glance"
    assert pushed(server) == pushed(server, Language.ENGLISH) == {Outcome.UNCHANGED: BOARDS + 2}


def test_a_board_from_a_file_is_left_alone(server: GrafanaStandIn) -> None:
    pushed(server)
    server.boards["simpang-kota"].provisioned = True
    with pytest.raises(GrafanaError, match="simpang-kota comes from a file"):
        pushed(server)


def test_grafana_may_live_below_a_path() -> None:
    with GrafanaStandIn(prefix="/grafana") as server:
        assert pushed(server) == {Outcome.MADE: BOARDS + 2}


class _Html(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def run(folder: Path, *arguments: str, url: str, token: str = GrafanaStandIn.token, more: str = "") -> tuple[int, str]:
    (folder / "kota.toml").write_text(SITE)
    (folder / "token").write_text(token + "\n")
    (folder / "grafana.toml").write_text(
        f'site = "kota.toml"\n[server]\nurl = "{url}"\ntoken_file = "token"\ntimeout_s = 5\n{more}'
    )
    done = CliRunner().invoke(app, [*arguments, "--config", str(folder / "grafana.toml")])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done.exit_code, done.output


def test_the_command_says_what_it_did(server: GrafanaStandIn, tmp_path: Path) -> None:
    code, text = run(tmp_path, "push", url=server.url)
    assert code == 0, text
    assert "made      Ikhtisar Kota Percobaan" in text
    assert text.splitlines()[-1] == f"{BOARDS + 2} made, 0 changed, 0 unchanged"
    code, text = run(tmp_path, "push", url=server.url)
    assert (code, text) == (0, f"0 made, 0 changed, {BOARDS + 2} unchanged\n")


def test_a_stranger_and_a_viewer_are_told_what_to_do(server: GrafanaStandIn, tmp_path: Path) -> None:
    code, text = run(tmp_path, "push", url=server.url, token="salah")
    assert code == 2
    assert "does not know this token" in text
    code, text = run(tmp_path, "push", url=server.url, token=server.viewer)
    assert code == 2
    assert "needs the role Admin" in text


def test_what_is_not_grafana_or_not_there_is_said(tmp_path: Path) -> None:
    code, text = run(tmp_path, "push", url=f"http://127.0.0.1:{free_port()}")
    assert code == 2
    assert "does not answer" in text
    html = HTTPServer(("127.0.0.1", 0), _Html)
    thread = threading.Thread(target=html.serve_forever)
    thread.start()
    try:
        code, text = run(tmp_path, "push", url=f"http://127.0.0.1:{html.server_port}")
    finally:
        html.shutdown()
        html.server_close()
        thread.join()
    assert code == 2
    assert "is the address right?" in text


BAD = [
    ("nonsense = 1\n", "nonsense"),
    ("[capacity.mawar]\nutara = 400\n", "no such junction"),
    ("[capacity.melati]\nselatan = 400\n", "no such approach; it has: barat, utara"),
    ("[capacity.melati]\nutara = 0\n", "greater than 0"),
    ("[occupancy]\nperson = 1\n", "a pedestrian carries nobody"),
    ("[levels]\na = 0.9\n", "must rise"),
]


@pytest.mark.parametrize(("more", "said"), BAD)
def test_a_bad_file_is_refused_in_words(tmp_path: Path, more: str, said: str) -> None:
    code, text = run(tmp_path, "push", url="http://127.0.0.1:1", more=more)
    assert code == 2
    assert said in text
    assert "Traceback" not in text


def test_no_token_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIMPANG_GRAFANA_TOKEN", raising=False)
    code, text = run(tmp_path, "push", url="http://127.0.0.1:1", token="")
    assert code == 2
    assert "SIMPANG_GRAFANA_TOKEN" in text


def test_boards_survive_the_way_there_and_back(server: GrafanaStandIn) -> None:
    pushed(server)
    for board in every_board(scene()):
        assert json.loads(json.dumps(server.boards[board.uid].model)) == board.model
