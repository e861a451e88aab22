"""Routes that stand beside their handlers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from rolecall.emulators.application import Endpoint

_DECLARED = "declared_routes"
_Handler = TypeVar("_Handler", bound=Callable[..., object])


@dataclass(frozen=True)
class _Declared:
    method: str
    path: str
    needs_token: bool
    knows: tuple[str, ...]
    takes_file: bool


def route(
    method: str, path: str, *, needs_token: bool = True, knows: tuple[str, ...] = (), takes_file: bool = False
) -> Callable[[_Handler], _Handler]:
    """Declare a route of the method that follows; the arguments are those of `Endpoint`."""

    def declare(handler: _Handler) -> _Handler:
        declared = _Declared(method, path, needs_token, knows, takes_file)
        setattr(handler, _DECLARED, (declared, *getattr(handler, _DECLARED, ())))
        return handler

    return declare


def route_in(versions: tuple[str, ...], method: str, path: str) -> Callable[[_Handler], _Handler]:
    """Declare a route in several versions of an API; `{version}` in the path stands for each of them."""

    def declare(handler: _Handler) -> _Handler:
        for version in versions:
            handler = route(method, path.replace("{version}", version))(handler)
        return handler

    return declare


class Routes:
    """Base of classes whose methods are handlers."""

    def endpoints(self) -> list[Endpoint]:
        """Return the declared routes; fixed parts of a path come before parameters in their place."""
        names = {name: None for kind in reversed(type(self).__mro__) for name in vars(kind)}
        found = [
            Endpoint(one.method, one.path, getattr(self, name), one.needs_token, one.knows, one.takes_file)
            for name in names
            for one in getattr(getattr(type(self), name), _DECLARED, ())
        ]
        return sorted(found, key=lambda one: _specificity(one.path))


def _specificity(path: str) -> list[int]:
    """Return a key: at each part, fixed before a parameter, and that before one that takes several parts."""
    return [2 if ":path}" in part else 1 if "{" in part else 0 for part in path.split("/")]
