"""Several requests in one: https://learn.microsoft.com/graph/json-batching."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
from starlette.types import ASGIApp

from rolecall.emulators.application import Call, Json
from rolecall.emulators.entra.errors import bad_query
from rolecall.emulators.routes import Routes, route

# "JSON batch requests are currently limited to 20 individual requests."
MOST_REQUESTS = 20


class Batches(Routes):
    """The route /v1.0/$batch.

    Args:
        application: returns the application that answers the requests.
    """

    def __init__(self, application: Callable[[], ASGIApp]) -> None:
        self._application = application

    @route("POST", "/v1.0/$batch")
    async def answer(self, call: Call) -> Json:
        """Answer each request, after those that it depends on."""
        requests = call.body.get("requests")
        if not isinstance(requests, list) or not 0 < len(requests) <= MOST_REQUESTS:
            raise bad_query(f"Number of batch request steps must be between 1 and {MOST_REQUESTS}.")
        requests = [{**one} for one in requests]
        identities = [str(one.get("id")) for one in requests]
        if len({*identities}) != len(identities):
            raise bad_query("Duplicate request id in the batch.")
        answers: dict[str, Json] = {}
        version = call.path.strip("/").partition("/")[0]
        transport = httpx.ASGITransport(app=self._application(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://graph") as client:
            for one in requests:
                waits = [str(other) for other in one.get("dependsOn") or []]
                if any(other not in answers or answers[other]["status"] >= 400 for other in waits):
                    answers[str(one["id"])] = _failed(str(one["id"]))
                    continue
                answers[str(one["id"])] = await self._sent(client, call, version, one)
        return {"responses": list(answers.values())}

    async def _sent(self, client: httpx.AsyncClient, call: Call, version: str, one: Json) -> Json:
        headers = {"Authorization": call.headers.get("authorization", ""), **(one.get("headers") or {})}
        body: dict[str, Any] = {"content": json.dumps(one["body"])} if "body" in one else {}
        if body:
            headers.setdefault("Content-Type", "application/json")
        path = f"/{version}/{str(one.get('url', '')).lstrip('/')}"
        answer = await client.request(str(one.get("method", "GET")), path, headers=headers, **body)
        found: Json = {"id": str(one["id"]), "status": answer.status_code, "headers": _headers(answer)}
        if answer.content:
            is_json = "json" in answer.headers.get("content-type", "")
            found["body"] = answer.json() if is_json else answer.text
        return found


def _headers(answer: httpx.Response) -> Json:
    kept = {"content-type": "Content-Type", "location": "Location", "retry-after": "Retry-After"}
    return {kept[name]: value for name, value in answer.headers.items() if name in kept}


def _failed(identity: str) -> Json:
    error = {"code": "FailedDependency", "message": "The request failed because a request that it depends on failed."}
    return {"id": identity, "status": 424, "headers": {}, "body": {"error": error}}
