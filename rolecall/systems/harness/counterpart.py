"""A job's counterpart in Harness: a pipeline, whose stages run on a delegate that acts as each job's principal.

A stage starts `rolecall worker run` on a delegate of the principal, which shows its own token to Databricks (token
federation). No key is in the pipeline, and none is taken from Harness' secrets. Where the contract says so, other jobs
run before, and a member of a group approves before the job itself runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rolecall import settings
from rolecall.ids.ids import GroupId
from rolecall.systems.harness.access import ACCESS, PIPELINE, ROLES
from rolecall.systems.harness.identifiers import identifier, shown
from rolecall.systems.harness.permissions import SERVICE_ACCOUNT, USER_GROUP
from rolecall.systems.orchestrator import JobToRun, Orchestrator, Wanted, each_once, name_of, principals_of

SCRIPT = "rolecall worker run"
# The longest that a step may wait for a run, or for an approval; the job's own limit ends it before.
LONGEST = "1w"
PARAMETERS = "parameters"


class Harness(Orchestrator):
    """Declares pipelines, and who may do what with them: a role on a resource group that holds that one pipeline."""

    name = "harness"
    group_type = "UserGroup"
    has_stages = True

    def shared(self, groups: Mapping[str, str], organization: str) -> list[Wanted]:
        """Return the roles, and the user groups."""
        roles = [
            Wanted(
                "rolecall:harness:Role",
                f"harness-{role}",
                {
                    "identifier": role,
                    "description": f"May {verb.value} a pipeline, as the job that it triggers",
                    "permissions": sorted(ACCESS[verb]),
                    "managedBy": f"rolecall:{organization}",
                },
            )
            for verb, role in ROLES.items()
        ]
        return [*roles, *super().shared(groups, organization)]

    def for_project(self, jobs: Sequence[JobToRun]) -> list[Wanted]:
        """Return service accounts once for each principal, and a pipeline for each job."""
        wanted: list[Wanted] = []
        for job in jobs:
            principals = principals_of(job).items()
            wanted += [self.marked("ServiceAccount", principal, mark) for principal, mark in principals]
            wanted += _pipeline(job)
        return each_once(wanted)


def delegate_of(principal: str) -> str:
    """Return the tag of the delegates that run jobs as a principal."""
    return f"databricks-jobs-as-{principal}"


def _pipeline(job: JobToRun) -> list[Wanted]:
    name, identity = f"harness-{job.declared.resource}", identifier(job.counterpart)
    pipeline = {
        "identifier": identity,
        "name": shown(job.counterpart),
        "description": job.description or f"Runs job {job.declared.name} in {job.environment}",
        "variables": [
            {
                "name": PARAMETERS,
                "type": "String",
                "description": "Values of the job's parameters, as a JSON object",
                "required": False,
                "value": "<+input>.default({})",
            }
        ],
        "stages": stages(job),
        "managedBy": job.mark,
    }
    group = {
        "identifier": identity,
        "description": f"The pipeline {job.counterpart}, and nothing else",
        "resources": [{"type": PIPELINE, "identifiers": [identity]}],
        "managedBy": job.mark,
    }
    permissions = {"targetId": identity, "holders": job.holder_entries(USER_GROUP, SERVICE_ACCOUNT, ROLES.__getitem__)}
    after = (f"{name}-group", *(f"harness-{principal}" for principal in principals_of(job)))
    return [
        Wanted("rolecall:harness:Pipeline", name, pipeline),
        Wanted("rolecall:harness:ResourceGroup", f"{name}-group", group, (name,)),
        Wanted("rolecall:harness:Permissions", f"{name}-access", permissions, after),
    ]


def stages(job: JobToRun) -> list[dict[str, Any]]:
    """Return a pipeline's stages: the jobs before, the approval, the job itself."""
    approval = (
        [_approval(name_of(GroupId(job.approved_by), job.group_names), job.counterpart)] if job.approved_by else []
    )
    return [*(_stage(one) for one in job.after), *approval, _stage(job)]


def _stage(job: JobToRun) -> dict[str, Any]:
    """Return a stage that runs a job: which, where and as whom; a stage that is tried again finds the run it began."""
    key = identifier(job.declared.key)
    fields = {
        settings.WORKSPACE.name: job.workspace,
        settings.JOB_ID.name: job.job_id,
        settings.PRINCIPAL.name: job.principal,
        settings.CORRELATION_ID.name: "<+pipeline.executionId>",
        settings.TRIGGERED_BY.name: "<+pipeline.triggeredBy.email>",
        # As a variable of the shell, never as a part of its text: the user who starts the pipeline writes it.
        settings.PARAMETERS.name: f"<+pipeline.variables.{PARAMETERS}>",
    }
    spec = {
        "shell": "Bash",
        "executionTarget": {},
        "delegateSelectors": [delegate_of(job.principal)],
        "source": {"type": "Inline", "spec": {"script": SCRIPT}},
        "environmentVariables": [{"name": name, "type": "String", "value": value} for name, value in fields.items()],
    }
    step = {"type": "ShellScript", "name": "run the job", "identifier": "run", "timeout": LONGEST, "spec": spec}
    again = {
        "onFailure": {
            "errors": ["Connectivity", "DelegateProvisioning", "Timeout"],
            "action": {
                "type": "Retry",
                "spec": {
                    "retryCount": 3,
                    "retryIntervals": ["1m"],
                    "onRetryFailure": {"action": {"type": "MarkAsFailure"}},
                },
            },
        }
    }
    return {
        "stage": {
            "name": shown(job.declared.key),
            "identifier": key,
            "type": "Custom",
            "spec": {"execution": {"steps": [{"step": step}]}},
            "failureStrategies": [again],
        }
    }


def _approval(group: str, counterpart: str) -> dict[str, Any]:
    """Return a stage that waits for an approval by a group's member other than the user who started the pipeline."""
    spec = {
        "approvalMessage": f"Let {counterpart} go on",
        "includePipelineExecutionHistory": True,
        "approvers": {
            "userGroups": [identifier(group)],
            "minimumCount": 1,
            "disallowPipelineExecutor": True,
        },
        "approverInputs": [],
    }
    step = {"type": "HarnessApproval", "name": "approve", "identifier": "approve", "timeout": LONGEST, "spec": spec}
    return {
        "stage": {
            "name": "approval",
            "identifier": "approval",
            "type": "Approval",
            "spec": {"execution": {"steps": [{"step": step}]}},
        }
    }


ORCHESTRATOR = Harness()
