"""Jobs: https://docs.databricks.com/api/workspace/jobs (version 2.2)"""

from __future__ import annotations

import copy
import re
import zoneinfo
from collections.abc import Callable, Iterator
from typing import Any

from rolecall.emulators.application import Call, Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.databricks import quartz
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import invalid
from rolecall.emulators.databricks.job_exclusions import check_job
from rolecall.emulators.databricks.models import Account
from rolecall.emulators.databricks.permissions import JOB, Permissions
from rolecall.emulators.databricks.policy_enforcement import fill, violations
from rolecall.emulators.databricks.run_as import run_as_name
from rolecall.emulators.databricks.workspace_routes import WorkspaceRoutes
from rolecall.emulators.routes import route_in

# https://docs.databricks.com/api/workspace/jobs/list: limit.
DEFAULT_PAGE, MAX_PAGE = 20, 100
MAX_TASKS, MAX_TAGS = 1000, 25
# Letters from here on are not of ISO 8859-1.
LATIN = 256
# https://docs.databricks.com/en/resources/limits.html: saved jobs of a workspace.
MAX_JOBS = 10_000

# The fields used here are identical in both versions.
VERSIONS = ("2.1", "2.2")


class Jobs(WorkspaceRoutes):
    """The routes for one workspace."""

    def __init__(
        self, account: Callable[[], Account], workspace: str, permissions: Permissions, clock: Clock, page_size: int
    ) -> None:
        super().__init__(account, workspace)
        self._permissions = permissions
        self._clock = clock
        self._page_size = page_size

    @route_in(VERSIONS, "POST", "/api/{version}/jobs/create")
    def create(self, call: Call) -> Json:
        """Make a job; the creator owns it."""
        if len(self._workspace.jobs) >= MAX_JOBS:
            raise invalid(f"The workspace has reached the quota of {MAX_JOBS} saved jobs.")
        caller: Caller = call.caller
        controls = call.body.pop("access_control_list", None)
        settings = self._checked(call.body)
        run_as = run_as_name(self._account, self._workspace, settings.pop("run_as", None), caller)
        identity = self._account.next_id()
        self._workspace.jobs[str(identity)] = {
            "job_id": identity,
            "creator_user_name": caller.name,
            "run_as_user_name": run_as,
            "created_time": self._clock.milliseconds(),
            "settings": settings,
        }
        self._permissions.created(JOB, str(identity), caller)
        if controls:
            parameters = {"object_type": JOB.path, "id": str(identity)}
            body = {"access_control_list": controls}
            inner = Call("PATCH", call.path, parameters, {}, body, {}, call.headers, caller)
            self._permissions.update(inner)
        return {"job_id": identity}

    @route_in(VERSIONS, "GET", "/api/{version}/jobs/get")
    def get(self, call: Call) -> Json:
        """Answer a job; more than a hundred tasks come in pages."""
        job = self._find(call.query.get("job_id", ""), call.caller, "CAN_VIEW", "View")
        start = self._page_start(call)
        tasks = job["settings"].get("tasks", [])
        shown: Json = copy.deepcopy(job)
        if tasks:
            shown["settings"]["tasks"] = copy.deepcopy(tasks[start : start + MAX_PAGE])
        if len(tasks) > start + MAX_PAGE:
            shown["next_page_token"] = f"t{start + MAX_PAGE}"
        return shown

    @route_in(VERSIONS, "GET", "/api/{version}/jobs/list")
    def list_all(self, call: Call) -> Json:
        """Answer a page of the jobs that the caller may see, newest first."""
        limit = int(call.query.get("limit") or self._page_size)
        if not 0 < limit <= MAX_PAGE:
            raise invalid(f"limit must be between 1 and {MAX_PAGE}.")
        wanted = call.query.get("name", "").lower()
        seen = [
            job
            for identity, job in reversed(self._workspace.jobs.items())
            if self._permissions.holds(call.caller, JOB, identity, "CAN_VIEW")
            and (not wanted or str(job["settings"].get("name", "")).lower() == wanted)
        ]
        start = self._page_start(call)
        expand = call.query.get("expand_tasks", "false").lower() == "true"
        page = [_listed(job, expand=expand) for job in seen[start : start + limit]]
        answer: Json = {"jobs": page} if page else {}
        answer["has_more"] = len(seen) > start + limit
        if answer["has_more"]:
            answer["next_page_token"] = f"t{start + limit}"
        if start:
            answer["prev_page_token"] = f"t{max(0, start - limit)}"
        return answer

    @route_in(VERSIONS, "POST", "/api/{version}/jobs/reset")
    def reset(self, call: Call) -> Json:
        """Replace a job's settings."""
        job = self._find(str(call.body.get("job_id")), call.caller, "CAN_MANAGE", "Manage")
        settings = self._checked(call.body.get("new_settings") or {})
        job["run_as_user_name"] = run_as_name(self._account, self._workspace, settings.pop("run_as", None), call.caller)
        job["settings"] = settings
        return {}

    @route_in(VERSIONS, "POST", "/api/{version}/jobs/update")
    def update(self, call: Call) -> Json:
        """Change some of a job's settings: top-level fields, tasks and job clusters by their keys."""
        job = self._find(str(call.body.get("job_id")), call.caller, "CAN_MANAGE", "Manage")
        settings = copy.deepcopy(job["settings"])
        changes = dict(call.body.get("new_settings") or {})
        for name, key in (("tasks", "task_key"), ("job_clusters", "job_cluster_key")):
            if name in changes:
                merged = {item[key]: item for item in settings.get(name, [])}
                merged.update({item[key]: item for item in changes.pop(name)})
                settings[name] = [*merged.values()]
        settings.update(changes)
        for name in call.body.get("fields_to_remove") or []:
            field, _, inner = name.partition("/")
            if inner and isinstance(settings.get(field), list):
                keys = ("task_key", "job_cluster_key")
                settings[field] = [one for one in settings[field] if inner not in (one.get(key) for key in keys)]
            else:
                settings.pop(field, None)
        checked = self._checked(settings)
        run_as = checked.pop("run_as", None)
        if run_as is not None:
            job["run_as_user_name"] = run_as_name(self._account, self._workspace, run_as, call.caller)
        job["settings"] = checked
        return {}

    @route_in(VERSIONS, "POST", "/api/{version}/jobs/delete")
    def delete(self, call: Call) -> Json:
        """Remove a job with its runs."""
        identity = str(call.body.get("job_id"))
        self._find(identity, call.caller, "CAN_MANAGE", "Manage")
        del self._workspace.jobs[identity]
        runs = self._workspace.runs.items()
        self._workspace.runs = {key: run for key, run in runs if str(run["job_id"]) != identity}
        self._permissions.deleted(JOB, identity)
        return {}

    def _find(self, identity: str, caller: Caller, level: str, words: str) -> Json:
        job = self._workspace.jobs.get(identity)
        if job is None:
            raise invalid(JOB.unknown.format(id=identity))
        self._permissions.require(caller, JOB, identity, level, words)
        return job

    def _page_start(self, call: Call) -> int:
        token = call.query.get("page_token")
        if not token:
            return 0
        if not token.startswith("t") or not token[1:].isdigit():
            raise invalid("Invalid page token.")
        return int(token[1:])

    def _checked(self, body: Json) -> Json:
        """Refuse what Databricks refuses, and return the settings with what it fills in."""
        settings = copy.deepcopy(body)
        tasks = settings.get("tasks") or []
        keys = [task.get("task_key") for task in tasks]
        if len(tasks) > MAX_TASKS:
            raise invalid(f"The job has {len(tasks)} tasks; at most {MAX_TASKS} are allowed.")
        _check_tags(settings.get("tags") or {})
        names = [one.get("name") for one in settings.get("parameters") or []]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise invalid(f"Duplicate parameter name: {twice}.")
        if len(settings.get("tags") or {}) > MAX_TAGS:
            raise invalid(f"The job has {len(settings['tags'])} tags; at most {MAX_TAGS} are allowed.")
        if not all(keys) or len(set(keys)) != len(keys):
            raise invalid("Every task needs a task_key that no other task has.")
        clusters = {one.get("job_cluster_key") for one in settings.get("job_clusters") or []}
        environments = {one.get("environment_key") for one in settings.get("environments") or []}
        check_job(settings, _all_tasks(tasks))
        for task in _all_tasks(tasks):
            self._check_task(task, keys, clusters, environments)
            _check_paths(task, has_git="git_source" in settings)
        for cluster in _new_clusters(settings):
            policy = cluster.get("policy_id")
            if policy and policy not in self._workspace.cluster_policies:
                raise invalid(f"Can't find a cluster policy with id: {policy}.")
            if policy:
                definition = self._workspace.cluster_policies[policy]["definition"]
                fill(cluster, definition)
                for wrong in violations(cluster, definition):
                    raise invalid(f"Cluster validation error: {wrong}.")
            cluster.pop("apply_policy_default_values", None)
            pool = cluster.get("instance_pool_id")
            if pool and pool not in self._workspace.instance_pools:
                raise invalid(f"Can't find an instance pool with id: {pool}.")
        for name in ("schedule", "continuous", "trigger"):
            self._check_trigger(settings, name)
        filled = {"name": "Untitled", "email_notifications": {}, "max_concurrent_runs": 1, "timeout_seconds": 0}
        return {**filled, **settings, "format": "MULTI_TASK"}

    def _check_task(self, task: Json, keys: list[Any], clusters: set[Any], environments: set[Any]) -> None:
        key = task["task_key"]
        for needed in task.get("depends_on") or []:
            if needed.get("task_key") not in keys or needed["task_key"] == key:
                raise invalid(f"Task '{key}' depends on task '{needed.get('task_key')}', which does not exist.")
        kinds = [name for name in task if name.endswith("_task")]
        if len(kinds) != 1:
            raise invalid(f"Task '{key}' must have exactly one type of task; it has {len(kinds)}.")
        if (wanted := task.get("job_cluster_key")) and wanted not in clusters:
            raise invalid(f"Task '{key}' uses job cluster '{wanted}', which is not defined.")
        if (wanted := task.get("environment_key")) and wanted not in environments:
            raise invalid(f"Task '{key}' uses environment '{wanted}', which is not defined.")
        places = [name for name in ("job_cluster_key", "new_cluster", "existing_cluster_id") if task.get(name)]
        if len(places) > 1:
            raise invalid(f"Task '{key}' must have at most one of {', '.join(places)}.")
        task.setdefault("run_if", "ALL_SUCCESS")
        task.setdefault("timeout_seconds", 0)
        task.setdefault("email_notifications", {})

    def _check_trigger(self, settings: Json, name: str) -> None:
        trigger = settings.get(name)
        if not trigger:
            return
        others = [one for one in ("schedule", "continuous", "trigger") if one != name and settings.get(one)]
        if others:
            raise invalid(f"A job can have only one of {name} and {others[0]}.")
        trigger.setdefault("pause_status", "UNPAUSED")
        if name == "schedule":
            expression = str(trigger.get("quartz_cron_expression", ""))
            if wrong := next(quartz.problems(expression), ""):
                raise invalid(f"Invalid quartz cron expression: {expression}: {wrong}.")
            if not trigger.get("timezone_id"):
                raise invalid("A schedule needs a timezone_id.")
            if trigger["timezone_id"] not in zoneinfo.available_timezones():
                raise invalid(f"Invalid timezone: {trigger['timezone_id']}.")


def _check_paths(task: Json, *, has_git: bool) -> None:
    """Refuse a relative path of the workspace; a Git repository's are relative.

    https://docs.databricks.com/api/workspace/jobs/create: notebook_path, python_file and source.
    """
    for kind, name in (("notebook_task", "notebook_path"), ("spark_python_task", "python_file")):
        part = task.get(kind) or {}
        path, source = str(part.get(name) or ""), part.get("source") or ("GIT" if has_git else "WORKSPACE")
        elsewhere = kind == "spark_python_task" and ":/" in path
        if part and source == "WORKSPACE" and not path.startswith("/") and not elsewhere:
            raise invalid(f"Invalid {name} {path!r}: only absolute paths are supported. Paths must begin with '/'.")
        if part and source == "GIT" and path.startswith("/"):
            raise invalid(f"Invalid {name} {path!r}: a path in a Git repository must be relative.")


def _check_tags(tags: Json) -> None:
    """Refuse what the cloud refuses of a tag; a job's tags become those of its clusters.

    https://docs.databricks.com/en/admin/account-settings/usage-detail-tags.html; the clouds' rules differ, and these
    are those of AWS.
    """
    for key, value in tags.items():
        for noun, text, longest in (("key", str(key), 127), ("value", str(value or ""), 255)):
            is_latin = all(ord(letter) < LATIN for letter in text)
            if len(text) > longest or not is_latin or not re.fullmatch(r"[\w +\-=.:/@]*", text):
                raise invalid(f"The provided tag {noun} '{text}' contains invalid character.")


def _all_tasks(tasks: list[Json]) -> Iterator[Json]:
    for task in tasks:
        yield task
        inner = (task.get("for_each_task") or {}).get("task")
        if inner:
            yield inner


def _new_clusters(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "new_cluster" and isinstance(item, dict):
                yield item
            else:
                yield from _new_clusters(item)
    elif isinstance(value, list):
        for item in value:
            yield from _new_clusters(item)


def _listed(job: Json, *, expand: bool) -> Json:
    """Return a job as lists show it: without its tasks and clusters, unless the client asks for them."""
    hidden = () if expand else ("tasks", "job_clusters", "environments", "parameters")
    settings = {key: value for key, value in job["settings"].items() if key not in hidden}
    return {**{key: value for key, value in job.items() if key != "run_as_user_name"}, "settings": settings}
