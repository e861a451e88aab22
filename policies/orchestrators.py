"""Rules on orchestrators: what they trigger jobs with, and who may do what there."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.context import Context
from policies.properties import texts
from policies.rule import Finding, Resource, Rule
from policies.types import CONDUCTOR_APPLICATION, CONDUCTOR_GROUP, CONDUCTOR_PERMISSIONS, CONDUCTOR_WORKFLOW
from rolecall.contract.secrets import looks_like_secret

ACCESS = "https://orkes.io/content/access-control-and-security/users-and-groups"
# How a workflow refers to what Conductor keeps for it: https://orkes.io/content/developer-guides/secrets-in-conductor.
STORED = ("${workflow.secrets.", "${workflow.env.")
FEDERATION = (
    "Let a worker show its own token to Databricks and get one for the job's service principal (token federation); "
    "Rolecall's workflows do that."
)


def _holds_no_secret(resource: Resource, context: Context) -> Iterator[Finding]:
    resource.properties.read("tasks")
    for path, text in texts(resource.values):
        if kind := looks_like_secret(text, path.rsplit(".", 1)[-1]):
            yield Finding(f"{path} looks like {kind}", f"{FEDERATION} Then revoke the secret: it has been read.")


def _uses_no_stored_secret(resource: Resource, context: Context) -> Iterator[Finding]:
    resource.properties.read("tasks")
    for path, text in texts(resource.values):
        if any(stored in text for stored in STORED):
            yield Finding(f"{path} takes a secret that the orchestrator keeps, and so lasts", FEDERATION)


def _not_to_persons(resource: Resource, context: Context) -> Iterator[Finding]:
    for holder in resource.properties.items("holders"):
        if holder.read("type") == "USER":
            how = "Give it to a group of the identity provider and put the person into that group."
            yield Finding(f"{holder.path} gives {holder.read('name')} rights of their own", how)


def _workers_only_work(resource: Resource, context: Context) -> Iterator[Finding]:
    roles = resource.properties.read("roles") or []
    extra = sorted(str(role) for role in roles if role != "WORKER")
    if extra:
        how = "Leave it WORKER, and give it what it needs on the definitions that it works on."
        yield Finding(f"the application may do more than take up tasks: {', '.join(extra)}", how)


def _groups_do_not_administer(resource: Resource, context: Context) -> Iterator[Finding]:
    roles = resource.properties.read("roles") or []
    if "ADMIN" in roles and resource.properties.read("name") != context.break_glass:
        how = (
            "Leave it USER: what its members may do, the permissions on definitions say. Only break-glass administers."
        )
        yield Finding("everybody in the group administers the orchestrator, whatever permissions say", how)


RULES = (
    Rule(
        "workflow-holds-no-secret",
        "No secret stands in a workflow of an orchestrator.",
        (CONDUCTOR_WORKFLOW,),
        _holds_no_secret,
        Severity.CRITICAL,
        "https://orkes.io/content/developer-guides/secrets-in-conductor",
    ),
    Rule(
        "workflow-uses-no-stored-secret",
        "A workflow signs in with no secret that its orchestrator keeps.",
        (CONDUCTOR_WORKFLOW,),
        _uses_no_stored_secret,
        Severity.HIGH,
        "https://docs.databricks.com/en/dev-tools/auth/oauth-federation.html",
    ),
    Rule(
        "workflow-to-groups-not-persons",
        "Rights on workflows are given to groups and applications, not to persons.",
        (CONDUCTOR_PERMISSIONS,),
        _not_to_persons,
        Severity.HIGH,
        ACCESS,
    ),
    Rule(
        "workers-only-work",
        "What workers act as may take up tasks, and nothing else.",
        (CONDUCTOR_APPLICATION,),
        _workers_only_work,
        Severity.HIGH,
        "https://orkes.io/content/access-control-and-security/applications",
    ),
    Rule(
        "orchestrator-administered-by-few",
        "No group administers an orchestrator but break-glass.",
        (CONDUCTOR_GROUP,),
        _groups_do_not_administer,
        Severity.CRITICAL,
        ACCESS,
    ),
)
