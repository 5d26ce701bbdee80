"""Grafana over HTTP, by grafana-api: the only module of ours that knows either.

What comes back is read into the few fields we need. Every refusal becomes a `GrafanaError` that says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import NamedTuple, Protocol, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, JsonValue, TypeAdapter, ValidationError

_Answer = TypeVar("_Answer")


class GrafanaError(Exception):
    """Grafana is not there, does not let us in, or refuses; the text says what to do."""


class _Folders(Protocol):
    def get_folder(self, uid: str) -> object: ...
    def create_folder(self, title: str, uid: str | None = None) -> object: ...
    def update_folder(self, uid: str, title: str, version: int | None = None, overwrite: bool = False) -> object: ...
    def get_folder_permissions(self, uid: str) -> object: ...
    def update_folder_permissions(self, uid: str, items: dict[str, list[dict[str, JsonValue]]]) -> object: ...


class _Boards(Protocol):
    def get_dashboard(self, dashboard_uid: str) -> object: ...
    def update_dashboard(self, dashboard: dict[str, JsonValue]) -> object: ...


class _Teams(Protocol):
    def search_teams(self) -> object: ...


class _Face(Protocol):
    folder: _Folders
    dashboard: _Boards
    teams: _Teams


# grafana-api ships no types; these are the names used of it.
_face: Callable[..., _Face] = import_module("grafana_api.grafana_face").GrafanaFace
_Refused: type[Exception] = import_module("grafana_api.grafana_api").GrafanaException


class _Folder(BaseModel):
    title: str


class Grant(BaseModel, frozen=True):
    """Who may do what in a folder: a role or a team. 1 view, 2 edit, 4 administer."""

    role: str | None = None
    team: int | None = Field(default=None, alias="teamId")
    permission: int


class _Held(BaseModel):
    role: str = ""
    team: int = Field(default=0, alias="teamId")
    permission: int
    inherited: bool = False


class _Meta(BaseModel):
    folder: str = Field(default="", alias="folderUid")
    provisioned: bool = False


class _Board(BaseModel):
    dashboard: dict[str, JsonValue]
    meta: _Meta


class _Team(BaseModel):
    id: int
    name: str


_HELD = TypeAdapter(list[_Held])
_TEAMS = TypeAdapter(list[_Team])


class Placed(NamedTuple):
    """A board as it is in Grafana, and the uid of the folder it lies in."""

    model: dict[str, JsonValue]
    folder: str


class Grafana:
    """One Grafana, as one service account. Every method raises `GrafanaError`."""

    def __init__(self, url: str, token: str, *, timeout_s: float = 30.0) -> None:
        parts = urlsplit(url)
        self._url = url
        prefix = parts.path.strip("/")
        self._api = _face(
            auth=token,
            protocol=parts.scheme,
            host=parts.netloc,
            url_path_prefix=f"{prefix}/" if prefix else "",
            timeout=timeout_s,
        )

    def folder(self, uid: str) -> str | None:
        """Title of a folder; None when there is no such folder."""
        with self._asked(f"folder {uid}"):
            return self._found(lambda: _Folder.model_validate(self._api.folder.get_folder(uid)).title)

    def put_folder(self, uid: str, title: str, *, new: bool) -> None:
        """Make or rename a folder."""
        with self._asked(f"folder {title!r}"):
            if new:
                self._api.folder.create_folder(title, uid)
            else:
                self._api.folder.update_folder(uid, title, overwrite=True)

    def grants(self, uid: str) -> set[Grant]:
        """Who may do what in a folder, as set there; administrators always may, and what is inherited is not ours."""
        with self._asked(f"permissions of folder {uid}"):
            told = _HELD.validate_python(self._api.folder.get_folder_permissions(uid))
            own = (held for held in told if not held.inherited and held.role != "Admin")
            named = (
                Grant(role=held.role or None, teamId=held.team or None, permission=held.permission) for held in own
            )
            return {grant for grant in named if grant.role or grant.team}

    def put_grants(self, uid: str, grants: set[Grant]) -> None:
        """Set who may do what in a folder; whoever is not named loses what he could."""
        items = [grant.model_dump(by_alias=True, exclude_none=True) for grant in sorted(grants, key=repr)]
        with self._asked(f"permissions of folder {uid}"):
            self._api.folder.update_folder_permissions(uid, {"items": items})

    def board(self, uid: str) -> Placed | None:
        """A board; None when there is no such board."""
        with self._asked(f"board {uid}"):
            found = self._found(lambda: _Board.model_validate(self._api.dashboard.get_dashboard(uid)))
        if found is not None and found.meta.provisioned:
            raise GrafanaError(
                f"board {uid} comes from a file on Grafana's disk and cannot be pushed: take it out of that folder"
            )
        return None if found is None else Placed(found.dashboard, found.meta.folder)

    def put_board(self, model: dict[str, JsonValue], folder: str) -> None:
        """Make or replace a board, wherever it was."""
        body: dict[str, JsonValue] = {
            "dashboard": model,
            "folderUid": folder,
            "overwrite": True,
            "message": "simpang grafana push",
        }
        with self._asked(f"board {model.get('title')!r}"):
            self._api.dashboard.update_dashboard(body)

    def teams(self) -> dict[str, int]:
        """Every team, name -> id."""
        with self._asked("teams"):
            return {team.name: team.id for team in _TEAMS.validate_python(self._api.teams.search_teams())}

    def _found(self, ask: Callable[[], _Answer]) -> _Answer | None:
        try:
            return ask()
        except _Refused as error:
            if _status(error) == 404:
                return None
            raise

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        """Grafana's refusals and silences, told to people."""
        try:
            yield
        except _Refused as error:
            raise GrafanaError(f"{self._url}: {what}: {_advice(_status(error)) or error}") from None
        except (ValidationError, TypeError, ValueError) as error:
            raise GrafanaError(f"{self._url}: {what}: the answer is not Grafana's: is the address right?") from error
        except OSError as error:
            raise GrafanaError(f"{self._url} does not answer ({what}): {error}") from error


def _status(error: Exception) -> int:
    status: object = getattr(error, "status_code", 0)
    return status if isinstance(status, int) else 0


def _advice(status: int) -> str:
    match status:
        case 401:
            return "Grafana does not know this token: make one under Administration > Service accounts"
        case 403:
            return "this token may not do that: its service account needs the role Admin"
        case _:
            return ""
