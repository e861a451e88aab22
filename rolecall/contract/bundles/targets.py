"""A bundle as it is in one target."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from rolecall.contract.bundles.conversion import converted, is_yes, text_of
from rolecall.contract.bundles.deployer import Deployment
from rolecall.contract.bundles.files import BundleFiles
from rolecall.contract.bundles.made_jobs import MadeJobs
from rolecall.contract.bundles.nodes import NOTHING, Node, merge, merge_by_key
from rolecall.contract.bundles.paths import Paths, root_of
from rolecall.contract.bundles.pools import with_pools
from rolecall.contract.bundles.presets import with_presets
from rolecall.contract.bundles.programs import values_of
from rolecall.contract.bundles.references import References
from rolecall.errors import Problem

# What a target lays over the bundle (bundle/config/root.go, MergeTargetOverrides).
_MERGED = ("bundle", "workspace", "artifacts", "resources", "sync", "permissions", "presets")
# A target's keys of a variable; any other mapping is its value (bundle/config/root.go).
_FULL_VARIABLES = (
    {"default"},
    {"lookup"},
    {"default", "type"},
    {"default", "description"},
    {"lookup", "description"},
    {"default", "type", "description"},
)
# Lists of a job whose elements have a key (resourcemutator/merge_job_*.go).
_KEYS = {"tasks": "task_key", "job_clusters": "job_cluster_key", "parameters": "name"}
_HOME = "/Workspace/Users"
_MODES = ("development", "production")
# What `databricks bundle deploy` changes in jobs after they are resolved (bundle/config/experimental.go).
_CHANGES_JOBS = {
    "python_wheel_wrapper": "replaces tasks of wheels by notebooks when it is deployed",
    "immutable_folder": "replaces its paths by those of a snapshot when it is deployed",
}
# Paths of the workspace hold the prefix (bundle/config/mutator/rewrite_workspace_prefix.go).
_PREFIXED = re.compile(r"/Workspace/?(\$\{workspace\.(?:root|file|artifact|state|resource)_path\})")


@dataclass
class Target:
    """The jobs that a bundle has in an environment, each in the form of the Jobs API.

    Attributes:
        jobs: the jobs by name.
        problems: what is wrong with the target itself.
        of_jobs: what is wrong with each job.
        permissions: the permissions of the bundle's target, which are ignored.
        ignored: settings that are not taken, by what they are called.
        home: the folder of its files in the deployer's home, where the bundle names no root path; empty otherwise.
    """

    jobs: dict[str, Node] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    of_jobs: dict[str, list[Problem]] = field(default_factory=dict)
    permissions: list[Node] = field(default_factory=list)
    ignored: dict[str, Node] = field(default_factory=dict)
    home: str = ""


def target_of(bundle: BundleFiles, environment: str, deployment: Deployment) -> Target:
    """Return a bundle as it is in the target that is called like an environment; without one, as it is by itself.

    Args:
        bundle: the bundle.
        environment: the environment.
        deployment: what the bundle's user and workspace are.
    """
    root, chosen = _selected(bundle, environment)
    found = Target()
    found.problems += _undeclared(bundle, chosen)
    variables, looked_up = _variables(root, chosen)
    root = _with_workspace(root, deployment, environment)
    references = References(root, variables, looked_up)
    # The workspace's paths may hold references themselves.
    workspace = References(root, variables, looked_up, []).resolve(root.get("workspace"))
    references.root = root = root.with_entry("workspace", workspace)
    presets = references.resolve(root.get("presets"))
    mode = chosen.get("mode").value
    found.problems += _wrong_mode(chosen.get("mode"), presets)
    uploaded = root.get("workspace", "file_path").value
    folder = root_of(posixpath.dirname(bundle.file), root.get("sync", "paths").elements())
    found.problems += references.problems
    found.problems += _refused_paths(root)
    own = posixpath.dirname(bundle.file)
    values = _values(root, variables, looked_up) if bundle.program else {}
    made = MadeJobs(bundle.program, environment, values, own, found.problems)
    written = made.loaded(root.get("resources", "jobs"))
    jobs: dict[str, Node] = {}
    for name, one in written.items():
        if isinstance(one.value, dict | None):
            references.problems = found.of_jobs[name] = []
            jobs[name] = with_presets(_resolved(references, one), presets, mode)
    for name, job in made.changed(jobs).items():
        references.problems = found.of_jobs[name]
        jobs[name] = _resolved(references, job)
    for name, job in jobs.items():
        to = uploaded if isinstance(uploaded, str) else None
        placed = Paths(folder, to, found.of_jobs[name], own, bundle.folder).placed(job)
        found.jobs[name] = with_pools(converted(placed))
    if isinstance(uploaded, str) and not _names_root(bundle, environment):
        found.home = uploaded
    found.permissions = [one for one in (bundle.root.get("permissions"), chosen.get("permissions")) if one.value]
    found.ignored = {**dict(_ignored(bundle.root, chosen)), **made.others}
    return found


def _resolved(references: References, written: Node) -> Node:
    """Return a job with its references replaced, and the elements of its lists joined by key."""
    job = references.resolve(_without_prefix(written))
    for key, by in _KEYS.items():
        if job.get(key).value is not None:
            job = job.with_entry(key, merge_by_key(job.get(key), by))
    return job


def _values(root: Node, variables: dict[str, Node], looked_up: frozenset[str]) -> dict[str, Any]:
    """Return the variables' values for the bundle's functions, which get no address: references to it are left."""
    without = root.with_entry("workspace", root.get("workspace").without("host"))
    references = References(without, variables, looked_up)
    return {name: values_of(references.resolve(value)) for name, value in variables.items()}


def _selected(bundle: BundleFiles, environment: str) -> tuple[Node, Node]:
    """Return the bundle with a target laid over it, and the target."""
    chosen = bundle.targets.get(environment, NOTHING)
    root = bundle.root
    for section in _MERGED:
        if chosen.get(section).value is not None:
            root = root.with_entry(section, merge(root.get(section), chosen.get(section)))
    name = Node(environment)
    described = root.get("bundle").with_entry("target", name).with_entry("environment", name)
    if chosen.get("mode").value is not None:
        described = described.with_entry("mode", chosen.get("mode"))
    git = merge(described.get("git"), chosen.get("git"))
    return root.with_entry("bundle", described.with_entry("git", git)), chosen


def _names_root(bundle: BundleFiles, environment: str) -> bool:
    root, _ = _selected(bundle, environment)
    return any(root.get("workspace", key).value for key in ("root_path", "file_path"))


def _undeclared(bundle: BundleFiles, chosen: Node) -> Iterator[Problem]:
    declared = dict(bundle.root.get("variables").items())
    for name, value in chosen.get("variables").items():
        if name not in declared:
            what = f"the target gives a value to the variable {name!r}, which the bundle does not declare"
            how = f"Declare it: `variables: {{{name}: {{}}}}`, or remove it here."
            yield Problem("unresolved-bundle-reference", value.place, what, how)
    for holder in (bundle.root.get("bundle"), chosen.get("bundle"), chosen):
        for key in ("cluster_id", "compute_id"):
            if (found := holder.get(key)).value is not None:
                what = f"`{key}` of the bundle makes all jobs run on one existing cluster"
                yield Problem(
                    "wrong-value", found.place, what, "Remove it: each job names the compute that it runs on."
                )
    for key, effect in _CHANGES_JOBS.items():
        found = bundle.root.get("experimental", key)
        if found.value is not None and is_yes(found.value):
            what = f"`experimental.{key}` of the bundle {effect}"
            yield Problem(
                "bundle-changed-at-deployment", found.place, what, "Remove it, or keep these jobs out of the contract."
            )


def _refused_paths(root: Node) -> Iterator[Problem]:
    """Report errors that the command rejects (validate_volume_path.go, no_interpolation_in_bundle_name.go)."""
    name = root.get("bundle", "name")
    if isinstance(name.value, str) and "${" in name.value:
        what = f"`bundle.name` is {name.value!r}, and a bundle's name has no references"
        yield Problem("wrong-value", name.place, what, "Write the name itself.")
    for key in ("root_path", "file_path", "state_path", "resource_path"):
        path = root.get("workspace", key)
        if isinstance(path.value, str) and path.value.startswith("/Volumes/") and path.place is not None:
            what = f"`workspace.{key}` is {path.value}, and a bundle's files are in no volume"
            yield Problem("wrong-value", path.place, what, "Write a path of the workspace: /Workspace/….")


def _wrong_mode(mode: Node, presets: Node) -> Iterator[Problem]:
    """Report a mode that there is not, and one that its presets contradict (validate_target_mode.go)."""
    if mode.value is not None and mode.value not in _MODES:
        what, how = f"the target's `mode` is {mode.value!r}", f"Allowed: {', '.join(_MODES)}."
        yield Problem("wrong-value", mode.place, what, how)
    status = presets.get("trigger_pause_status")
    if mode.value == _MODES[0] and status.value and text_of(status.value).upper() == "UNPAUSED":
        what = "the target has `mode: development`, and its presets start triggers"
        yield Problem("wrong-value", status.place, what, "Write `pause_status: UNPAUSED` in the job that is to start.")


def _variables(root: Node, chosen: Node) -> tuple[dict[str, Node], frozenset[str]]:
    """Return the variables' values, and the names of those that the workspace would be asked for."""
    values: dict[str, Node] = {}
    looked_up: set[str] = set()
    given = dict(chosen.get("variables").items())
    for name, declared in root.get("variables").items():
        default, lookup = declared.get("default"), declared.get("lookup")
        over = given.get(name, NOTHING)
        if over.value is not None:
            # A value of its own takes the place of the default, however deep; it is not merged.
            is_full = isinstance(over.value, dict) and over.value.keys() in _FULL_VARIABLES
            default = over.get("default") if is_full else over
            lookup = over.get("lookup") if is_full else NOTHING
            if is_full and default.value is None and lookup.value is None:
                default, lookup = declared.get("default"), declared.get("lookup")
        if declared.get("value").value is not None:
            # Taken before any default (bundle/config/mutator/set_variables.go).
            values[name] = declared.get("value")
        elif default.value is not None:
            values[name] = default
        elif lookup.value is not None:
            looked_up.add(name)
    return values, frozenset(looked_up)


def _with_workspace(root: Node, deployment: Deployment, environment: str) -> Node:
    """Return the bundle with the workspace's paths and user filled in (default_workspace_paths.go)."""
    workspace, deployer = root.get("workspace"), deployment.deployer
    name = root.get("bundle", "name")
    if not workspace.get("root_path").value and name.value:
        # bundle/config/mutator/default_workspace_root.go
        workspace = workspace.with_entry("root_path", Node(f"~/.bundle/{text_of(name.value)}/{environment}"))
    if environment in deployment.hosts:
        workspace = workspace.with_entry("host", Node(deployment.hosts[environment]))
    names = {field: Node(name) for field, name in deployment.names.items()}
    workspace = workspace.with_entry("current_user", Node(names))
    for key in ("root_path", "file_path", "artifact_path", "state_path", "resource_path"):
        path = workspace.get(key)
        if isinstance(path.value, str):
            workspace = workspace.with_entry(key, replace(path, value=_absolute(path.value, deployer)))
    base = workspace.get("root_path")
    if base.value is not None:
        for key, below in (("file", "files"), ("resource", "resources"), ("artifact", "artifacts"), ("state", "state")):
            if workspace.get(f"{key}_path").value is None:
                path = replace(base, value=posixpath.join(str(base.value), below))
                workspace = workspace.with_entry(f"{key}_path", path)
    return root.with_entry("workspace", workspace)


def _absolute(path: str, deployer: str) -> str:
    """Return a path of the workspace from its root (expand_workspace_root.go, prepend_workspace_prefix.go)."""
    if path == "~" or path.startswith("~/"):
        return f"{_HOME}/{deployer}{path[1:]}"
    return f"/Workspace{path}" if path.startswith("/") and not path.startswith(("/Workspace/", "/Volumes/")) else path


def _without_prefix(node: Node) -> Node:
    """Return a tree in which no reference to a path of the workspace has `/Workspace` before it."""
    value: Any = node.value
    if isinstance(value, dict):
        return replace(node, value={key: _without_prefix(one) for key, one in value.items()})
    if isinstance(value, list):
        return replace(node, value=[_without_prefix(one) for one in value])
    return replace(node, value=_PREFIXED.sub(r"\1", value)) if isinstance(value, str) else node


def _ignored(root: Node, chosen: Node) -> Iterator[tuple[str, Node]]:
    for over in (chosen, root):
        if over.get("run_as").value is not None:
            yield "run_as", over.get("run_as")
        if over.get("experimental", "scripts").value:
            yield "scripts", over.get("experimental", "scripts")
        for kind, declared in over.get("resources").items():
            if kind != "jobs" and declared.value:
                yield kind, declared
