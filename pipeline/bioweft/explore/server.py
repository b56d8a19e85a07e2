"""The server: every kind of page as HTML, JSON and CSV, behind the guard, with one shape of errors."""

import http
import json
from collections.abc import Callable, Iterable
from contextlib import asynccontextmanager
from enum import Enum
from typing import Annotated, Any
from urllib.parse import parse_qs

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from bioweft.errors import BioweftError, NotFoundError, RunError, SettingsError
from bioweft.explore import render
from bioweft.explore.about import CHANGES, RUN
from bioweft.explore.annotate import AnnotatePage, PastedText, annotate_page
from bioweft.explore.annotating import Annotating
from bioweft.explore.document import DOCUMENT
from bioweft.explore.entity import DOCUMENTS, ENTITY, PARTNERS, RELATIONS
from bioweft.explore.evidence import EVIDENCE, PAIR
from bioweft.explore.graph import GRAPH
from bioweft.explore.guard import Guard, Scope
from bioweft.explore.pages import BadQueryError, Kind, OutdatedError, Page, address
from bioweft.explore.pages import Query as PageQuery
from bioweft.explore.ranking import RANKINGS
from bioweft.explore.reader import Reader, TooSlowError, View
from bioweft.explore.search import SEARCH
from bioweft.shown import escaped_json
from bioweft.version import __version__

KINDS: tuple[Kind[Any, Any], ...] = (
    SEARCH,
    ENTITY,
    RELATIONS,
    PARTNERS,
    DOCUMENTS,
    EVIDENCE,
    PAIR,
    DOCUMENT,
    RANKINGS,
    GRAPH,
    RUN,
    CHANGES,
)
"""Every kind of page but the pasted text, which takes a text."""

_THREADS = 4
"""Requests that are worked on at a time; each thread more keeps memory of its own."""

_PROBLEM = "application/problem+json"
_CSV = "text/csv; charset=utf-8"


class Problem(BaseModel):
    """Why there is no answer: the one shape of all errors (RFC 9457)."""

    title: str
    status: int
    detail: str
    suggestions: list[str] = Field(default=[], description="The nearest right names")


_STATUS: tuple[tuple[type[BioweftError], int], ...] = (
    (NotFoundError, 404),
    (BadQueryError, 400),
    (SettingsError, 400),
    (OutdatedError, 409),
    (TooSlowError, 503),
    (RunError, 503),
)
_FAULTS = {
    400: "The question cannot be answered",
    404: "The run does not have it",
    409: "`next` is of earlier results",
    413: "The request is too large",
    414: "The address is too long",
    415: "The text is neither JSON nor a form",
    422: "A parameter is wrong",
    503: "It took too long, or the results cannot be read",
}
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, text in _FAULTS.items()
}
_HTML: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
_HTML_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": _HTML} for status, text in _FAULTS.items()
}


def create_app(reader: Reader, *, hosts: Iterable[str] | None, token: str | None = None) -> Guard:
    """Return the application that serves a run, to be served by an ASGI server.

    `hosts` are the hosts that requests may name, all addresses in numbers where it is None.
    """
    annotating = Annotating(*_models(reader))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        to_thread.current_default_thread_limiter().total_tokens = _THREADS
        yield
        annotating.close()

    app = FastAPI(
        title="bioweft explore",
        version=__version__,
        description="A finished run: every page as HTML, and at the same address with .json or .csv for programs.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    for kind in KINDS:
        _add(app, kind, reader)
    _add_annotate(app, reader, annotating)
    _add_plain(app)
    _add_errors(app)
    _describe(app)
    return Guard(app, hosts=hosts, token=token, refuse=_refused)


def _models(reader: Reader) -> tuple[dict[str, Any], str | None]:
    with reader.view() as view:
        manifest = view.run.manifest
    return manifest.get("settings", {}), manifest.get("directory")


def _page(reader: Reader, make: Callable[[View], Page]) -> Page:
    """Return a page; made anew where runs that finished meanwhile have removed the results that it is of."""
    for is_last in (False, False, True):
        signature = None
        try:
            with reader.view() as view:
                signature = view.signature
                return make(view)
        except RunError:
            if is_last or signature is None or not reader.is_outdated(signature):
                raise
    raise AssertionError("the last attempt returns or raises")


def _responses(media: str, what: str) -> dict[int | str, dict[str, Any]]:
    errors = _HTML_ERRORS if media == "text/html" else _ERRORS
    return {200: {"description": what, "content": {media: {"schema": {"type": "string"}}}}, **errors}


def _add(app: FastAPI, kind: Kind[Any, Any], reader: Reader) -> None:
    """Add the three addresses of a kind of page."""
    query_type = kind.query
    make_table = kind.make_table or kind.make

    def as_html(query: Annotated[query_type, Query()]) -> Response:  # type: ignore[valid-type]
        page = _page(reader, lambda view: kind.make(view, query))
        return HTMLResponse(render.as_html(page, kind.path, query))

    def as_json_(query: Annotated[query_type, Query()]) -> Response:  # type: ignore[valid-type]
        return _json(_page(reader, lambda view: kind.make(view, query)))

    def as_csv(query: Annotated[query_type, Query()]) -> Response:  # type: ignore[valid-type]
        return _csv(_page(reader, lambda view: make_table(view, query)), kind.path, query)

    name = kind.path.strip("/")
    tags: list[str | Enum] = [kind.summary]
    app.get(kind.path, response_class=HTMLResponse, responses=_responses("text/html", "A page"), tags=tags,
            summary=kind.summary, operation_id=name)(as_html)  # fmt: skip
    app.get(f"{kind.path}.json", response_model=kind.page, responses=_ERRORS, tags=tags,
            summary=f"{kind.summary}, as JSON", operation_id=f"{name}_json")(as_json_)  # fmt: skip
    app.get(f"{kind.path}.csv", response_class=Response, responses=_responses("text/csv", "A table"), tags=tags,
            summary=f"{kind.summary}, as CSV", operation_id=f"{name}_csv")(as_csv)  # fmt: skip


def _json(page: Page) -> Response:
    return Response(escaped_json(page.model_dump_json()), media_type="application/json")


def _csv(page: Page, path: str, query: PageQuery | None) -> Response:
    headers = {"content-disposition": f'attachment; filename="bioweft-{path.strip("/")}.csv"'}
    if page.next and query is not None:
        following = address(f"{path}.csv", query.parameters(next=page.next))
        headers["link"] = f'<{following}>; rel="next"'
    return Response(render.as_csv(page), media_type=_CSV, headers=headers)


_FORM = "application/x-www-form-urlencoded"


def _add_annotate(app: FastAPI, reader: Reader, annotating: Annotating) -> None:
    """Add the page of a pasted text: the form of a browser sends it, or a program as JSON."""

    waiting = CapacityLimiter(_THREADS)  # texts that wait for their turn leave the threads to the other pages

    async def make(text: str) -> Page:
        annotated = await to_thread.run_sync(annotating.annotate, text, limiter=waiting) if text.strip() else None
        return await run_in_threadpool(_page, reader, lambda view: annotate_page(view, text, annotated))

    schema = PastedText.model_json_schema()
    body = {"requestBody": {"required": True, "content": {
        "application/json": {"schema": schema}, _FORM: {"schema": schema}}}}  # fmt: skip
    tags: list[str | Enum] = ["Annotate a text"]

    async def empty() -> Response:
        return HTMLResponse(render.as_html(await make(""), "/annotate", None))

    async def as_html(request: Request) -> Response:
        page = await make(await _pasted(request))
        return HTMLResponse(render.as_html(page, "/annotate", None))

    async def as_json_(request: Request) -> Response:
        return _json(await make(await _pasted(request)))

    async def as_csv(request: Request) -> Response:
        return _csv(await make(await _pasted(request)), "/annotate", None)

    page = _responses("text/html", "A page")
    app.get("/annotate", response_class=HTMLResponse, responses=page, tags=tags, operation_id="annotate")(empty)
    app.post("/annotate", response_class=HTMLResponse, responses=page, tags=tags, openapi_extra=body,
             operation_id="annotate_text")(as_html)  # fmt: skip
    app.post("/annotate.json", response_model=AnnotatePage, responses=_ERRORS, tags=tags, openapi_extra=body,
             operation_id="annotate_text_json")(as_json_)  # fmt: skip
    app.post("/annotate.csv", response_class=Response, responses=_responses("text/csv", "A table"), tags=tags,
             openapi_extra=body, operation_id="annotate_text_csv")(as_csv)  # fmt: skip


async def _pasted(request: Request) -> str:
    """Return the text that a request sends, as a form or as JSON.

    Raises:
        RequestValidationError: it is too long, or neither.
    """
    body = await request.body()
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if media == "application/json":
            return PastedText.model_validate_json(body).text
        if media != _FORM:
            raise HTTPException(415, f"send the text as application/json or {_FORM}")
        fields = parse_qs(body.decode("utf-8", "strict"), keep_blank_values=True, max_num_fields=10)
        return PastedText.model_validate({key: values[-1] for key, values in fields.items()}).text.replace("\r\n", "\n")
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_context=False)) from error
    except ValueError as error:
        raise BadQueryError("the text must be UTF-8, in one field `text`") from error


def _add_plain(app: FastAPI) -> None:
    """Add what is no page: the way to the first one, the files that pages load, and the page for programs."""

    async def home() -> Response:
        return RedirectResponse("/search", 307)

    async def load(name: str) -> Response:
        if name not in render.STATIC:
            raise HTTPException(404, f"no file {name!r}")
        headers = {"cache-control": "max-age=31536000, immutable"}
        return Response(render.static(name), media_type=render.STATIC[name][0], headers=headers)

    async def api() -> Response:
        return HTMLResponse(render.api_html(app.openapi()))

    app.get("/", include_in_schema=False)(home)
    app.get("/static/{name}", include_in_schema=False)(load)
    app.get("/api", include_in_schema=False)(api)


def _describe(app: FastAPI) -> None:
    """Have the OpenAPI description tell of the one shape of errors."""
    made = app.openapi

    def described() -> dict[str, Any]:
        description = made()
        schemas = description.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        return description

    app.openapi = described  # type: ignore[method-assign]


def _add_errors(app: FastAPI) -> None:
    async def of_ours(request: Request, error: Exception) -> Response:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        return _problem(request.url.path, status, str(error), getattr(error, "suggestions", []))

    async def of_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        answer = _problem(request.url.path, error.status_code, str(error.detail), [])
        answer.headers.update(error.headers or {})
        return answer

    async def of_parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = [f"{'.'.join(map(str, fault['loc'][1:] or fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        return _problem(request.url.path, 422, "; ".join(faults), [])

    async def unforeseen(request: Request, error: Exception) -> Response:
        return _problem(request.url.path, 500, f"an error of bioweft itself: {type(error).__name__}", [])

    app.exception_handler(BioweftError)(of_ours)
    app.exception_handler(HTTPException)(of_http)
    app.exception_handler(RequestValidationError)(of_parameters)
    app.exception_handler(Exception)(unforeseen)


def _problem(path: str, status: int, detail: str, suggestions: list[str]) -> Response:
    problem = Problem(
        title=http.HTTPStatus(status).phrase, status=status, detail=detail, suggestions=suggestions
    ).model_dump()
    headers = {"retry-after": "5"} if status == 503 else None
    if path.endswith((".json", ".csv")):
        return JSONResponse(problem, status, headers=headers, media_type=_PROBLEM)
    return HTMLResponse(render.error_html(problem), status, headers=headers)


def _refused(scope: Scope, status: int, message: str) -> tuple[str, bytes]:
    """Return media type and content of the answer to a request that the guard refuses."""
    problem = Problem(title=http.HTTPStatus(status).phrase, status=status, detail=message).model_dump()
    if str(scope["path"]).endswith((".json", ".csv")):
        return _PROBLEM, json.dumps(problem).encode()
    return "text/html; charset=utf-8", render.error_html(problem).encode()
