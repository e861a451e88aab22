"""An index of routes by the first segments of their paths: a service has hundreds, and Starlette tries each in turn.

The first matching route in their order answers: https://www.starlette.io/routing/#route-priority.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

# Segments of a path in the index: `api/2.0/permissions` distinguishes most routes.
DEPTH = 3
ROUTE = "rolecall.route"


class RouteIndex(BaseRoute):
    """A route that dispatches to others, in their order.

    Attributes:
        routes: the routes.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = (*routes,)
        self._places: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, route in enumerate(routes):
            self._places[_literal_start(route.path)].append(place)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return how the best route matches a request; a route for another method is a partial match."""
        partial: tuple[Match, Scope] | None = None
        for place in self._candidates(scope["path"]):
            match, found = self.routes[place].matches(scope)
            if match == Match.FULL:
                return match, {**found, ROUTE: self.routes[place]}
            if match == Match.PARTIAL and partial is None:
                partial = match, {**found, ROUTE: self.routes[place]}
        return partial or (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch to the matching route."""
        await scope[ROUTE].handle(scope, receive, send)

    def _candidates(self, path: str) -> list[int]:
        segments = tuple(path.split("/")[1 : DEPTH + 1])
        starts = (segments[:length] for length in range(len(segments) + 1))
        return sorted(place for start in starts for place in self._places.get(start, ()))


def _literal_start(path: str) -> tuple[str, ...]:
    """Return the first segments of a route's path, up to one with a parameter."""
    literal: list[str] = []
    for segment in path.split("/")[1 : DEPTH + 1]:
        if "{" in segment:
            break
        literal.append(segment)
    return tuple(literal)
