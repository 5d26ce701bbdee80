"""`simpang grafana push`: bring Grafana to what the code says. What is already so is not touched.

Boards are compared before they are sent: a push that changes nothing leaves no new version in Grafana's history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from pydantic import JsonValue

from grafana.boards import Board, Folder, every_board
from grafana.scene import Scene
from grafana.server import Grafana, GrafanaError, Grant
from grafana.settings import FolderSettings

_VIEW, _EDIT = 1, 2


class Outcome(StrEnum):
    """What became of something."""

    MADE = "made"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Done(NamedTuple):
    """One thing and what became of it."""

    what: str
    outcome: Outcome


def push(scene: Scene, grafana: Grafana, told: Callable[[Done], None]) -> None:
    """Folders, who sees them, then boards. `GrafanaError` at the first refusal; pushing again goes on from there."""
    teams = grafana.teams() if scene.config.folders.dishub.teams or scene.config.folders.diskominfo.teams else {}
    wanted = {
        Folder.DISHUB: grants(scene.config.folders.dishub, teams),
        Folder.DISKOMINFO: grants(scene.config.folders.diskominfo, teams),
    }
    for folder, granted in wanted.items():
        told(_put_folder(grafana, scene.t.uid(folder), scene.t(f"folder.{folder}"), granted))
    for board in every_board(scene):
        told(_put_board(grafana, board, scene.t.uid(board.folder)))


def grants(settings: FolderSettings, teams: dict[str, int]) -> set[Grant]:
    """Everybody may look; where teams are named, they alone. Nobody edits: the code is the source."""
    if not settings.teams:
        return {Grant(role="Viewer", permission=_VIEW), Grant(role="Editor", permission=_VIEW)}
    missing = [name for name in settings.teams if name not in teams]
    if missing:
        raise GrafanaError(
            f"Grafana has no team {missing[0]!r}: make it under Administration > Teams, or take it out of folders in "
            f"grafana.toml. There are: {', '.join(sorted(teams)) or 'none'}"
        )
    return {Grant(teamId=teams[name], permission=_VIEW) for name in settings.teams}


def _put_folder(grafana: Grafana, uid: str, title: str, granted: set[Grant]) -> Done:
    found = grafana.folder(uid)
    outcome = Outcome.UNCHANGED
    if found != title:
        grafana.put_folder(uid, title, new=found is None)
        outcome = Outcome.MADE if found is None else Outcome.CHANGED
    if grafana.grants(uid) != granted:
        grafana.put_grants(uid, granted)
        outcome = Outcome.MADE if outcome is Outcome.MADE else Outcome.CHANGED
    return Done(title, outcome)


def _put_board(grafana: Grafana, board: Board, folder: str) -> Done:
    found = grafana.board(board.uid)
    if found is not None and found.folder == folder and said(found.model) == said(board.model):
        return Done(board.title, Outcome.UNCHANGED)
    grafana.put_board(board.model, folder)
    return Done(board.title, Outcome.MADE if found is None else Outcome.CHANGED)


def said(model: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A board without what Grafana numbers itself."""
    return {name: value for name, value in model.items() if name not in {"id", "version"}}


def summary(done: Iterable[Done]) -> dict[Outcome, int]:
    """How many of each outcome."""
    counted = dict.fromkeys(Outcome, 0)
    for one in done:
        counted[one.outcome] += 1
    return counted
