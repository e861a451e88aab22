"""Routes of emulators stand beside their handlers, and a fixed path is never taken for a parameter."""

from __future__ import annotations

from rolecall.emulators.application import Call, Json
from rolecall.emulators.routes import Routes, route


class Base(Routes):
    @route("GET", "/things/{id}")
    @route("HEAD", "/things/{id}", needs_token=False, knows=("fields",))
    def get(self, call: Call) -> Json:
        return {"by": "base", "path": call.path}

    @route("GET", "/things/{rest:path}")
    def rest(self, call: Call) -> Json:
        return {"path": call.path}


class Things(Base):
    @route("GET", "/things/all")
    def list_all(self, call: Call) -> Json:
        return {"path": call.path}

    def get(self, call: Call) -> Json:
        """A handler that replaces one declares its routes again."""
        return {"by": "derived", "path": call.path}


def test_routes_are_those_of_the_methods_and_of_the_bases_in_the_order_of_matching() -> None:
    found = Base().endpoints()
    assert [(one.method, one.path, one.needs_token, one.knows) for one in found] == [
        ("GET", "/things/{id}", True, ()),
        ("HEAD", "/things/{id}", False, ("fields",)),
        ("GET", "/things/{rest:path}", True, ()),
    ]
    things = Things()
    assert [(one.path, one.handler) for one in things.endpoints()] == [
        ("/things/all", things.list_all),
        ("/things/{rest:path}", things.rest),
    ]
