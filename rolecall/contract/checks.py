"""What must hold between the parts of a contract: names that exist, are distinct, and are declared once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from rolecall.contract.binding import Binding
from rolecall.contract.binding_checks import check_bindings
from rolecall.contract.cluster_checks import check_clusters
from rolecall.contract.contract import Contract
from rolecall.contract.counterpart_checks import check_counterparts
from rolecall.contract.given_checks import check_given
from rolecall.contract.host_checks import check_hosts
from rolecall.contract.identity_checks import check_identity
from rolecall.contract.invariant_checks import check_invariants
from rolecall.contract.job_checks import findings
from rolecall.contract.look_alike_checks import check_look_alikes, sections_of
from rolecall.contract.naming import ALL_USERS, object_name
from rolecall.contract.object_checks import check_objects
from rolecall.contract.objects import Declared, tags_of
from rolecall.contract.problems import known
from rolecall.contract.project import Project
from rolecall.contract.quotas import check_quotas
from rolecall.contract.removal_checks import check_removal_overrides
from rolecall.contract.rename_checks import check_renames
from rolecall.contract.schema_checks import check_schema_parts
from rolecall.contract.shared_cluster_checks import check_shared_clusters
from rolecall.contract.source import Path, Places
from rolecall.contract.storage_checks import check_storage
from rolecall.contract.tag_checks import check_tags
from rolecall.contract.volume_checks import check_persistent_volumes
from rolecall.contract.workspace_checks import check_workspaces
from rolecall.errors import Place, Problem
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import TARGETS, JobBase, settings_in
from rolecall.kinds.registry import BY_NAME

# https://docs.databricks.com/api/workspace/jobs/create (tags: a maximum of 25)
MAX_JOB_TAGS = 25
# https://docs.databricks.com/api/workspace/jobs/create (tasks: up to 1000)
MAX_JOB_TASKS = 1000


def check(contract: Contract, places: Places) -> list[Problem]:
    """Return everything that is wrong between the parts of a contract."""
    checks = (
        _names,
        _references,
        _roles,
        _bindings,
        _projects,
        _jobs_declared_twice,
        _external_groups,
        check_hosts,
        check_identity,
        check_given,
        check_clusters,
        check_persistent_volumes,
        check_look_alikes,
        check_objects,
        check_workspaces,
        check_bindings,
        check_storage,
        check_schema_parts,
        check_shared_clusters,
        check_quotas,
        check_tags,
        check_removal_overrides,
        check_renames,
        check_invariants,
    )
    return [problem for one in checks for problem in one(contract, places)]


def _names(contract: Contract, places: Places) -> Iterator[Problem]:
    """Names that differ only in case are taken for one another by people, and by some systems."""
    for path, names in sections_of(contract):
        seen: dict[str, str] = {}
        for name in names:
            first = seen.setdefault(name.casefold(), name)
            if first != name:
                what = f"{path[-1]} {name!r} and {first!r} ({places.of(*path, first)}) differ only in case"
                yield Problem("names-differ-only-in-case", places.of(*path, name), what, "Rename one of them.")


def _references(contract: Contract, places: Places) -> Iterator[Problem]:
    for name, environment in contract.environments.items():
        at: Path = ("environments", name, "workspace")
        yield from known("workspace", environment.workspace, contract.workspaces, places, at)
    yield from _break_glass_reason(contract, places)
    if contract.break_glass:
        yield from known("group", contract.break_glass.group, contract.groups, places, ("break_glass", "group"))


def _break_glass_reason(contract: Contract, places: Places) -> Iterator[Problem]:
    if contract.break_glass is None and contract.break_glass_reason is None:
        what = "`break_glass` is none without a reason: there is no access when everything else fails"
        how = "Write `break_glass_reason: …`, or better `break_glass: {group: NAME}`."
        yield Problem("missing-key", places.of("break_glass"), what, how)
    elif contract.break_glass is not None and contract.break_glass_reason is not None:
        what = "`break_glass_reason` explains why there is no break-glass group, and there is one"
        yield Problem("wrong-value", places.of("break_glass_reason"), what, "Take it out.")


def _roles(contract: Contract, places: Places) -> Iterator[Problem]:
    for name, role in contract.roles.items():
        for index, right in enumerate(role):
            for kind in right.kinds():
                if right.may not in BY_NAME[kind].verbs:
                    allowed = ", ".join(BY_NAME[kind].verbs)
                    what = (
                        f"role {name!r} says `may: {right.may}` on {kind}, which no system can tell from another verb"
                    )
                    how = f"On {kind} write one of: {allowed}."
                    yield Problem("verb-not-on-kind", places.of("roles", name, index, "may"), what, how)


def _bindings(contract: Contract, places: Places) -> Iterator[Problem]:
    for index, binding in enumerate(contract.bindings):
        at: Path = ("bindings", index)
        yield from _binding(contract, None, binding, places, at)
        for position, project in enumerate(binding.projects or []):
            yield from known("project", project, contract.projects, places, (*at, "projects", position))
    for name, project_ in contract.projects.items():
        for index, binding_ in enumerate(project_.bindings):
            yield from _binding(contract, project_, binding_, places, ("projects", name, "bindings", index))


def _binding(
    contract: Contract, project: Project | None, binding: Binding, places: Places, at: Path
) -> Iterator[Problem]:
    yield from known("role", binding.role, contract.roles, places, (*at, "role"))
    for position, environment in enumerate(binding.in_):
        yield from known("environment", environment, contract.environments, places, (*at, "in", position))
    principals = project.service_principals if project else {}
    if "@" in binding.to and binding.to not in contract.groups:
        what = f"the binding is to {binding.to!r}, which is a person"
        how = "Bind a group of the identity provider instead; rights follow groups and service principals."
        yield Problem("person-in-binding", places.of(*at, "to"), what, how)
    elif binding.to in contract.groups and binding.to in principals:
        what = f"{binding.to!r} is both a group and a service principal of the project"
        yield Problem("declared-twice", places.of(*at, "to"), what, "Rename one of them.")
    elif binding.to not in ALL_USERS:
        subjects = [*contract.groups, *principals]
        noun = "group or service principal" if principals else "group"
        yield from known("group", binding.to, subjects, places, (*at, "to"), shown=noun)


def _projects(contract: Contract, places: Places) -> Iterator[Problem]:
    for name, project in contract.projects.items():
        at: Path = ("projects", name)
        yield from known("group", project.owner, contract.groups, places, (*at, "owner"))
        for job_key, job in project.jobs.items():
            yield from _job(contract, project, name, job_key, job, places)


def _job(
    contract: Contract, project: Project, project_name: str, name: str, job: JobBase, places: Places
) -> Iterator[Problem]:
    at: Path = ("projects", project_name, "jobs", name)
    yield from _run_as(contract, project, job, places, (*at, "run_as"))
    if job.policy is not None:
        yield from known("cluster policy", job.policy, project.cluster_policies, places, (*at, "policy"))
    for environment in job.overrides:
        yield from known("environment", environment, contract.environments, places, (*at, "overrides", environment))
    yield from check_counterparts(contract, project, name, job, places, at)
    reported: set[tuple[str, Path]] = set()
    checked: list[dict[str, Any]] = []
    for environment in contract.environments_of(job):
        settings = settings_in(job, environment)
        tasks = settings.get("tasks") or []
        if not tasks:
            what = f"job {name!r} has no tasks"
            yield Problem("job-without-tasks", places.of(*at), what, "Add `tasks:`, or include a bundle's job.")
            return
        for problem_id, path, what, how in () if settings in checked else findings(settings):
            if (problem_id, path) not in reported:
                reported.add((problem_id, path))
                yield Problem(problem_id, _place(places, at, environment, path), what, how)
        checked.append(settings)
        if len(tasks) > MAX_JOB_TASKS:
            what = f"job {name!r} has {len(tasks):,} tasks"
            yield Problem("too-many-tasks", places.of(*at, "tasks"), what, f"A job has at most {MAX_JOB_TASKS:,}.")
        tags = tags_of(contract, Declared(Kind.JOB, project_name, name, job), environment)
        if len(tags) > MAX_JOB_TAGS:
            what = f"job {name!r} has {len(tags)} tags, those of the project and of Rolecall counted in"
            yield Problem("too-many-tags", places.of(*at, "tags"), what, f"A job has at most {MAX_JOB_TAGS}.")


def _place(places: Places, at: Path, environment: str, path: Path) -> Place | None:
    """Return where a setting of a job stands: in what an environment has of its own, or in the job."""
    for start in ((*at, TARGETS, environment), (*at, "overrides", environment), at):
        if found := places.by_path.get((*start, *path)):
            return found
    return places.of(*at, *path)


def _run_as(contract: Contract, project: Project, job: JobBase, places: Places, at: Path) -> Iterator[Problem]:
    """Who a job runs as is a service principal of its project, and is named wherever the job is."""
    principals = project.service_principals
    if not isinstance(job.run_as, dict):
        for principal in {job.service_principal(environment) for environment in contract.environments}:
            if principal is not None:
                yield from known("service principal", principal, principals, places, at)
        return
    for environment, principal in job.run_as.items():
        yield from known("environment", environment, contract.environments, places, (*at, environment))
        yield from known("service principal", principal, principals, places, (*at, environment))
    for environment in contract.environments_of(job):
        if environment not in job.run_as:
            what = f"`run_as` has no entry for {environment}; the job would run as the deployer"
            yield Problem("run-as-missing", places.of(*at), what, f"Add `{environment}: NAME`.")


def _jobs_declared_twice(contract: Contract, places: Places) -> Iterator[Problem]:
    """Two jobs of one name in one workspace would be one object with two writers for every tool that goes by names."""
    declared: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for project_name, project in contract.projects.items():
        for name, job in project.jobs.items():
            for environment in contract.environments_of(job):
                workspace = contract.environments[environment].workspace
                shown = object_name(contract, Kind.JOB, project_name, name, environment)
                declared[workspace, shown].append(("projects", project_name, "jobs", name))
    for (workspace, shown), paths in declared.items():
        for path in paths[1:]:
            first = paths[0]
            what = f"two jobs are called {shown!r} in workspace {workspace!r}; the first is {first[1]}/{first[3]} at "
            how = "Give one of them another `name:`."
            yield Problem("declared-twice", places.of(*path), f"{what}{places.of(*first)}", how)


def _external_groups(contract: Contract, places: Places) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, group in contract.groups.items():
        if group.external:
            first = seen.setdefault(group.external, name)
            if first != name:
                what = f"groups {first!r} and {name!r} have the same id {group.external!r}"
                yield Problem("declared-twice", places.of("groups", name), what, "One group has one name here.")
    for name, group in contract.groups.items():
        if not group.external and name.casefold() in seen:
            what = f"group {name!r} is called like the id of group {seen[name.casefold()]!r}"
            yield Problem("group-named-like-an-id", places.of("groups", name), what, "Give it another name.")
