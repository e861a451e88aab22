"""The jobs of one target after the bundle's Python functions have made and changed some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rolecall.contract.bundles.nodes import NOTHING, Node
from rolecall.contract.bundles.paths import BundlePaths
from rolecall.contract.bundles.programs import FAILED, Program, values_of
from rolecall.contract.secrets import SECRET
from rolecall.contract.source import Places
from rolecall.contract.texts import text_problems
from rolecall.errors import Problem

# What the bundles' command has filled in before its mutators see a job (resourcemutator/resource_mutator.go).
_DEFAULTS: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("name",), "Untitled"),
    (("max_concurrent_runs",), 1),
    (("queue", "enabled"), True),
    (("schedule", "pause_status"), "UNPAUSED"),
    (("trigger", "pause_status"), "UNPAUSED"),
    (("continuous", "pause_status"), "UNPAUSED"),
)


@dataclass
class MadeJobs:
    """What the functions of a bundle do in one target.

    Attributes:
        program: the functions; None for a bundle without any.
        target: the target.
        variables: the values of the bundle's variables.
        folder: the bundle's folder, as problems show paths.
        problems: what is wrong is appended to it.
        others: the resources that the functions made and that are no jobs, by type.
    """

    program: Program | None
    target: str
    variables: Mapping[str, Any]
    folder: str
    problems: list[Problem]
    others: dict[str, Node] = field(default_factory=dict)

    def loaded(self, written: Node) -> Node:
        """Return the jobs that the bundle's files have, and those that its functions make."""
        if self.program is None:
            return written
        made = self.program.load(self.target, self.variables, self.problems)
        self.others = {kind: one for kind, one in made.items() if kind != "jobs" and one.value}
        for name, job in made.get("jobs").items():
            self._look_for_secrets(job)
            if not isinstance(job.value, dict):
                what = f"a Python function of the bundle makes the job {name!r}, which is no mapping"
                self.problems.append(Problem(FAILED, job.place, what, "Make a `Job` of databricks.bundles.jobs."))
                continue
            known = written.get(name)
            if known.value is not None:
                what = f"a Python function of the bundle makes the job {name!r}, which its files have too"
                how = f"Give one of them another name; the other one is at {known.place}."
                self.problems.append(Problem("declared-twice", job.place, what, how))
                continue
            written = written.with_entry(name, job)
        return written

    def changed(self, jobs: Mapping[str, Node]) -> dict[str, Node]:
        """Return the jobs that the mutators change, with all that they leave as it is at its own place."""
        if self.program is None or not self.program.mutators:
            return {}
        paths = BundlePaths(self.folder, None, [], self.folder)
        given = {name: _filled(paths.placed(job)) for name, job in jobs.items() if job.value is not None}
        values = {name: values_of(job) for name, job in given.items()}
        changed = self.program.change(self.target, self.variables, values, self.problems)
        for job in changed.values():
            self._look_for_secrets(job)
        return {name: _unfilled(jobs[name], _kept(jobs[name], given[name], job)) for name, job in changed.items()}

    def _look_for_secrets(self, job: Node) -> None:
        places = Places({(): job.place} if job.place else {})
        self.problems += [one for one in text_problems(values_of(job), places)[0] if one.id == SECRET]


def _filled(job: Node) -> Node:
    for path, value in _DEFAULTS:
        above = [*path[:-1]]
        if above in ([], ["queue"]) or isinstance(job.get(*above).value, dict):
            job = job if job.get(*path).value is not None else _put(job, path, Node(value))
    return job


def _unfilled(before: Node, job: Node) -> Node:
    """Return a job without the values that were filled in, where they are as they were."""
    for path, value in _DEFAULTS:
        if before.get(*path).value is None and job.get(*path).value == value:
            job = _put(job, path, None)
    return job.without("queue") if before.get("queue").value is None and job.get("queue").value == {} else job


def _put(node: Node, path: tuple[str, ...], value: Node | None) -> Node:
    if len(path) > 1:
        return node.with_entry(path[0], _put(node.get(path[0]), path[1:], value))
    return node.without(path[0]) if value is None else node.with_entry(path[0], value)


def _kept(own: Node, given: Node, new: Node) -> Node:
    """Return a changed value in which all that is as it was given is the bundle's own."""
    if values_of(given) == values_of(new) and own.value is not None:
        return own
    if isinstance(new.value, dict) and isinstance(given.value, dict):
        return replace(new, value={key: _kept(own.get(key), given.get(key), one) for key, one in new.value.items()})
    if isinstance(new.value, list) and isinstance(given.value, list) and isinstance(own.value, list):
        pairs = zip(
            [*own.value, *[NOTHING] * len(new.value)], [*given.value, *[NOTHING] * len(new.value)], strict=False
        )
        return replace(new, value=[_kept(one, was, now) for (one, was), now in zip(pairs, new.value, strict=False)])
    return new
