"""What all emulators share: routing, faults, statistics, and the routes that steer an emulator."""

from __future__ import annotations

import asyncio
import base64
import email.parser
import email.policy
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from rolecall.emulators.clock import Clock
from rolecall.emulators.faults import Fault, FaultPlan, UnknownFault
from rolecall.emulators.route_index import RouteIndex
from rolecall.emulators.statistics import Statistics
from rolecall.emulators.strictness import NOT_IMPLEMENTED, Watched, WatchedHeaders, not_known, unknown

Json = dict[str, Any]


class Refused(Exception):
    """The service refuses a request; carries its answer."""

    def __init__(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


@dataclass
class Call:
    """A request, as handlers see it."""

    method: str
    path: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    form: Mapping[str, str]
    headers: Mapping[str, str]
    caller: Any = None
    # The body where it is a list.
    items: list[Json] = field(default_factory=list)
    # The body where it is YAML.
    text: str = ""
    # The body where it is a file.
    data: bytes = b""


@dataclass
class Answer:
    """What a handler answers when it is not simply JSON with status 200."""

    # A text and a file are answered as they are, not as JSON.
    body: Json | list[Json] | str | bytes | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    # What statistics count it as, where that is not the endpoint's path.
    route: str = ""


BINARY = "application/octet-stream"
Answered = Json | list[Json] | Answer
# What answers a request; some have to ask another server first and are awaited.
Handler = Callable[[Call], Answered | Awaitable[Answered]]
# Query parameters by which services name a page that is not the first.
FOLLOWING_PAGE = {"page_token", "startIndex", "after", "$skiptoken"}
# Keys of an answer that lead to the next page.
NEXT_PAGE = ("next_page_token", "has_more", "@odata.nextLink")


class _Broken(Response):
    """An answer that breaks off: the client sees a connection that was closed in the middle."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise a body, and close without it."""
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


@dataclass(frozen=True)
class Endpoint:
    """A route: method, path with {parameters}, what answers it, and whether it wants a token.

    Attributes:
        knows: names of fields and parameters that the handler knows and looks at in some cases only.
        takes_file: the body is a file, for any Content-Type.
    """

    method: str
    path: str
    handler: Handler
    needs_token: bool = True
    knows: tuple[str, ...] = ()
    takes_file: bool = False


def _malformed(message: str) -> Refused:
    return Refused(400, {"message": message})


@dataclass(frozen=True)
class ErrorFormat:
    """A service's own errors.

    Attributes:
        not_found: returns the answer to an unknown path.
        failure: returns the body for a status that a fault requests.
        malformed: returns the answer to a body that is not JSON.
    """

    not_found: Callable[[str], Refused]
    failure: Callable[[int], Json]
    malformed: Callable[[str], Refused] = _malformed


class Emulator:
    """One application: the routes of a service with its faults and statistics.

    Args:
        endpoints: the service's routes.
        authenticate: returns who calls; raises Refused for a missing or unknown token.
        errors: the service's own errors.
        reset: resets the service's state.
        list_keys: keys under which the service's answers hold pages of items.
        clock: the emulator's clock.
        headers: headers that every answer carries, by its status.
        takes_lists: a body may be a list of objects.
        takes_text: a body may be YAML, by its Content-Type.
        written: is called after every request that may have changed something.
        reading: ends of paths that are asked with POST and change nothing.
        settled: waits until everything that `written` set off is done.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        authenticate: Callable[[Call], Any],
        errors: ErrorFormat,
        reset: Callable[[], None],
        clock: Clock,
        list_keys: Sequence[str] = (),
        headers: Callable[[int], Mapping[str, str]] = lambda _status: {},
        takes_lists: bool = False,
        takes_text: bool = False,
        reading: tuple[str, ...] = (),
        written: Callable[[], None] = lambda: None,
        settled: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.endpoints = tuple(endpoints)
        self.faults = FaultPlan()
        self.statistics = Statistics(reading)
        self.clock = clock
        self._authenticate = authenticate
        self._failure = errors.failure
        self._reset = reset
        self._list_keys = list_keys
        self._headers = headers
        self._malformed = errors.malformed
        self._takes_lists = takes_lists
        self._takes_text = takes_text
        self._written = written
        self.settled = settled
        # Answer 501 to a request with a field, parameter or header that no handler reads.
        self.strict = False
        # Called after every request that may have changed something, before its answer is sent.
        self.changed: Callable[[], None] = lambda: None
        # What an administrator of the service can switch on and off, by name.
        self.switches: dict[str, Callable[[bool], None]] = {}
        # Returns an identity's credentials, for tests; raises KeyError for an unknown one.
        self.key_of: Callable[[str], str] | None = None
        self._before_write: dict[str, Response] = {}
        self._latest_read: dict[str, Response] = {}
        self._first_pages: dict[str, Response] = {}
        routes = [
            Route("/__stats", self._answer_statistics, methods=["GET"]),
            Route("/__stats", self._clear_statistics, methods=["DELETE"]),
            Route("/__faults", self._answer_faults, methods=["GET", "POST"]),
            Route("/__reset", self._answer_reset, methods=["POST"]),
            Route("/__clock", self._answer_clock, methods=["POST"]),
            Route("/__ready", self._answer_ready, methods=["GET"]),
            Route("/__settle", self._answer_settle, methods=["POST"]),
            Route("/__switch/{name}", self._answer_switch, methods=["POST"]),
            Route("/__key/{name}", self._answer_key, methods=["GET"]),
            *(Route(one.path, self._serve(one), methods=[one.method]) for one in endpoints),
        ]
        self.application = Starlette(
            routes=[RouteIndex(routes)],
            exception_handlers={404: _unknown(errors.not_found), 405: _unknown(errors.not_found)},
        )

    def _serve(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            fault = self.faults.take(endpoint.method, request.url.path)
            if fault and fault.kind == "latency":
                await asyncio.sleep(fault.seconds)
            elif fault and fault.kind == "blocked":
                await self.faults.replaced()
            response, route = await self._respond(endpoint, request, fault)
            if fault and fault.kind == "late-answer":
                await asyncio.sleep(fault.seconds)
            response.headers.update(self._headers(response.status_code))
            if endpoint.method != "GET":
                self._written()
                self.changed()
            self.statistics.count(endpoint.method, route or endpoint.path, response.status_code)
            return response

        return serve

    async def _respond(self, endpoint: Endpoint, request: Request, fault: Fault | None) -> tuple[Response, str]:
        """Return the answer, and what statistics count it as."""
        if fault and fault.kind == "pace":
            return JSONResponse(self._failure(429), 429), ""
        if fault and fault.kind == "status":
            return self._failed(fault), ""
        address = str(request.url)
        if fault and fault.kind == "stale-read":
            return self._before_write.get(address) or JSONResponse(self._failure(404), 404), ""
        if fault and fault.kind == "repeated-page" and request.url.path in self._first_pages:
            return self._first_pages[request.url.path], ""
        try:
            call = await _read(
                request,
                endpoint.method,
                self._malformed,
                takes_lists=self._takes_lists,
                takes_text=self._takes_text,
                takes_file=endpoint.takes_file,
            )
            if fault and fault.kind == "wrong-token":
                call.headers = {}
            if self.strict:
                call.query, call.body = Watched(call.query), Watched(call.body)
                call.items = [Watched(one) for one in call.items]
                call.headers = WatchedHeaders(call.headers)
            parts = {"parameter": call.query, "field": call.body, "header": call.headers}
            if endpoint.needs_token:
                call.caller = self._authenticate(call)
            handled = endpoint.handler(call)
            answer = await handled if inspect.isawaitable(handled) else handled
            if self.strict and (names := unknown(parts, endpoint.knows)):
                return JSONResponse(not_known(call.method, call.path, names), NOT_IMPLEMENTED), ""
        except Refused as refused:
            return JSONResponse(refused.body, refused.status, refused.headers), ""
        if fault and fault.kind == "answer-lost":
            return self._failed(fault), ""
        if fault and fault.kind == "connection-reset":
            return _Broken(), ""
        whole = answer if isinstance(answer, Answer) else Answer(answer)
        if fault and fault.kind in ("truncated-page", "empty-list"):
            whole = self._cut(whole, keep=-1 if fault.kind == "truncated-page" else 0)
        response: Response = (
            Response(status_code=whole.status, headers=whole.headers)
            if whole.body is None
            else PlainTextResponse(whole.body, whole.status, whole.headers)
            if isinstance(whole.body, str)
            else Response(whole.body, whole.status, whole.headers, media_type=BINARY)
            if isinstance(whole.body, bytes)
            else JSONResponse(whole.body, whole.status, whole.headers)
        )
        self._remember(endpoint.method, request, response)
        return response, whole.route

    def _remember(self, method: str, request: Request, response: Response) -> None:
        """Keep what reads answered, for faults that answer with something old."""
        if method != "GET":
            self._before_write.update(self._latest_read)
            self._latest_read.clear()
            return
        if len(self._latest_read) < 2000:
            self._latest_read[str(request.url)] = response
        if not FOLLOWING_PAGE & set(request.query_params):
            self._first_pages[request.url.path] = response

    def _cut(self, answer: Answer, keep: int) -> Answer:
        """Leave items out of a list, and the way to its next page; what counts them stays."""
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "link"}
        if isinstance(answer.body, list):
            return Answer(answer.body[:keep], answer.status, headers)
        for key in self._list_keys:
            if isinstance(answer.body, dict) and isinstance(answer.body.get(key), list):
                kept = {name: value for name, value in answer.body.items() if name not in NEXT_PAGE}
                return Answer({**kept, key: answer.body[key][:keep]}, answer.status, headers)
        return answer

    def _failed(self, fault: Fault) -> Response:
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
        return JSONResponse(self._failure(fault.status), fault.status, headers)

    async def _answer_statistics(self, request: Request) -> Response:
        return JSONResponse(self.statistics.describe())

    async def _clear_statistics(self, request: Request) -> Response:
        self.statistics.clear()
        return Response(status_code=204)

    async def _answer_faults(self, request: Request) -> Response:
        if request.method == "POST":
            body = await request.json()
            try:
                self.faults.replace(body["faults"])
            except (KeyError, TypeError, UnknownFault) as error:
                return JSONResponse({"message": f"not a plan of faults: {error}"}, 400)
        return JSONResponse({"faults": self.faults.describe()})

    async def _answer_reset(self, request: Request) -> Response:
        self._reset()
        self.changed()
        self.faults.replace([])
        self.statistics.clear()
        return Response(status_code=204)

    async def _answer_clock(self, request: Request) -> Response:
        self.clock.forward(float((await request.json())["forward_seconds"]))
        return JSONResponse({"now": self.clock.now()})

    async def _answer_settle(self, request: Request) -> Response:
        if self.settled is not None:
            await self.settled()
        return Response(status_code=204)

    async def _answer_switch(self, request: Request) -> Response:
        switch = self.switches.get(request.path_params["name"])
        if switch is None:
            return JSONResponse({"message": f"there are {', '.join(self.switches) or 'no switches'}"}, 404)
        switch(bool((await request.json())["on"]))
        return Response(status_code=204)

    async def _answer_key(self, request: Request) -> Response:
        name = request.path_params["name"]
        try:
            return JSONResponse({"key": self.key_of(name) if self.key_of else None})
        except KeyError:
            return JSONResponse({"message": f"no user is called {name}"}, 404)

    async def _answer_ready(self, request: Request) -> Response:
        return JSONResponse({"ready": True})


def _unknown(not_found: Callable[[str], Refused]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        refused = not_found(request.url.path)
        return JSONResponse(refused.body, refused.status)

    return answer


async def _read(
    request: Request,
    method: str,
    malformed: Callable[[str], Refused],
    *,
    takes_lists: bool,
    takes_text: bool,
    takes_file: bool,
) -> Call:
    body: Json = {}
    items: list[Json] = []
    form: dict[str, str] = {}
    text = ""
    data = b""
    raw = await request.body()
    kind = request.headers.get("content-type", "")
    if takes_file or kind.startswith(BINARY):
        data = raw
    elif raw and kind.startswith("multipart/form-data"):
        body = _parts(kind, raw)
    elif raw and request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
    elif raw and takes_text and "yaml" in request.headers.get("content-type", ""):
        text = raw.decode(errors="replace")
    elif raw:
        try:
            parsed = json.loads(raw)
        except ValueError as error:
            raise malformed(f"Malformed JSON: {error}") from error
        if takes_lists and isinstance(parsed, list) and all(isinstance(one, dict) for one in parsed):
            items = parsed
        elif isinstance(parsed, dict):
            body = parsed
        else:
            raise malformed("Request body must be a JSON object")
    return Call(
        method=method,
        path=request.url.path,
        parameters={key: str(value) for key, value in request.path_params.items()},
        query=dict(request.query_params),
        body=body,
        form=form,
        headers=request.headers,
        items=items,
        text=text,
        data=data,
    )


def _parts(kind: str, raw: bytes) -> Json:
    """Return the fields of a form with files (RFC 7578): switches as such, and files in Base64."""
    whole = b"Content-Type: " + kind.encode() + b"\r\n\r\n" + raw
    found: Json = {}
    for part in email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(whole).iter_parts():
        name = str(part.get_param("name", "", "content-disposition"))
        content = part.get_payload(decode=True)
        data = content if isinstance(content, bytes) else b""
        if part.get_filename() is not None:
            found[name] = base64.b64encode(data).decode()
        else:
            text = data.decode(errors="replace")
            found[name] = {"true": True, "false": False}.get(text, text)
    return found
