"""A stand-in for Grafana's HTTP API, as strict as the real one where `push` touches it.

No Grafana can be installed here, so its documented answers are spoken by hand: 401 for a token it does not know, 403
for one that may not, 404, 409 and 412 as Grafana 11 sends them, permissions with their empty fields, a version that
grows with each save. What it cannot show: that Grafana draws what it was given.

    with GrafanaStandIn() as server:
        Grafana(server.url, server.token)
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic.alias_generators import to_camel

_DEFAULT = [{"role": "Editor", "permission": 2}, {"role": "Viewer", "permission": 1}]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class _NewFolder(_Told):
    uid: str
    title: str


class _Renamed(_Told):
    title: str
    version: int | None = None
    overwrite: bool = False


class _Item(_Told):
    role: str | None = None
    team_id: int | None = None
    permission: int


class _Items(_Told):
    items: list[_Item]


class _Save(_Told):
    dashboard: dict[str, JsonValue]
    folder_uid: str = ""
    overwrite: bool = False
    message: str = ""


class Folder(BaseModel):
    """A folder, and who may do what in it."""

    title: str
    items: list[_Item]


class Saved(BaseModel):
    """A board: where it lies, how often it was saved, what it says."""

    folder: str
    version: int
    model: dict[str, JsonValue]
    provisioned: bool = False


class _Answer(NamedTuple):
    status: int
    body: JsonValue


def _no(status: int, message: str) -> _Answer:
    return _Answer(status, {"message": message})


class GrafanaStandIn:
    """A server on a free loopback port. `heard`: method and path of every call."""

    token = "glsa_penguji"
    viewer = "glsa_penonton"

    def __init__(self, *, teams: dict[str, int] | None = None, prefix: str = "") -> None:
        self.folders: dict[str, Folder] = {}
        self.boards: dict[str, Saved] = {}
        self.teams = teams or {}
        self.heard: list[str] = []
        self._prefix = prefix
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                answer = stand_in.answer(
                    self.command, self.path, self.headers.get("Authorization", ""), self.rfile.read(length)
                )
                content = json.dumps(answer.body).encode()
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def do_PUT(self) -> None:
                self._answer()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}{prefix}"

    def answer(self, method: str, path: str, authorization: str, body: bytes) -> _Answer:
        """What Grafana says to one call."""
        place = urlsplit(path).path
        self.heard.append(f"{method} {place}")
        if authorization not in {f"Bearer {self.token}", f"Bearer {self.viewer}"}:
            return _no(401, "Invalid API key")
        if method != "GET" and authorization == f"Bearer {self.viewer}":
            return _no(403, "You'll need additional permissions to perform this action")
        routes: list[tuple[str, str, Callable[..., _Answer]]] = [
            ("GET", r"/folders/([^/]+)", self._folder),
            ("POST", r"/folders", lambda: self._make(_NewFolder.model_validate_json(body))),
            ("PUT", r"/folders/([^/]+)", lambda uid: self._rename(uid, _Renamed.model_validate_json(body))),
            ("GET", r"/folders/([^/]+)/permissions", self._permissions),
            ("POST", r"/folders/([^/]+)/permissions", lambda uid: self._permit(uid, _Items.model_validate_json(body))),
            ("GET", r"/dashboards/uid/([^/]+)", self._board),
            ("POST", r"/dashboards/db", lambda: self._save(_Save.model_validate_json(body))),
            ("GET", r"/teams/search", self._teams),
        ]
        for verb, pattern, answer in routes:
            found = re.fullmatch(f"{self._prefix}/api{pattern}", place)
            if verb == method and found:
                return answer(*found.groups())
        return _no(404, "Not found")

    def _folder(self, uid: str) -> _Answer:
        if uid not in self.folders:
            return _no(404, "folder not found")
        return _Answer(200, {"id": 1, "uid": uid, "title": self.folders[uid].title, "version": 1, "hasAcl": True})

    def _make(self, new: _NewFolder) -> _Answer:
        if new.uid in self.folders or new.title in {folder.title for folder in self.folders.values()}:
            return _no(412, "a folder with the same name or uid already exists")
        self.folders[new.uid] = Folder(title=new.title, items=[_Item.model_validate(item) for item in _DEFAULT])
        return self._folder(new.uid)

    def _rename(self, uid: str, renamed: _Renamed) -> _Answer:
        if not renamed.overwrite and renamed.version is None:
            return _no(412, "the folder has been changed by someone else")
        self.folders[uid].title = renamed.title
        return self._folder(uid)

    def _permissions(self, uid: str) -> _Answer:
        named = {number: name for name, number in self.teams.items()}
        maker: JsonValue = {"userId": 7, "userLogin": "sa-1", "teamId": 0, "team": "", "permission": 4}
        told: list[JsonValue] = [
            {
                "uid": uid,
                "userId": 0,
                "userLogin": "",
                "teamId": item.team_id or 0,
                "team": named.get(item.team_id or 0, ""),
                **({"role": item.role} if item.role else {}),
                "permission": item.permission,
                "inherited": False,
            }
            for item in self.folders[uid].items
        ]
        above: JsonValue = {"role": "Editor", "permission": 4, "inherited": True}
        administrators: JsonValue = {"role": "Admin", "permission": 4, "inherited": False}
        return _Answer(200, [maker, administrators, above, *told])

    def _permit(self, uid: str, wanted: _Items) -> _Answer:
        for item in wanted.items:
            if bool(item.role) == bool(item.team_id) or item.permission not in {1, 2, 4}:
                return _no(400, "invalid permission")
            if item.team_id and item.team_id not in self.teams.values():
                return _no(400, "team not found")
        self.folders[uid].items = wanted.items
        return _Answer(200, {"message": "Folder permissions updated"})

    def _board(self, uid: str) -> _Answer:
        if uid not in self.boards:
            return _no(404, "Dashboard not found")
        saved = self.boards[uid]
        model: JsonValue = {**saved.model, "id": 11, "version": saved.version}
        return _Answer(
            200,
            {"dashboard": model, "meta": {"folderUid": saved.folder, "provisioned": saved.provisioned, "slug": "x"}},
        )

    def _save(self, wanted: _Save) -> _Answer:
        uid, title = wanted.dashboard.get("uid"), wanted.dashboard.get("title")
        if not isinstance(title, str) or not title:
            return _no(400, "Dashboard title cannot be empty")
        if not isinstance(uid, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", uid):
            return _no(400, "uid contains illegal characters or is too long")
        if wanted.folder_uid not in self.folders:
            return _no(400, "folder not found")
        before = self.boards.get(uid)
        if before and not wanted.overwrite:
            return _no(412, "The dashboard has been changed by someone else")
        version = before.version + 1 if before else 1
        self.boards[uid] = Saved(folder=wanted.folder_uid, version=version, model=wanted.dashboard)
        return _Answer(200, {"id": 11, "uid": uid, "status": "success", "version": version, "url": f"/d/{uid}/x"})

    def _teams(self) -> _Answer:
        told: list[JsonValue] = [{"id": number, "name": name, "orgId": 1} for name, number in self.teams.items()]
        return _Answer(200, {"totalCount": len(told), "teams": told, "page": 1, "perPage": 1000})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
