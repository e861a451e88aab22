"""Rules on orchestrators: what they trigger jobs with, and who may do what there."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.contract.secrets import looks_like_secret
from rolecall.policies.context import Context
from rolecall.policies.properties import Properties, texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    CONDUCTOR_APPLICATION,
    CONDUCTOR_GROUP,
    CONDUCTOR_PERMISSIONS,
    CONDUCTOR_WORKFLOW,
    HARNESS_PERMISSIONS,
    HARNESS_PIPELINE,
    HARNESS_RESOURCE_GROUP,
    HARNESS_ROLE,
    HARNESS_USER_GROUP,
    PREFECT_AUTOMATION,
    PREFECT_DEPLOYMENT,
    PREFECT_PERMISSIONS,
    PREFECT_SERVICE_ACCOUNT,
    PREFECT_TEAM,
    PREFECT_VARIABLE,
    PREFECT_WORK_POOL,
)

ACCESS = "https://orkes.io/content/access-control-and-security/users-and-groups"
# How definitions refer to what their orchestrator keeps for them:
# https://orkes.io/content/developer-guides/secrets-in-conductor (and the variables of an environment there),
# https://developer.harness.io/docs/platform/secrets/secrets-management/reference-existing-harness-secrets,
# https://docs.prefect.io/v3/how-to-guides/deployment_infra/manage-work-pools (blocks in a pool's template).
STORED = ("${workflow.secrets.", "${workflow.env.", "<+secrets.", "{{ prefect.blocks.")
# What says what a definition does, by its type.
DEFINITIONS = {
    CONDUCTOR_WORKFLOW: "tasks",
    HARNESS_PIPELINE: "stages",
    PREFECT_DEPLOYMENT: "parameters",
    PREFECT_VARIABLE: "value",
    PREFECT_WORK_POOL: "baseJobTemplate",
}
# https://developer.harness.io/docs/platform/role-based-access-control/permissions-reference#pipelines
PIPELINE_RIGHTS = frozenset(
    {"core_pipeline_view", "core_pipeline_execute", "core_pipeline_edit", "core_pipeline_delete"}
)
ROLES = "https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-roles"
FEDERATION = (
    "Let a worker show its own token to Databricks and get one for the job's service principal (token federation); "
    "Rolecall's workflows do that."
)


def _holds_no_secret(resource: Resource, context: Context) -> Iterator[Finding]:
    resource.properties.read(DEFINITIONS[resource.type])
    for path, text in texts(resource.values):
        if kind := looks_like_secret(text, path.rsplit(".", 1)[-1]):
            yield Finding(f"{path} looks like {kind}", f"{FEDERATION} Then revoke the secret: it has been read.")


def _uses_no_stored_secret(resource: Resource, context: Context) -> Iterator[Finding]:
    resource.properties.read(DEFINITIONS[resource.type])
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


def _accounts_only_come_in(resource: Resource, context: Context) -> Iterator[Finding]:
    role = resource.properties.read("workspaceRole")
    if role not in (None, "Viewer", "Runner", "Worker"):
        how = "Leave it Viewer: what somebody may do, the access lists of deployments and work pools say."
        yield Finding(f"its role {role} lets it change everything in the workspace, whatever access lists say", how)


def _stages_run_where_they_belong(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, step in _steps(resource):
        if step.read("type") == "HarnessApproval" or step.read("spec.delegateSelectors"):
            continue
        how = "Name the delegates of the job's principal in `delegateSelectors`; Rolecall's pipelines do that."
        yield Finding(f"{path} runs on any delegate, with whatever that may do", how)


def _approved_by_others(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, step in _steps(resource):
        if step.read("type") != "HarnessApproval":
            continue
        approvers = step.within("spec.approvers")
        if approvers is None or not approvers.read("userGroups"):
            yield Finding(f"{path} may be approved by anybody", "Name a group: `approved_by: GROUP` in the contract.")
        if approvers is None or approvers.read("disallowPipelineExecutor") is not True:
            how = "Set `disallowPipelineExecutor: true`; Rolecall's pipelines do."
            yield Finding(f"{path} may be approved by whoever started the pipeline", how)


def _steps(resource: Resource) -> Iterator[tuple[str, Properties]]:
    for stage in resource.properties.items("stages"):
        inner = stage.within("stage.spec.execution")
        for step in inner.items("steps") if inner else ():
            found = step.within("step")
            if found is not None:
                yield step.path, found


def _nothing_is_set_from_outside(resource: Resource, context: Context) -> Iterator[Finding]:
    template = resource.properties.read("baseJobTemplate")
    open_ones = sorted(((template or {}).get("variables") or {}).get("properties") or {})
    if template is None or open_ones:
        shown = ", ".join(open_ones) or "everything that workers let be set by default"
        how = "Give it a template without variables; Rolecall's work pools have one."
        yield Finding(f"whoever may start a run can set how it is started: {shown}", how)


def _role_is_about_pipelines(resource: Resource, context: Context) -> Iterator[Finding]:
    extra = sorted(str(one) for one in resource.properties.read("permissions") or [] if one not in PIPELINE_RIGHTS)
    if extra:
        how = f"Allowed: {', '.join(sorted(PIPELINE_RIGHTS))}."
        yield Finding(f"whoever has the role may do more than see, run and edit a pipeline: {', '.join(extra)}", how)


def _group_names_pipelines(resource: Resource, context: Context) -> Iterator[Finding]:
    for selection in resource.properties.items("resources"):
        if selection.read("type") != "PIPELINE" or not selection.read("identifiers"):
            how = "Write type: PIPELINE, and name the pipelines in `identifiers`."
            yield Finding(f"{selection.path} holds more than named pipelines", how)


def _filled_by_the_identity_provider(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("linked") is False:
        yield Finding("anybody can be put into the group by hand", "Leave `linked` out: single sign-on fills it.")


def _starts_nothing(resource: Resource, context: Context) -> Iterator[Finding]:
    for action in resource.properties.items("actions"):
        kind = str(action.read("type") or "")
        if kind not in ("change-flow-run-state", "send-notification", "do-nothing"):
            how = "Allowed: change-flow-run-state and send-notification. Give the job a schedule in the contract."
            yield Finding(f"{action.path} lets an event do {kind}, with the rights of whoever owns the automation", how)


RULES = (
    Rule(
        "workflow-holds-no-secret",
        "No secret stands in a workflow of an orchestrator.",
        tuple(DEFINITIONS),
        _holds_no_secret,
        Severity.CRITICAL,
        "https://orkes.io/content/developer-guides/secrets-in-conductor",
    ),
    Rule(
        "workflow-uses-no-stored-secret",
        "A workflow signs in with no secret that its orchestrator keeps.",
        tuple(DEFINITIONS),
        _uses_no_stored_secret,
        Severity.HIGH,
        "https://docs.databricks.com/en/dev-tools/auth/oauth-federation.html",
    ),
    Rule(
        "workflow-to-groups-not-persons",
        "Rights on workflows are given to groups and applications, not to persons.",
        (CONDUCTOR_PERMISSIONS, HARNESS_PERMISSIONS, PREFECT_PERMISSIONS),
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
    Rule(
        "orchestrator-roles-only-let-in",
        "A role in a Prefect workspace lets somebody in; what they may do, access lists say.",
        (PREFECT_TEAM, PREFECT_SERVICE_ACCOUNT),
        _accounts_only_come_in,
        Severity.HIGH,
        ROLES,
    ),
    Rule(
        "pipeline-runs-on-named-delegates",
        "Every step of a pipeline runs on delegates that it names.",
        (HARNESS_PIPELINE,),
        _stages_run_where_they_belong,
        Severity.HIGH,
        "https://developer.harness.io/docs/platform/delegates/manage-delegates/select-delegates-with-selectors",
    ),
    Rule(
        "pipeline-approved-by-others",
        "Who approves a pipeline is of a group, and is not who started it.",
        (HARNESS_PIPELINE,),
        _approved_by_others,
        Severity.HIGH,
        "https://developer.harness.io/docs/platform/approvals/adding-harness-approval-stages",
    ),
    Rule(
        "work-pool-takes-nothing-from-outside",
        "Whoever starts a run cannot set the command, the variables or the image that it is started with.",
        (PREFECT_WORK_POOL,),
        _nothing_is_set_from_outside,
        Severity.HIGH,
        "https://docs.prefect.io/v3/how-to-guides/deployment_infra/manage-work-pools",
    ),
    Rule(
        "role-is-about-pipelines",
        "A role in Harness is about pipelines, and administers nothing.",
        (HARNESS_ROLE,),
        _role_is_about_pipelines,
        Severity.CRITICAL,
        "https://developer.harness.io/docs/platform/role-based-access-control/permissions-reference",
    ),
    Rule(
        "resource-group-names-pipelines",
        "A resource group in Harness holds pipelines that it names, never everything.",
        (HARNESS_RESOURCE_GROUP,),
        _group_names_pipelines,
        Severity.CRITICAL,
        "https://developer.harness.io/docs/platform/role-based-access-control/add-resource-groups",
    ),
    Rule(
        "user-group-follows-identity-provider",
        "Who is in a user group in Harness, the identity provider says.",
        (HARNESS_USER_GROUP,),
        _filled_by_the_identity_provider,
        Severity.HIGH,
        "https://developer.harness.io/docs/platform/role-based-access-control/add-user-groups",
    ),
    Rule(
        "automation-starts-nothing",
        "No event in Prefect starts a run in the name of whoever made the automation.",
        (PREFECT_AUTOMATION,),
        _starts_nothing,
        Severity.HIGH,
        "https://docs.prefect.io/v3/concepts/automations",
    ),
)
