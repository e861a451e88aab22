"""What Databricks answers, asked through its own SDK. The same tests run against a real account:

pytest --live databricks tests/emulators/test_databricks.py
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from databricks.sdk.errors import (
    BadRequest,
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceConflict,
    ResourceDoesNotExist,
)
from databricks.sdk.service import compute, iam, jobs

from tests.emulators.conftest import Target

TASK = jobs.Task(
    task_key="a",
    notebook_task=jobs.NotebookTask(notebook_path="/Shared/a"),
    environment_key=None,
    new_cluster=compute.ClusterSpec(spark_version="16.4.x-scala2.12", node_type_id="i3.xlarge", num_workers=1),
)


def make_group(target: Target, word: str, **more: Any) -> iam.AccountGroup:
    group = target.account.groups_v2.create(display_name=target.name(word), **more)
    target.later(lambda: target.account.groups_v2.delete(str(group.id)))
    return group


def make_principal(target: Target, word: str) -> iam.AccountServicePrincipal:
    made = target.account.service_principals_v2.create(display_name=target.name(word))
    target.later(lambda: target.account.service_principals_v2.delete(str(made.id)))
    return made


def assign(target: Target, principal_id: str) -> None:
    path = f"/api/2.0/preview/permissionassignments/principals/{principal_id}"
    target.workspace.api_client.do("PUT", path, body={"permissions": ["USER"]})
    target.later(lambda: target.workspace.api_client.do("DELETE", path))


def let_use(target: Target, application_id: str) -> None:
    """Let the caller run jobs as a service principal."""
    name = f"accounts/{target.account.config.account_id}/servicePrincipals/{application_id}/ruleSets/default"
    held = target.account.access_control.get_rule_set(name=name, etag="")
    me = f"servicePrincipals/{target.workspace.current_user.me().user_name}"
    rules = [iam.GrantRule(role=f"roles/servicePrincipal.{role}", principals=[me]) for role in ("manager", "user")]
    wanted = iam.RuleSetUpdateRequest(name=name, etag=str(held.etag), grant_rules=rules)
    target.account.access_control.update_rule_set(name=name, rule_set=wanted)


def make_job(target: Target, word: str, **more: Any) -> int:
    made = target.workspace.jobs.create(name=target.name(word), tasks=[TASK], **more)
    assert made.job_id is not None
    job_id = made.job_id
    target.later(lambda: target.workspace.jobs.delete(job_id))
    return job_id


def test_groups_are_listed_in_pages_and_filtered(target: Target) -> None:
    words = ["a", "b", "c", "d", "e"]
    made = {make_group(target, word).id for word in words}
    listed = {group.id for group in target.account.groups_v2.list()}
    assert made <= listed
    wanted = target.name("c")
    (found,) = target.account.groups_v2.list(filter=f'displayName eq "{wanted}"')
    assert found.display_name == wanted
    starting = {one.display_name for one in target.account.groups_v2.list(filter=f'displayName sw "{target.prefix}"')}
    assert starting == {target.name(word) for word in words}


def test_a_second_group_of_the_same_name_is_refused_in_databricks_words(target: Target) -> None:
    make_group(target, "same")
    with pytest.raises(
        (ResourceConflict, ResourceAlreadyExists), match=rf"Group with name {target.name('same')} already exists"
    ):
        target.account.groups_v2.create(display_name=target.name("same"))


def test_members_are_added_and_removed_one_by_one_and_groups_nest(target: Target) -> None:
    inner, outer = make_group(target, "inner"), make_group(target, "outer")
    principal = make_principal(target, "member")
    for member in (inner.id, principal.id):
        add = iam.Patch(op=iam.PatchOp.ADD, path="members", value=[{"value": member}])
        target.account.groups_v2.patch(
            str(outer.id), operations=[add], schemas=[iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]
        )
    members = target.account.groups_v2.get(str(outer.id)).members or []
    assert {one.value for one in members} == {inner.id, principal.id}
    remove = iam.Patch(op=iam.PatchOp.REMOVE, path=f'members[value eq "{inner.id}"]')
    target.account.groups_v2.patch(
        str(outer.id), operations=[remove], schemas=[iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]
    )
    assert {one.value for one in target.account.groups_v2.get(str(outer.id)).members or []} == {principal.id}


def test_a_service_principal_has_two_ids_and_may_share_its_display_name(target: Target) -> None:
    first, second = make_principal(target, "twin"), make_principal(target, "twin")
    assert first.id != second.id
    assert first.application_id
    assert first.application_id != second.application_id
    found = target.account.service_principals_v2.get(str(first.id))
    assert found.application_id == first.application_id
    with pytest.raises((ResourceConflict, ResourceAlreadyExists), match="Service principal with application ID"):
        target.account.service_principals_v2.create(application_id=first.application_id)


def test_what_is_not_there_is_404(target: Target) -> None:
    with pytest.raises(NotFound):
        target.account.groups_v2.get("123456789")
    with pytest.raises((NotFound, ResourceDoesNotExist)):
        target.workspace.cluster_policies.get("0000000000000000")


def test_a_missing_job_is_400(target: Target) -> None:
    # The SDK tells by the message that this 400 means "not there".
    with pytest.raises(ResourceDoesNotExist, match=r"Job 1 does not exist\."):
        target.workspace.jobs.get(1)


def test_a_job_is_made_read_changed_and_removed(target: Target) -> None:
    job_id = make_job(target, "job", max_concurrent_runs=2, tags={"a": "b"})
    job = target.workspace.jobs.get(job_id)
    me = target.workspace.current_user.me().user_name
    assert job.settings is not None
    assert (job.settings.name, job.settings.max_concurrent_runs) == (target.name("job"), 2)
    assert (job.creator_user_name, job.run_as_user_name) == (me, me)
    target.workspace.jobs.update(
        job_id, new_settings=jobs.JobSettings(max_concurrent_runs=5), fields_to_remove=["tags"]
    )
    changed = target.workspace.jobs.get(job_id).settings
    assert changed is not None
    assert (changed.max_concurrent_runs, changed.tags, changed.name) == (5, None, target.name("job"))
    target.workspace.jobs.reset(job_id, new_settings=jobs.JobSettings(name=target.name("reset"), tasks=[TASK]))
    reset = target.workspace.jobs.get(job_id).settings
    assert reset is not None
    assert reset.max_concurrent_runs == 1
    target.workspace.jobs.delete(job_id)
    with pytest.raises(ResourceDoesNotExist):
        target.workspace.jobs.get(job_id)


def test_jobs_are_listed_in_pages_and_by_name(target: Target) -> None:
    made = {make_job(target, f"paged-{number}") for number in range(7)}
    assert made <= {job.job_id for job in target.workspace.jobs.list(limit=3)}
    (found,) = target.workspace.jobs.list(name=target.name("paged-3").upper())
    assert found.settings is not None
    assert found.settings.name == target.name("paged-3")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tasks": [TASK, TASK]}, "task"),
        ({"tags": {str(number): "x" for number in range(26)}}, "tags"),
        ({"schedule": jobs.CronSchedule("never", "UTC")}, "cron"),
        ({"tasks": [jobs.Task(task_key="a", notebook_task=TASK.notebook_task, job_cluster_key="none")]}, "cluster"),
    ],
    ids=["two-tasks-of-one-key", "26-tags", "cron", "unknown-job-cluster"],
)
def test_what_databricks_refuses_in_a_job(target: Target, settings: dict[str, Any], message: str) -> None:
    whole: dict[str, Any] = {"name": target.name("refused"), "tasks": [TASK], **settings}
    with pytest.raises((InvalidParameterValue, BadRequest)) as caught:
        target.workspace.jobs.create(**whole)
    assert message in str(caught.value).lower()


def test_a_job_runs_as_a_service_principal_of_the_workspace(target: Target) -> None:
    principal = make_principal(target, "runner")
    assign(target, str(principal.id))
    run_as = jobs.JobRunAs(service_principal_name=principal.application_id)
    with pytest.raises(PermissionDenied, match="Service Principal User"):
        make_job(target, "not-yet", run_as=run_as)
    let_use(target, str(principal.application_id))
    job_id = make_job(target, "run-as", run_as=run_as)
    assert target.workspace.jobs.get(job_id).run_as_user_name == principal.application_id


def direct(permissions: jobs.JobPermissions) -> dict[str, str]:
    """Return what was given directly: principal to level."""
    return {
        str(entry.group_name or entry.service_principal_name or entry.user_name): level.permission_level.value
        for entry in permissions.access_control_list or []
        for level in entry.all_permissions or []
        if not level.inherited and level.permission_level
    }


def test_permissions_of_a_job_are_replaced_and_added_to(target: Target) -> None:
    group = make_group(target, "holders")
    assign(target, str(group.id))
    job_id = str(make_job(target, "permissions"))
    me = target.workspace.current_user.me().user_name
    assert me is not None
    assert direct(target.workspace.jobs.get_permissions(job_id)) == {me: "IS_OWNER"}
    view = jobs.JobAccessControlRequest(
        group_name=group.display_name, permission_level=jobs.JobPermissionLevel.CAN_VIEW
    )
    owner = jobs.JobAccessControlRequest(service_principal_name=me, permission_level=jobs.JobPermissionLevel.IS_OWNER)
    added = direct(target.workspace.jobs.update_permissions(job_id, access_control_list=[view]))
    assert added == {me: "IS_OWNER", str(group.display_name): "CAN_VIEW"}
    replaced = direct(target.workspace.jobs.set_permissions(job_id, access_control_list=[owner]))
    assert replaced == {me: "IS_OWNER"}


def test_administrators_hold_what_they_inherit(target: Target) -> None:
    job_id = str(make_job(target, "inherited"))
    entries = target.workspace.jobs.get_permissions(job_id).access_control_list or []
    (admins,) = [entry for entry in entries if entry.group_name == "admins"]
    (level,) = admins.all_permissions or []
    assert level.inherited
    assert level.inherited_from_object == ["/jobs/"]


def test_a_job_has_exactly_one_owner_who_is_no_group(target: Target) -> None:
    group = make_group(target, "owners")
    assign(target, str(group.id))
    job_id = str(make_job(target, "owners"))
    manage = jobs.JobAccessControlRequest(
        group_name=group.display_name, permission_level=jobs.JobPermissionLevel.CAN_MANAGE
    )
    with pytest.raises((InvalidParameterValue, BadRequest), match="owner"):
        target.workspace.jobs.set_permissions(job_id, access_control_list=[manage])
    own = jobs.JobAccessControlRequest(group_name=group.display_name, permission_level=jobs.JobPermissionLevel.IS_OWNER)
    with pytest.raises((InvalidParameterValue, BadRequest), match=r"[Oo]wner"):
        target.workspace.jobs.update_permissions(job_id, access_control_list=[own])


def test_a_principal_that_the_workspace_does_not_know_is_refused(target: Target) -> None:
    job_id = str(make_job(target, "unknown"))
    entry = jobs.JobAccessControlRequest(
        group_name=target.name("nobody"), permission_level=jobs.JobPermissionLevel.CAN_VIEW
    )
    with pytest.raises((NotFound, InvalidParameterValue), match="does not exist"):
        target.workspace.jobs.update_permissions(job_id, access_control_list=[entry])


def test_cluster_policies(target: Target) -> None:
    definition = json.dumps({"autotermination_minutes": {"type": "fixed", "value": 30}})
    made = target.workspace.cluster_policies.create(name=target.name("policy"), definition=definition)
    assert made.policy_id is not None
    policy_id = made.policy_id
    target.later(lambda: target.workspace.cluster_policies.delete(policy_id))
    assert target.workspace.cluster_policies.get(policy_id).definition == definition
    with pytest.raises((InvalidParameterValue, ResourceAlreadyExists)):
        target.workspace.cluster_policies.create(name=target.name("policy"), definition=definition)
    with pytest.raises((InvalidParameterValue, BadRequest)):
        target.workspace.cluster_policies.create(name=target.name("broken"), definition="{")
    target.workspace.cluster_policies.edit(policy_id, name=target.name("renamed"), definition=definition)
    assert target.name("renamed") in {one.name for one in target.workspace.cluster_policies.list()}


def test_a_policy_of_a_family_says_what_it_overrides(target: Target) -> None:
    families = {one.policy_family_id for one in target.workspace.policy_families.list()}
    assert {"job-cluster", "personal-vm", "power-user", "shared-compute"} <= families
    overrides = json.dumps({"autotermination_minutes": {"type": "fixed", "value": 20}})
    made = target.workspace.cluster_policies.create(
        name=target.name("family"), policy_family_id="power-user", policy_family_definition_overrides=overrides
    )
    assert made.policy_id is not None
    policy_id = made.policy_id
    target.later(lambda: target.workspace.cluster_policies.delete(policy_id))
    found = target.workspace.cluster_policies.get(policy_id)
    assert json.loads(str(found.definition))["autotermination_minutes"] == {"type": "fixed", "value": 20}


def test_runs_are_started_once_for_one_token(target: Target) -> None:
    job_id = make_job(target, "runs")
    first = target.workspace.jobs.run_now(job_id, idempotency_token=target.name("token")).response
    second = target.workspace.jobs.run_now(job_id, idempotency_token=target.name("token")).response
    assert first is not None
    assert second is not None
    assert first.run_id == second.run_id
    assert first.run_id is not None
    target.workspace.jobs.cancel_run(first.run_id)
    assert {run.run_id for run in target.workspace.jobs.list_runs(job_id=job_id)} == {first.run_id}
