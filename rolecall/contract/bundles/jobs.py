"""The jobs of a bundle, as a contract takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rolecall.contract.bundles.deployer import Deployment
from rolecall.contract.bundles.files import BundleFiles
from rolecall.contract.bundles.nodes import Node, plain
from rolecall.contract.bundles.programs import FAILED
from rolecall.contract.bundles.targets import Target, target_of
from rolecall.contract.problems import one_of
from rolecall.contract.source import Places
from rolecall.errors import Place, Problem

# What a bundle's job may say that is not a setting of the job. Who runs it is the contract's to say: a bundle's run_as
# names a person, or one identity for all environments.
_NOT_SETTINGS = ("lifecycle", "permissions", "run_as", "id", "url", "modified_status")


@dataclass
class BundleJob:
    """A job of a bundle.

    Attributes:
        settings: its settings by environment; it is in no other.
        places: where they stand, by environment.
    """

    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: dict[str, Places] = field(default_factory=dict)


class BundleJobs:
    """Takes jobs of one bundle.

    Args:
        bundle: the bundle's files.
        deployment: the contract's deployer and hosts.
    """

    def __init__(self, bundle: BundleFiles, deployment: Deployment) -> None:
        self.bundle = bundle
        self._deployment = deployment
        self._targets: dict[str, Target] = {}
        self._reported: set[Problem] = set()

    def names(self, environments: Iterable[str]) -> list[str]:
        """Return the names of all jobs that some environment has."""
        return [*dict.fromkeys(name for one in environments for name in self._target(one).jobs)]

    def check(self, environments: Iterable[str], problems: list[Problem]) -> bool:
        """Report what keeps the bundle's functions from making its jobs; return whether something does."""
        failed = [one for name in environments for one in self._target(name).problems if one.id == FAILED]
        self._report(failed, problems)
        return bool(failed)

    def take(self, name: str, environments: Iterable[str], problems: list[Problem]) -> BundleJob | None:
        """Return a job with its settings in each environment that has it.

        Args:
            name: the job's name in the bundle.
            environments: the contract's environments that may have it.
            problems: what is wrong with the job is appended to it.
        """
        asked = [*environments]
        if not any(name in self._target(one).jobs for one in asked):
            if self.check(asked, problems):
                return None
            what = f"{self.bundle.file} has no job {name!r}"
            known = self.names(asked)
            problems.append(Problem("unknown-bundle-job", Place(self.bundle.file, 1), what, one_of(name, known)))
            return None
        taken = BundleJob()
        for environment in asked:
            target = self._target(environment)
            self._report([*target.problems, *_permissions(target.permissions, "the bundle")], problems)
            job = target.jobs.get(name)
            if job is None:
                continue
            self._report(target.of_jobs[name], problems)
            if job.get("permissions").value is not None:
                self._report([*_permissions([job.get("permissions")], f"the bundle's job {name!r}")], problems)
            places = taken.places[environment] = Places()
            taken.settings[environment] = plain(job.without(*_NOT_SETTINGS), places)
        return taken

    def not_taken(self, environments: Iterable[str]) -> list[str]:
        """Return what the bundle has that a contract does not take, each as a short text."""
        kinds: Counter[str] = Counter()
        for environment in environments:
            for kind, node in self._target(environment).ignored.items():
                kinds[kind] = max(kinds[kind], len(node.value) if isinstance(node.value, dict) else 1)
        return [kind if kind in ("run_as", "scripts") else f"{count} {kind}" for kind, count in sorted(kinds.items())]

    def in_home(self, environments: Iterable[str]) -> list[str]:
        """Return the folders in the deployer's home from which jobs run the bundle's files."""
        return [*dict.fromkeys(home for one in environments if (home := self._target(one).home))]

    def without_target(self, environments: Iterable[str]) -> list[str]:
        """Return the environments for which a bundle that has targets has none."""
        return [one for one in environments if self.bundle.targets and one not in self.bundle.targets]

    def _target(self, environment: str) -> Target:
        found = self._targets.get(environment)
        if found is None:
            found = self._targets[environment] = target_of(self.bundle, environment, self._deployment)
        return found

    def _report(self, found: Iterable[Problem], problems: list[Problem]) -> None:
        """Append problems that were not reported yet: environments share most of a bundle."""
        for one in found:
            if one not in self._reported:
                self._reported.add(one)
                problems.append(one)


def _permissions(found: Iterable[Node], owner: str) -> Iterator[Problem]:
    for node in found:
        what = f"{owner} has permissions of its own"
        how = "Remove `permissions:` there and write a binding: one object has one writer, and the contract is it."
        yield Problem("declared-twice", node.place, what, how)
