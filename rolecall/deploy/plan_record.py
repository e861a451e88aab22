"""What a run would do, as a record: of a review, or of a saved plan."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from rolecall import __version__, plain_yaml
from rolecall.attestations.statement import Statement, digest_of
from rolecall.compiled import CompiledContract
from rolecall.contract.environment_variables import EnvironmentValues
from rolecall.contract.packs import PACK_FILE
from rolecall.deploy.session import Session
from rolecall.engine.events import Outcome
from rolecall.slices.access_changes import AccessChange

REVIEW, PLAN = "urn:rolecall:review:1", "urn:rolecall:plan:1"
EXEMPTIONS = "policy-exemptions.yaml"
Digest = Field(pattern=r"^[0-9a-f]{64}$")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StepRow(_Model):
    """A change to one resource.

    Attributes:
        stack: its stack.
        operation: create, update, replace, delete or import.
        type: its type token.
        name: its name among the stack's resources.
        properties: the paths of what an update or a replacement changes.
        digest: SHA-256 of the declarations before and afterwards.
    """

    stack: str
    operation: str
    type: str
    name: str
    properties: tuple[str, ...]
    digest: str

    def __str__(self) -> str:
        """Return it for messages."""
        changed = f": {', '.join(self.properties)}" if self.properties else ""
        return f"{self.operation} {self.type.rpartition(':')[2]} {self.name} ({self.stack}){changed}"


class AccessRow(_Model):
    """A change of one subject's access to one object, in the system's own words."""

    subject: str
    object: str
    environment: str | None
    before: str
    after: str

    def __str__(self) -> str:
        """Return it for messages."""
        where = f" ({self.environment})" if self.environment else ""
        return f"{self.subject} on {self.object}{where}: {self.before or 'nothing'} → {self.after or 'nothing'}"


class Inputs(_Model):
    """What decides what a run does, beside live state.

    Attributes:
        organization: the contract's organization.
        account_id: the Databricks account.
        contract: the contract's digest (`contract_digest`).
        values: digest of the contract with the values of its variables; empty where some were not set.
        packs: digests of the policy packs that judge the run, by name.
        exemptions: digest of the exemptions from policies; empty where there is no file.
    """

    organization: str
    account_id: str
    contract: str = Digest
    values: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    packs: dict[str, str]
    exemptions: str


class PlanRecord(_Model):
    """What a run would do.

    Attributes:
        schema_version: the version of this form.
        made_at: when it was made.
        rolecall: the version of Rolecall that made it.
        commit: the commit of the contract's files; None outside a repository, or with local changes.
        inputs: what it was made from.
        environments: the environments and stacks that were asked for; none means everything.
        refresh: whether live state was read first.
        named_packs: policy packs that the command named, beside those of the contract.
        access: who gains and who loses; None where nothing was previewed.
        steps: the changes to resources; None where nothing was previewed.
        states: digests of the states that it starts from, by stack.
        lookups: digest of the ids of the account that it starts from; empty in a record of a preview.
        variables: digests of the values that the contract's variables had, by name; empty in a record of a preview.
        not_deployed: the stacks of which an earlier change was not deployed yet; empty in a record of a preview.
    """

    schema_version: Literal[1] = 1
    made_at: AwareDatetime
    rolecall: str = __version__
    commit: str | None
    inputs: Inputs
    environments: tuple[str, ...] = ()
    refresh: bool = False
    named_packs: tuple[str, ...] = ()
    access: tuple[AccessRow, ...] | None
    steps: tuple[StepRow, ...] | None
    states: dict[str, str]
    lookups: str = ""
    variables: dict[str, str] = {}
    not_deployed: tuple[str, ...] = ()

    def statement(self, predicate_type: str) -> Statement:
        """Return the statement that is signed."""
        content = self.model_dump(mode="json")
        plan = digest_of(
            [content["access"], content["steps"], content["states"], content["lookups"], content["not_deployed"]]
        )
        subjects = {"contract": self.inputs.contract, "plan": plan}
        subjects |= {f"policy pack {name}": digest for name, digest in self.inputs.packs.items()}
        subjects |= {EXEMPTIONS: self.inputs.exemptions} if self.inputs.exemptions else {}
        return Statement(predicate_type, subjects, content)


def inputs_of(compiled: CompiledContract, contract: str, packs: Sequence[Path], root: Path | None) -> Inputs:
    """Return what decides what a run does.

    Args:
        compiled: the contract.
        contract: its digest.
        packs: the folders of the policy packs that judge the run.
        root: the project's folder; None outside a project.
    """
    names = Counter(folder.name for folder in packs)
    declared = compiled.contract.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"include"})
    exemptions = root / EXEMPTIONS if root is not None else None
    return Inputs(
        organization=compiled.contract.organization,
        account_id=compiled.contract.databricks.account_id,
        contract=contract,
        values="" if compiled.loaded.values.unset else digest_of(declared),
        packs={
            folder.name if names[folder.name] == 1 else f"{folder.parent.name}/{folder.name}": folder_digest(folder)
            for folder in packs
        },
        exemptions=_file_digest(exemptions) if exemptions is not None and exemptions.is_file() else "",
    )


def variable_digests(values: EnvironmentValues) -> dict[str, str]:
    """Return the digests of the values of a contract's variables, by name; unset ones are left out."""
    return {name: digest_of([name, value]) for name, value in sorted(values.values.items())}


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 of the files of a policy pack; of Rolecall's own packs the version counts with them."""
    files = {
        path.relative_to(folder).as_posix(): _file_digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_generated(path.relative_to(folder))
    }
    return digest_of([__version__, files])


def _is_generated(path: Path) -> bool:
    return path.suffix == ".pyc" or any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _file_digest(path: Path) -> str:
    if path.name == PACK_FILE:
        # A copy of one of Rolecall's own packs names the Python environment of its machine.
        description = plain_yaml.load(path.read_text(encoding="utf-8"))
        return digest_of({name: value for name, value in description.items() if name != "runtime"})
    return hashlib.sha256(path.read_bytes()).hexdigest()


def step_rows(outcomes: Mapping[str, Outcome]) -> Iterator[StepRow]:
    """Yield the changes to resources that previews have found."""
    for stack, outcome in sorted(outcomes.items()):
        for one in outcome.made:
            paths = tuple(change.path for change in one.properties)
            yield StepRow(
                stack=stack,
                operation=one.operation,
                type=one.type,
                name=one.name,
                properties=paths,
                digest=one.digest,
            )


def access_rows(changes: Iterable[AccessChange]) -> Iterator[AccessRow]:
    """Yield the changes of access that previews have found."""
    for one in changes:
        yield AccessRow(
            subject=one.subject, object=one.object, environment=one.environment, before=one.before, after=one.after
        )


def state_digests(session: Session) -> dict[str, str]:
    """Return the digests of the states of a project's stacks; that of an unreadable one is empty."""
    found: dict[str, str] = {}
    for stack in session.states.stacks():
        state = session.states.read_if_whole(stack)
        if state is None or state.anything:
            found[stack] = state.digest if state is not None else ""
    return found
