"""Answers of later releases of the systems: unknown fields, new values, nulls and missing fields, by generation.

Each type's read is recorded once against the emulator, then replayed with one change of one answer at a time.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from rolecall.errors import RolecallError
from rolecall.systems.requests import Answer, Request, Requests
from rolecall.systems.resource import Live, read_live
from tests.provider.cases import CASES
from tests.provider.in_process import created
from tests.support.identity import Company

NEW = "NEW_IN_THE_SERVICE"
# Elements of a list that are changed: the others are alike.
ELEMENTS = 2
Path = tuple[str | int, ...]
# Without these nobody can say what an answer is about, or who holds access: it is unknown, never equal.
IDENTIFYING = {"id", "name", "identifier", "appId", "actor_id", "principal", "principalId", "type", "permission"}
IDENTIFYING |= {"roleIdentifier", "value", "profile", "system"}
# What an answer consists of, in the words of its system.
CONTAINERS = {"data", "content", "role", "roleAssignment", "resourceGroup", "serviceAccount", "yamlPipeline"}


@dataclass
class Recording:
    """Answers by request; while `change` is set, the answer to one request is another one."""

    answers: dict[str, Answer] = field(default_factory=dict)
    changed: tuple[str, Any] = ("", None)
    replays: bool = False

    def of(self, request: Request, send: Callable[[Request], Answer]) -> Answer:
        key = json.dumps([request.method, request.path, dict(request.query), request.body], sort_keys=True)
        if not self.replays:
            self.answers[key] = send(request)
            return self.answers[key]
        if key not in self.answers:
            return send(request)  # what the read asks for only after the change
        answer = self.answers[key]
        return Answer(answer.status, answer.headers, self.changed[1]) if key == self.changed[0] else answer


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every field of an answer."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield (*path, key)
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value[:ELEMENTS]):
            yield from places(inner, (*path, number))


def with_unknown_fields(value: Any) -> Any:
    if isinstance(value, Mapping):
        # The values of a map are alike: a new key has a value of the same form.
        new = [] if value and all(isinstance(inner, list) for inner in value.values()) else {"of": [1]}
        return {**{key: with_unknown_fields(inner) for key, inner in value.items()}, "unknownToday": new}
    return [with_unknown_fields(inner) for inner in value] if isinstance(value, list) else value


def changes(body: Any) -> Iterator[tuple[Path, str, Any]]:
    """Yield each change of an answer: where, which, and the answer afterwards."""
    yield (), "unknown fields", with_unknown_fields(body)
    for path in places(body):
        for name in ("missing", "null", "new value"):
            made = copy.deepcopy(body)
            holder = made
            for step in path[:-1]:
                holder = holder[step]
            if name == "missing":
                del holder[path[-1]]
            elif name == "null":
                holder[path[-1]] = None
            elif isinstance(holder[path[-1]], str):
                holder[path[-1]] = NEW
            else:
                continue
            yield path, name, made


@pytest.mark.parametrize("token", CASES)
def test_no_answer_of_a_later_release_stops_a_read(
    systems: Company, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    made = created(systems, monkeypatch, token)
    handler, declared, identity = made.handler, made.declared, made.identity
    recording = Recording()
    send = Requests.send
    monkeypatch.setattr(Requests, "send", lambda self, request: recording.of(request, lambda one: send(self, one)))
    before = handler.read(identity, declared)
    assert isinstance(before, Live)
    recording.replays = True
    assert handler.read(identity, declared) == before, "the replay is whole"
    stops: list[str] = []
    for key, answer in recording.answers.items():
        for path, name, body in changes(answer.body):
            recording.changed = (key, body)
            where = f"{'.'.join(map(str, path))} {name} in {key}"
            for given in (declared, None):
                try:
                    read_live(handler, identity, given)
                except RolecallError as error:
                    if not _identifies(path):
                        stops.append(f"{where}: {error.what}")
    assert not stops, "\n".join(stops)


def _identifies(path: Path) -> bool:
    """Return whether a field says which object, part or principal an answer is about, or contains all of it."""
    return bool(path) and (path[-1] in IDENTIFYING or path[-1] in CONTAINERS)
