"""The route index matches as trying each route in turn does."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Route

from rolecall.emulators.clock import Clock
from rolecall.emulators.registry import emulator_specs
from rolecall.emulators.route_index import RouteIndex
from rolecall.emulators.spec import Surroundings
from tests.support.emulator import DESCRIPTION

SYSTEMS = sorted(one.name for one in emulator_specs() if one.name != "prefect")
VALUES = ("7", "me", "a.b", "2.0")


async def _answer(_: Request) -> Response:
    return PlainTextResponse("")


def _first(routes: tuple[BaseRoute, ...], method: str, path: str) -> tuple[Match, object]:
    """Return the route that Starlette's router would choose, and its path parameters."""
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    found = [one.matches(scope) for one in routes]
    for wanted in (Match.FULL, Match.PARTIAL):
        for match, child in found:
            if match == wanted:
                return match, (child["endpoint"], child["path_params"])
    return Match.NONE, None


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_route_of_an_emulator_is_found_as_by_trying_each_in_turn(system: str, tmp_path: Path) -> None:
    spec = next(one for one in emulator_specs() if one.name == system)
    made = spec.system()(dict(DESCRIPTION if system == "databricks" else {}), Surroundings(Clock(), tmp_path))
    for emulator in made.listeners().values():
        (index,) = emulator.application.routes
        assert isinstance(index, RouteIndex)
        for route, value in itertools.product(index.routes, VALUES):
            path = re.sub(r"\{[^}]*\}", value, route.path)
            for method in ("GET", "POST", "PATCH"):
                assert _first((index,), method, path) == _first(index.routes, method, path), (method, path)


@pytest.mark.parametrize("path", ["/", "/a", "/a/x", "/a/b", "/a/b/c", "/a/b/c/d/e", "/x/b", "", "/a/", "/files/a/b"])
def test_the_first_of_several_routes_answers(path: str) -> None:
    paths = ("/{one}/b", "/a/{two}", "/a/b", "/a/b/c/{rest:path}", "/files/{rest:path}", "/a", "/")
    routes = tuple(Route(one, _answer, methods=["GET"]) for one in paths)
    assert _first((RouteIndex(routes),), "GET", path) == _first(routes, "GET", path)
