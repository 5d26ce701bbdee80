"""The ways in and out over plain HTTP: sign-in, sign-out, language, pictures, the public page.

Plain routes, because none of them needs a live connection: sign-in works before any script has loaded, a picture is
only a picture, and the public page may be asked for by the whole city. What changes something is a POST, and the cookie
is not sent with one that another site makes (SameSite).
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Annotated
from urllib.parse import quote

import nicegui
from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from collector.console import public
from collector.console.accounts import Role
from collector.console.context import LANGUAGE_COOKIE, SESSION_COOKIE, Console, address_of, token_of
from collector.console.operators import OperatorError
from collector.console.words import LANGUAGES, Words

_JPEG = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
templates = Environment(
    loader=PackageLoader("collector.console"), autoescape=select_autoescape(default=True), undefined=StrictUndefined
)

templates.globals["fonts"] = f"/_nicegui/{nicegui.__version__}/static/fonts.css"


def inside(address: str) -> str:
    """The address when it lies on this server, else the first page: nobody is sent elsewhere by a link of ours."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and "\n" not in address
    return address if plain else "/"


def sign_in_address(request: Request) -> str:
    """Where to sign in and then come back here."""
    return f"/masuk?lanjut={quote(request.url.path)}"


def refuse(t: Words, role: Role, needed: Role) -> HTMLResponse:
    """The page for somebody whose role does not reach."""
    text = templates.get_template("refused.html.jinja").render(t=t, role=t(f"role.{role}"), needed=t(f"role.{needed}"))
    return HTMLResponse(text, status_code=403)


def missing(t: Words) -> HTMLResponse:
    """The page for an address that leads nowhere."""
    return HTMLResponse(templates.get_template("missing.html.jinja").render(t=t), status_code=404)


def routes(console: Console) -> APIRouter:
    """All of them, for one console."""
    router = APIRouter(include_in_schema=False)
    _sign_in(router, console)
    _pictures(router, console)
    _public(router, console)
    return router


def _sign_in(router: APIRouter, console: Console) -> None:
    settings, operators = console.settings, console.operators

    def form(request: Request, onward: str, refused: str = "", name: str = "") -> HTMLResponse:
        t = console.words(request)
        page = templates.get_template("sign_in.html.jinja")
        text = page.render(t=t, city=console.site.site.name, onward=inside(onward), refused=refused, name=name)
        return HTMLResponse(text, status_code=403 if refused else 200, headers={"Cache-Control": "no-store"})

    @router.get("/masuk")
    def ask(request: Request, lanjut: str = "/") -> HTMLResponse:
        return form(request, lanjut)

    @router.post("/masuk")
    def sign_in(
        request: Request,
        name: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=500)] = "",
        code: Annotated[str, Form(max_length=20)] = "",
        lanjut: Annotated[str, Form(max_length=500)] = "/",
    ) -> Response:
        lasting = timedelta(hours=settings.session_hours)
        try:
            token = operators.sign_in(
                name.strip(), password, code, address=address_of(request), now=console.now(), lasting=lasting
            )
        except OperatorError as error:
            return form(request, lanjut, error.key, name)
        answer = RedirectResponse(inside(lanjut), status_code=303)
        answer.set_cookie(
            SESSION_COOKIE,
            token,
            httponly=True,
            secure=settings.https,
            samesite="lax",
        )
        return answer

    @router.post("/keluar")
    def sign_out(request: Request) -> Response:
        token = token_of(request)
        if token:
            operators.sign_out(token, console.now(), address=address_of(request))
        answer = RedirectResponse("/masuk", status_code=303)
        answer.delete_cookie(SESSION_COOKIE)
        return answer

    @router.get("/bahasa/{language}")
    def choose_language(language: str, lanjut: str = "/") -> Response:
        if language not in LANGUAGES:
            raise HTTPException(404)
        answer = RedirectResponse(inside(lanjut), status_code=303)
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 86_400, samesite="lax", secure=settings.https)
        return answer


def _pictures(router: APIRouter, console: Console) -> None:
    @router.get("/bukti/{unit}/{case}/{sha256}.jpg")
    def evidence(request: Request, unit: str, case: str, sha256: str) -> Response:
        if not console.admits(request):
            raise HTTPException(403)
        for picture in console.reader.pictures(unit, case):
            if picture.sha256 == sha256:
                return Response(picture.jpeg, media_type="image/jpeg", headers=_JPEG)
        raise HTTPException(404)

    @router.get("/gambar/{camera}.jpg")
    async def live(request: Request, camera: str) -> Response:
        if not console.admits(request, open_to_guests=True):
            raise HTTPException(403)
        if console.picture is None or camera not in console.site.camera_places:
            raise HTTPException(404)
        jpeg = await run_in_threadpool(console.picture, camera)
        if jpeg is None:
            raise HTTPException(503)
        return Response(jpeg, media_type="image/jpeg", headers=_JPEG)


def _public(router: APIRouter, console: Console) -> None:
    @lru_cache(maxsize=4)
    def rendered(language: str, _round: int) -> str:
        t = Words(language, console.site.timezone)
        told = console.announcements.standing(console.now()) if console.announcements else ()
        view = public.view(console.poller.city, console.poller.trouble is not None, t, told)
        return templates.get_template("public.html.jinja").render(
            t=t, view=view, city=console.site.site.name, contact=console.settings.contact
        )

    @router.get("/publik")
    def publik(request: Request) -> HTMLResponse:
        text = rendered(console.words(request).language, console.poller.rounds)
        return HTMLResponse(text, headers={"Cache-Control": "public, max-age=30", "Vary": "Cookie"})
