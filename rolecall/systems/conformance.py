"""Requirements of every system, for its package's own tests; none of them needs a connection."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError

from rolecall import settings
from rolecall.access.observation import Role
from rolecall.contract import load_contract
from rolecall.contract.contract import Contract
from rolecall.contract.environment_variables import looks_like_credential
from rolecall.contract.objects import Declared
from rolecall.errors import RolecallError
from rolecall.ids.ids import ServicePrincipalId, Subject
from rolecall.ids.names import RenderedName
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.job import JOB, JobBase
from rolecall.systems.access_list import lost_shown
from rolecall.systems.connections import forget_all
from rolecall.systems.managed_groups import IdsText, ManagedGroup
from rolecall.systems.orchestrator import JobToRun
from rolecall.systems.resource import Function, Resource, read_live
from rolecall.systems.spec import SystemSpec

# Without PATH and HOME no vendor's command-line tool signs in.
_KEPT = frozenset({"LANG", "PYTHONPATH", "SYSTEMROOT", "TMPDIR"})
_NOWHERE = "http://127.0.0.1:1"


def violations(spec: SystemSpec) -> list[str]:
    """Return the requirements that a system does not fulfil, one sentence each; none where it conforms."""
    return [
        *_texts(spec),
        *_served(spec),
        *_lists(spec),
        *_definitions(spec),
        *_empty(spec),
        *_orchestrator(spec),
        *_identity_provider(spec),
    ]


def _texts(spec: SystemSpec) -> Iterator[str]:
    if not (spec.name.isidentifier() and spec.name.islower()):
        yield f"`name` {spec.name!r} is not a word of small letters"
    if not spec.title:
        yield "`title` is empty"
    if not spec.does_not_read:
        yield "`does_not_read` is empty: list what parity does not read there"
    if not spec.sign_in().strip():
        yield "`sign_in` is empty"
    for name in spec.variables:
        if looks_like_credential(name):
            yield f"`variables` has {name}, a credential by its name"


def _served(spec: SystemSpec) -> Iterator[str]:
    served: list[type[Resource[object]] | type[Function[object]]] = [*spec.resources(), *spec.functions()]  # type: ignore[type-var]  # any model
    tokens = [one.token for one in served]
    for token in sorted({one for one in tokens if tokens.count(one) > 1}):
        yield f"two types have the token {token!r}"
    for one in served:
        if not one.token.startswith(f"rolecall:{spec.name}:"):
            yield f"the token {one.token!r} does not begin with `rolecall:{spec.name}:`"
        if not one.description:
            yield f"{one.token} has no description"
        fields = one.model.model_json_schema(by_alias=True).get("properties", {})
        for name, field in fields.items():
            if not field.get("description"):
                yield f"property `{name}` of {one.token} has no description"
        if issubclass(one, Resource):
            for name in sorted((one.replaced_by | one.unordered | one.deleted_first) - {*fields}):
                yield f"{one.token} names the property `{name}`, which it does not have"
            for name in sorted(one.deleted_first - one.replaced_by):
                yield f"`{name}` of {one.token} is in `deleted_first`, not in `replaced_by`"


def _lists(spec: SystemSpec) -> Iterator[str]:
    """Find access lists and lists of members that do not declare how their writes affect other owners' entries."""
    named = {*spec.memberships, *(f"rolecall:{spec.name}:{noun}" for noun in spec.access_lists)}
    served = {one.token: one for one in spec.resources()}
    for token in sorted(named - {*served}):
        yield f"`memberships` or `access_lists` has {token}, which the system does not serve"
    for token, one in served.items():
        form, fields = one.access_list, one.model.model_json_schema(by_alias=True)
        if form is None:
            if (token in named or "holders" in fields.get("properties", {})) and not one.entries_of_others:
                yield f"{token} lists subjects, and has no `access_list` with the effect on other owners' entries"
            continue
        if token not in named:
            yield f"{token} has an `access_list`, and neither `access_lists` nor `memberships` of the spec names it"
        for path in form.fields():
            if not _has_field(fields, path):
                yield f"`access_list` of {token} names the property `{'.'.join(path)}`, which it does not have"
        guarded = form.replaces_others or form.deletes_others
        if guarded and "removalOverride" not in fields.get("properties", {}):
            yield f"{token} has no property `removalOverride`, by which contracts allow removing other owners' entries"


def _definitions(spec: SystemSpec) -> Iterator[str]:
    served = {one.token: one for one in spec.resources()}
    for noun, name in spec.definitions:
        one = served.get(f"rolecall:{spec.name}:{noun}")
        if one is None:
            yield f"`definitions` has {noun!r}, which the system does not serve"
        elif name not in one.model.model_json_schema(by_alias=True).get("properties", {}):
            yield f"`definitions` names the property `{name}` of {one.token}, which it does not have"


def _has_field(schema: Mapping[str, Any], path: Sequence[str]) -> bool:
    """Return whether a model has a property, or entries with a field."""
    field = schema.get("properties", {}).get(path[0])
    if field is None or len(path) == 1:
        return field is not None
    name = str(field.get("items", {}).get("$ref", "")).rpartition("/")[2]
    return path[1] in schema.get("$defs", {}).get(name, {}).get("properties", {})


def list_violations(resource: Resource[Any], declared: Mapping[str, Any], add_other: Callable[[], None]) -> list[str]:
    """Return how a list of a system behaves otherwise than its `access_list` states; needs a connection to the system.

    The list is written and left as it is declared.

    Args:
        resource: its type.
        declared: its properties, without an override; at least one entry.
        add_other: adds an entry that is not declared, for a subject without an entry, past Rolecall.
    """
    form, inputs = resource.access_list, resource.model.model_validate(declared)
    if form is None:
        return [f"{resource.token} has no `access_list`"]
    resource.refuse_first_losses(inputs)
    identity = resource.create(inputs).id
    found = [] if identity == form.id_of(declared) else [f"its id is {identity!r}, not {form.id_of(declared)!r}"]
    if lost := resource.first_losses(inputs):
        found.append(f"right after its first write, others would lose: {lost_shown(lost, 5)}")
    add_other()

    def others() -> bool:
        live = read_live(resource, identity, inputs)
        return live is not None and bool(form.lost(live.inputs.properties(), declared))

    if not others():
        return [*found, "an entry of another owner is not read"]
    if bool(resource.first_losses(inputs)) != form.replaces_others:
        found.append("`first_losses` does not name the subject of an entry that a first write removes")
    resource.create(inputs)
    if others() == form.replaces_others:
        found.append(f"`replaces_others` is {form.replaces_others}, and a write does the opposite")
    if form.deletes_others is not None:
        if not others():
            add_other()
        resource.delete(identity, inputs)
        if others() == form.deletes_others:
            found.append(f"`deletes_others` is {form.deletes_others}, and a deletion does the opposite")
        resource.create(inputs)
    return found


def _empty(spec: SystemSpec) -> Iterator[str]:
    """Find what goes wrong with an empty contract, and without credentials."""
    contract = _empty_contract()
    if spec.role is not Role.PLATFORM and spec.concerns(contract):
        yield "`concerns` is true of a contract that does not use the system"
    names = [*spec.names()(contract)]
    if any(not isinstance(one, RenderedName) for one in names):
        yield "`names` yields something else than RenderedName"
    if spec.given(contract, {}):
        yield "`given` adds access to an empty contract"
    with _without_credentials():
        try:
            spec.observe(contract, {}, (), {})
        except RolecallError:
            return
        except Exception as error:  # noqa: BLE001 - any other is the finding
            yield f"`observe` without credentials fails with {error!r}, not with a RolecallError"
        else:
            yield "`observe` without credentials returns an observation, which would count as read"


def _orchestrator(spec: SystemSpec) -> Iterator[str]:
    if spec.orchestrator is None:
        return
    declared = spec.orchestrator()
    if declared.name != spec.name:
        yield f"the orchestrator is called {declared.name!r}"
    known = {one.token for one in spec.resources()}
    made: set[str] = set()
    for wanted in declared.shared({"engineers": "engineers"}, "acme"):
        if wanted.token not in known:
            yield f"`shared` declares {wanted.token}, which the system does not serve"
        if missing := {*wanted.after} - made:
            yield f"{wanted.name} comes after {', '.join(sorted(missing))}, which is not declared before it"
        made.add(wanted.name)
    if declared.for_project([]):
        yield "`for_project` declares something for a project without jobs"
    made_of_job = {(one.token, one.name) for one in declared.for_project([_job()])}
    for noun, ending in spec.counterpart_types:
        if (f"rolecall:{spec.name}:{noun}", f"{spec.name}-empty-train{ending}") not in made_of_job:
            yield f"`counterpart_types` has ({noun!r}, {ending!r}), which `for_project` does not declare"
    for token, name in sorted(made_of_job):
        about = [ending for _, ending in spec.counterpart_types if name == f"{spec.name}-empty-train{ending}"]
        if name.startswith(f"{spec.name}-empty-train") and not about:
            yield f"`counterpart_types` lacks {token} {name!r}, which `for_project` declares for a job"


def _identity_provider(spec: SystemSpec) -> Iterator[str]:
    if spec.managed_groups is None:
        return
    groups = spec.managed_groups()
    filled = ManagedGroup(_empty_contract(), "engineers", "", "rolecall:acme", adopt=False, members=["ada@example.com"])
    declared = [groups.group(filled), groups.assignment("app", "1")]
    for case in (filled, replace(filled, members=None, includes=["2"])):
        if members := groups.members(case, "1"):
            declared.append(members)
        else:
            yield "`members` declares nothing for a group whose members the contract determines"
    if groups.members(replace(filled, members=None), "1") is not None:
        yield "`members` declares something for a group whose members the contract leaves unmanaged"
    served = {one.token: one for one in spec.resources()}
    models = {token: one.model for token, one in served.items()}
    made = served.get(declared[0].token)
    if made is not None and made.existing is Resource.existing:
        yield f"{made.token} lacks `existing`: a preview cannot name the members of a group that is taken over"
    for one in declared:
        if one.token not in models:
            yield f"`managed_groups` declares {one.token}, which the system does not serve"
            continue
        properties = {
            name: value.text([*value.ids]) if isinstance(value, IdsText) else value
            for name, value in one.properties.items()
        }
        try:
            models[one.token].model_validate(properties)
        except ValidationError as error:
            yield f"`managed_groups` declares a {one.token} that its own model refuses: {error.errors()[0]['msg']}"


def _job() -> JobToRun:
    value = JOB.model_for(None) if JOB.model_for is not None else JobBase
    job = value.model_validate({})
    principal = ServicePrincipalId("dev", "empty", "trainer")
    held: dict[Subject, Verb] = {principal: Verb.RUN}
    return JobToRun(
        Declared(Kind.JOB, "empty", "train", job), "dev", principal, held, "acme", workspace=_NOWHERE, job_id="1"
    )


@contextmanager
def _without_credentials() -> Iterator[None]:
    before = dict(os.environ)
    for name in before:
        if name not in _KEPT:
            del os.environ[name]
    limits = {settings.HOST_TIMEOUT.name: "1", settings.RETRY_SECONDS.name: "1"}
    os.environ |= {**limits, settings.GRAPH_HOST.name: _NOWHERE}
    forget_all()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        forget_all()


_EMPTY = """\
version: 1
organization: acme
databricks:
  host: http://127.0.0.1:1
  account_id: 7c0ffee0-0000-4000-8000-000000000001
  deployer: 11111111-1111-4111-8111-111111111111
workspaces: {shared: {host: "http://127.0.0.1:1"}}
environments: {dev: {workspace: shared}}
break_glass: {group: emergency}
groups: {emergency: {managed: true}}
roles: {}
projects: {empty: {owner: emergency}}
"""


def _empty_contract() -> Contract:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "contract.yaml"
        path.write_text(_EMPTY, encoding="utf-8")
        return load_contract(path, {}).contract
