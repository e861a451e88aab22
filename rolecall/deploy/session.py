"""What a deployment starts from: the compiled contract, the engine, the states, and what the account knows."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from rolecall import settings
from rolecall.access.compiler import compile_contract
from rolecall.access.effective import Access
from rolecall.compiled import CompiledContract, compile_file, is_previewer, require_deployer
from rolecall.contract.packs import PACK_FILE, own_packs
from rolecall.contract.protective_settings import PROTECTIVE_TYPES
from rolecall.deploy.deployment import Deployment, Operation
from rolecall.deploy.run_message import run_message
from rolecall.engine.environment import engine_environment, without_options
from rolecall.engine.events import Outcome
from rolecall.engine.run import Engine
from rolecall.engine.run_lock import RunLock
from rolecall.engine.state import States, make_private_state
from rolecall.errors import UsageError
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.packs import pack_folder
from rolecall.project import project_name, require_contract
from rolecall.slices.access_changes import AccessChange, is_access_list
from rolecall.slices.looking_up import look_up_all
from rolecall.slices.part import Part, part_of
from rolecall.slices.slice import ACCOUNT, Slice, chosen
from rolecall.systems.databricks.lookups import Lookups
from rolecall.systems.reachability import databricks_hosts, unreachable
from rolecall.toolchain.cache import cache_folder
from rolecall.toolchain.install import Toolchain, ensure
from rolecall.toolchain.progress import Progress
from rolecall.trace import span


@dataclass(frozen=True)
class Previewed:
    """What previews have found.

    Attributes:
        outcomes: what a run would do, by stack.
        access: who would gain and who would lose.
        drifted: the stacks in which a list that the run writes is live not as the last run has left it.
    """

    outcomes: Mapping[str, Outcome]
    access: tuple[AccessChange, ...] = ()
    drifted: frozenset[str] = frozenset()


class Gate(Protocol):
    """Refuses a run that would do something else than what was reviewed or planned."""

    def check_start(self, session: Session) -> None:
        """Check what is known before a preview."""

    def check(self, session: Session, found: Previewed) -> None:
        """Check what previews have found."""


@dataclass
class Session:
    """Everything that a deployment needs, found once.

    Attributes:
        deployment: what is to be done.
        compiled: the contract.
        layers: the slices that are meant, in their order.
        engine: runs stacks.
        states: reads them.
        toolchain: the engine and its plugins.
        today: the day for which bindings count.
        parts: what each stack declares, as far as it is known; programs read it while engines run.
        lock: the lock over all stacks, for runs that change something.
        interrupted: stacks that a killed run has left in the middle of something.
        read_only: whether the caller may write neither to the systems nor to the states.
        file: the contract's main file.
        message: what the engine records with each update.
        gate: refuses a run that would do something else than what was reviewed or planned; None where all is allowed.
    """

    deployment: Deployment
    compiled: CompiledContract
    layers: list[list[Slice]]
    engine: Engine
    states: States
    toolchain: Toolchain
    today: date
    parts: dict[str, Part] = field(default_factory=dict)
    lock: RunLock | None = None
    interrupted: frozenset[str] = frozenset()
    read_only: bool = False
    file: Path = Path()
    message: str = ""
    gate: Gate | None = None
    _lookups: Lookups | None = None
    _unexpired: Access | None = None

    def expired_holders(self, target: ObjectId) -> frozenset[str]:
        """Return the groups that hold nothing on an object any more because a binding ended: their keys, their names.

        The last day of a binding is a written removal: the guards let it pass.
        """
        if not self.compiled.compilation.expired:
            return frozenset()
        if self._unexpired is None:
            loaded = self.compiled.loaded
            self._unexpired = compile_contract(loaded.contract, loaded.places, date.min).access
        held = self.compiled.access.get(target, {})
        ended = [one for one in self._unexpired.get(target, {}) if isinstance(one, GroupId) and one not in held]
        found, in_orchestrators = self.lookups.groups, self.lookups.orchestrators
        return frozenset(
            name
            for key in (one.key for one in ended)
            for name in (key, found[key].name if key in found else key, in_orchestrators.get(key, key))
        )

    @property
    def lookups(self) -> Lookups:
        """What the account knows; asked for once.

        Raises:
            SystemRefused: the account refuses the caller.
            SystemUnreachable: it does not answer.
        """
        if self._lookups is None:
            databricks = self.compiled.contract.databricks
            named = {name: one.host for name, one in self.compiled.contract.workspaces.items() if one.host}
            hosts = databricks_hosts(databricks.host, {}) if databricks.has_account else databricks_hosts(None, named)
            for error in unreachable(hosts).values():
                raise error
            with span("ask the account"):
                self._lookups = look_up_all(self.compiled)
        return self._lookups

    @property
    def hosts(self) -> Mapping[str, str]:
        """Addresses of the workspaces that Rolecall makes."""
        return self.lookups.hosts

    def asks_outside(self, one: Slice) -> bool:
        """Return whether a slice's program queries the identity provider while it runs."""
        return one == ACCOUNT and self.compiled.contract.databricks.provisioning == "rolecall"

    def part(self, one: Slice) -> Part:
        """Return a slice's part of the contract, as the account knows it now; errors as those of `lookups`."""
        if one.stack not in self.parts:
            self.parts[one.stack] = part_of(self.compiled, one, self.lookups)
        return self.parts[one.stack]

    def forget(self) -> None:
        """Query the account again: a deployment may have changed its answers."""
        self._lookups = None
        self.parts.clear()


def required_packs(root: Path, names: Sequence[str]) -> tuple[Path, ...]:
    """Return the folders of packs.

    Raises:
        UsageError: one is not there.
    """
    folders = tuple(pack_folder(root, root, name) for name in names)
    for name, folder in zip(names, folders, strict=True):
        if not (folder / PACK_FILE).is_file():
            how = "Nothing is deployed without it: put it there, or name the right folder under policy_packs."
            raise UsageError(f"the contract requires the policy pack {name}, and {folder} holds none", how)
    return folders


def _named_packs(root: Path, names: Sequence[str]) -> list[Path]:
    """Return the folders of packs that a command names.

    Raises:
        UsageError: one is no policy pack.
    """
    folders = [pack_folder(root, Path.cwd(), name) for name in names]
    for name, folder in zip(names, folders, strict=True):
        if not (folder / PACK_FILE).is_file():
            found = (
                f"has no {PACK_FILE}" if folder.is_dir() else "is no folder" if folder.exists() else "does not exist"
            )
            how = f"Name a folder with a {PACK_FILE}, or one of Rolecall's own: {', '.join(own_packs())}."
            raise UsageError(f"--policy-pack {name}: {folder} {found}", how)
    return folders


def begin(deployment: Deployment, root: Path, today: date, environment: Mapping[str, str]) -> Session:
    """Load the contract and find the engine.

    Args:
        deployment: what is to be done.
        root: the Pulumi project's folder.
        today: the day for which bindings count.
        environment: environment variables.

    Raises:
        InvalidContract: the contract has problems, or nothing of a name that is asked for.
        UsageError: the signed-in principal is not the contract's deployer, or a required pack is missing.
    """
    variables = {settings.CONTRACT.name: os.path.abspath(deployment.contract)} if deployment.contract else {}
    with span("compile the contract"):
        file = require_contract(Path.cwd(), None, {**environment, **variables})
        compiled = compile_file(file, today)
    require_deployer(compiled.contract, environment, previews=deployment.operation is Operation.PREVIEW)
    deployment = replace(
        deployment,
        packs=_named_packs(root, [str(pack) for pack in deployment.packs]),
        required=required_packs(root, compiled.contract.policy_packs),
    )
    toolchain = ensure(Progress())
    added = {**engine_environment(root, toolchain, environment), **variables}
    everything = {**without_options(environment), **added}
    project = project_name(root)
    backend = everything["PULUMI_BACKEND_URL"]
    make_private_state(backend)
    states = States(backend, project, toolchain.pulumi, root, everything)
    layers = chosen(compiled.contract, [*deployment.environments], states.stacks)
    engine = Engine(root, toolchain.pulumi, added, PROTECTIVE_TYPES, is_access_list)
    session = Session(deployment, compiled, layers, engine, states, toolchain, today)
    session.file = file
    session.read_only = is_previewer(compiled.contract, environment)
    if deployment.operation is not Operation.PREVIEW:
        session.message = run_message(file, environment).text()
        command = " ".join(["rolecall", str(deployment.operation), *deployment.environments])
        pulumi = toolchain.pulumi, everything
        session.lock = RunLock(backend, project, cache_folder(), command, pulumi=pulumi)
        engine.on_start = session.lock.note_engine
    return session
