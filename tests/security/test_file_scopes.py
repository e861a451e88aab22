"""The author of one project's file: what it says beyond its project is refused, with the line that says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rolecall.contract.files import BY_NAME
from rolecall.kinds.cluster_policy import policy_definition
from tests.support.contracts import HEAD
from tests.support.repository import INCLUDE, ids, load, problems, project, repository

CHURN = "contract/projects/churn.yaml"
# What a project's file was taken for, one attack a line.
ATTACKS = {
    "break-glass-member": "groups: {mallory: {managed: true, members: [00u-mallory]}}",
    "break-glass": "break_glass: {group: engineers}",
    "binding-everywhere": "bindings: [{role: engineer, to: engineers, in: [prod]}]",
    "role": "roles: {mallory: [{may: edit, kind: job}]}",
    "environment": "environments: {prod2: {workspace: prod}}",
    "workspace": "workspaces: {evil: {host: 'https://evil.cloud.databricks.com'}}",
    "issuer": "issuers: {mine: {address: 'https://evil.example'}}",
    "identity": "identity: {provider: okta, issuer: 'https://evil.example', application: a}",
    "account": "databricks: {deployer: mallory}",
    "pack": "policy_packs: [projects/mine]",
    "override": "removal_overrides: [{group: emergency, reason: x, owner: m, expires: 2027-01-01}]",
    "acceptance": (
        "accepted_escalations: [{of: engineers, acting_as: fraud/trainer, in: [prod], reason: x, ticket: x, owner: x, "
        "expires: 2026-12-01}]"
    ),
    "deletion": "deletions: [{project: fraud, reason: x, owner: x, expires: 2027-01-01}]",
    "include": "include: [../../mine/*.yaml]",
    "version": "version: 1",
    "variables": "environment_variables: [HOME]",
    "hosts": "allowed_hosts: [evil.example]",
    "key-vault": "key_vaults: [{resource_id: /vaults/fraud, projects: [churn]}]",
    "external-resource": "external_resources: [{resource: shared-lake, projects: [churn]}]",
    "unknown": "sudo: yes",
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(
    "include", [INCLUDE, "include: [projects/*.yaml]\n", "include: [projects/churn.yaml, projects/fraud.yaml]\n"]
)
def test_a_projects_file_holds_no_section_of_the_platform(tmp_path: Path, attack: str, include: str) -> None:
    text = f"{ATTACKS[attack]}\n{project('churn')}"
    (problem,) = problems(repository(tmp_path, {CHURN: text}, include + HEAD))
    assert problem.id == "out-of-scope"
    assert problem.place is not None
    assert (Path(problem.place.file).name, problem.place.line) == ("churn.yaml", 1)
    assert "contract.yaml:1" in problem.what, "the line that says what the file may hold"
    assert "the project 'churn'" in problem.what


def test_what_each_file_holds_is_fine(tmp_path: Path) -> None:
    assert {*load(repository(tmp_path)).contract.projects} == {"churn", "fraud"}


def test_a_file_holds_no_other_project_new_or_old(tmp_path: Path) -> None:
    for other in ("fraud", "shadow", "Churn"):
        text = project("churn") + project(other).removeprefix("projects:\n")
        found = problems(repository(tmp_path / other, {CHURN: text}))
        assert ids(found) == {"out-of-scope"}, other
        assert f"the project {other!r}" in found[0].what


@pytest.mark.parametrize(
    "added",
    [
        "bindings: [{role: engineer, to: analysts, in: [prod]}]",
        "service_principals: {mine: {}}",
        "jobs: {steal: {run_as: trainer, tasks: []}}",
        "tags: {a: b}",
        "{}",
    ],
)
def test_two_files_never_add_to_one_project(tmp_path: Path, added: str) -> None:
    """Even two files that may hold the project, and lists and mappings that have nothing in common."""
    head = "include: [{path: projects/*.yaml, only: projects}, more.yaml]\n" + HEAD
    body = added if added == "{}" else f"{{{added}}}"
    found = problems(repository(tmp_path, {"contract/more.yaml": f"projects: {{fraud: {body}}}\n"}, head))
    assert ids(found) == {"declared-twice"}
    assert "projects.fraud is declared twice" in found[0].what


@pytest.mark.parametrize(
    "section",
    ["bindings: []", "databricks: {provisioning: scim}", "break_glass: {group: analysts}", "policy_packs: []"],
)
def test_two_platform_files_never_add_to_one_section_that_is_no_table_of_names(tmp_path: Path, section: str) -> None:
    assert section.partition(":")[0] not in BY_NAME
    first = {"contract/one.yaml": section + "\n", "contract/two.yaml": section + "\n"}
    head = "include: [one.yaml, two.yaml, projects/*.yaml]\n" + HEAD
    assert ids(problems(repository(tmp_path, first, head))) == {"declared-twice"}


def test_platform_files_may_each_declare_names_of_their_own(tmp_path: Path) -> None:
    files = {"contract/groups.yaml": "groups: {more: {external: 00g-more}}\n"}
    head = "include: [groups.yaml, projects/*.yaml]\n" + HEAD
    assert "more" in load(repository(tmp_path, files, head)).contract.groups


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("{path: projects/shared.yaml, projects: [one, two]}", True),
        ("{path: projects/shared.yaml, only: projects, projects: [one, two]}", True),
        ("{path: projects/shared.yaml, only: platform}", True),
        ("{path: projects/shared.yaml, only: projects, projects: [one]}", False),
        ("projects/shared.yaml", False),
    ],
)
def test_the_main_file_may_say_otherwise(tmp_path: Path, line: str, allowed: bool) -> None:
    text = project("one") + project("two").removeprefix("projects:\n")
    main = repository(tmp_path, {"contract/projects/shared.yaml": text}, f"include: [projects/*.yaml, {line}]\n" + HEAD)
    if allowed:
        assert {"one", "two"} <= {*load(main).contract.projects}
    else:
        assert ids(problems(main)) == {"out-of-scope"}


def test_an_include_may_name_sections(tmp_path: Path) -> None:
    head = "include: [{path: groups.yaml, only: [groups]}, projects/*.yaml]\n" + HEAD
    fine = {"contract/groups.yaml": "groups: {more: {external: 00g-more}}\n"}
    assert "more" in load(repository(tmp_path / "fine", fine, head)).contract.groups
    wide = {"contract/groups.yaml": "groups: {more: {external: 00g-more}}\nroles: {x: [{may: view, kind: job}]}\n"}
    (problem,) = problems(repository(tmp_path / "wide", wide, head))
    assert problem.id == "out-of-scope"
    assert "`roles`" in problem.what


@pytest.mark.parametrize("entry", ["{only: projects}", "{path: projects/*.yaml, only: everything}", "[a]", "7"])
def test_an_include_that_says_nothing_clear_is_refused(tmp_path: Path, entry: str) -> None:
    found = problems(repository(tmp_path, head=f"include: [{entry}]\n" + HEAD))
    assert ids(found) <= {"wrong-value", "missing-key"}
    assert "unknown-section" in ids(
        problems(repository(tmp_path, head="include: [{path: projects/*.yaml, only: [project]}]\n" + HEAD))
    )


def test_a_looser_line_elsewhere_does_not_widen_a_file(tmp_path: Path) -> None:
    """The same file for everything and for its project: nobody can tell which was meant."""
    head = "include: [{path: '*/*.yaml', only: platform}, {path: projects/*.yaml, only: projects}]\n" + HEAD
    assert "declared-twice" in ids(problems(repository(tmp_path, head=head)))


def test_a_project_binds_no_role_on_what_all_projects_share(tmp_path: Path) -> None:
    """Administrator of the workspace, everybody's data, the audit log: by a binding of the project's own."""
    for right in (
        "{may: manage, kind: workspace}",
        "{may: view, kind: [lineage, audit]}",
        "{may: manage, kind: catalog}",
    ):
        head = INCLUDE + HEAD.replace("  viewer:", f"  wide: [{right}]\n  viewer:").replace(
            '_HOST}"}', '_HOST}", metastore: m-1}'
        )
        text = project("churn").replace("role: engineer", "role: wide")
        found = problems(repository(tmp_path / right[-9:-1].strip(), {CHURN: text}, head))
        assert ids(found) == {"out-of-scope"}, right
        allowed = head + "bindings: [{role: wide, to: engineers, in: [dev], projects: [churn]}]\n"
        load(repository(tmp_path / f"{right[-9:-1].strip()}-platform", head=allowed))


def test_a_project_takes_over_nothing_that_was_another_projects(tmp_path: Path) -> None:
    """A principal that fraud has given up keeps its rights until it is deleted: nobody else may become it."""
    taken = {
        "principal": project("churn").replace("{trainer: {}}", "{trainer: {}, mine: {renamed_from: fraud/scorer}}"),
        "project": project("churn", "    renamed_from: payments\n"),
        "job": project("churn").replace("        run_as", "        renamed_from: fraud/pay\n        run_as"),
    }
    for name, text in taken.items():
        found = problems(repository(tmp_path / name, {CHURN: text}))
        assert ids(found) == {"out-of-scope"}, name
        assert found[0].place is not None
        assert found[0].place.file.endswith("churn.yaml")
    head = INCLUDE.replace("include: [", "include: [{path: projects/churn.yaml, projects: [churn, fraud]}, ") + HEAD
    load(repository(tmp_path / "allowed", {CHURN: taken["principal"]}, head))


def test_a_project_may_rename_its_own(tmp_path: Path) -> None:
    text = project("churn").replace("{trainer: {}}", "{trainer: {renamed_from: teacher}}")
    load(repository(tmp_path, {CHURN: text}))


def test_the_folder_counts_from_the_main_file_and_in_any_case(tmp_path: Path) -> None:
    """A checkout below a folder `projects` makes nobody a project; a folder `Projects` does."""
    load(repository(tmp_path / "projects", {"contract/more.yaml": "groups: {x: {external: 00g-x}}\n"},
                    "include: [more.yaml, projects/*.yaml]\n" + HEAD))  # fmt: skip
    files = {"contract/Projects/x.yaml": "groups: {x: {external: 00g-x}}\n"}
    head = "include: [Projects/x.yaml, projects/*.yaml]\n" + HEAD
    assert ids(problems(repository(tmp_path / "upper", files, head))) == {"out-of-scope"}


VAULT = "    secret_scopes: {s: {key_vault: {resource_id: /Vaults/fraud, dns_name: 'https://fraud.vault.azure.net'}}}\n"


@pytest.mark.parametrize(
    ("allowed", "fine"),
    [
        ("", False),
        ("key_vaults: [{resource_id: /vaults/other, projects: [churn]}]\n", False),
        ("key_vaults: [{resource_id: /vaults/fraud, projects: [fraud]}]\n", False),
        ("key_vaults: [{resource_id: /vaults/fraud, projects: [fraud, churn]}]\n", True),
    ],
)
def test_a_project_takes_secrets_of_no_key_vault_that_is_not_its_own(
    tmp_path: Path, allowed: str, *, fine: bool
) -> None:
    """Databricks reads each vault that trusts it, whichever project it belongs to."""
    main = repository(tmp_path, {CHURN: project("churn", VAULT)}, allowed + INCLUDE + HEAD)
    if fine:
        assert load(main)
    else:
        (problem,) = problems(main)
        assert problem.id == "out-of-scope"
        assert "key_vaults: [{resource_id: /Vaults/fraud, projects: [churn]}]" in problem.allowed


ROLE = "arn:aws:iam::123456789012:role/fraud"
# An ARN is compared as it is written.
OTHER_CASE = ROLE.replace("fraud", "Fraud")
LAKE = "    storage_credentials: {lake: {WHAT, in: [dev]}}\n"


@pytest.mark.parametrize(
    ("what", "allowed", "fine"),
    [
        (f"aws_iam_role: '{ROLE}'", "", False),
        (f"aws_iam_role: '{ROLE}'", f"[{{resource: '{OTHER_CASE}', projects: [churn]}}]", False),
        (f"aws_iam_role: '{ROLE}'", f"[{{resource: '{ROLE}', projects: [fraud]}}]", False),
        (f"aws_iam_role: '{ROLE}'", f"[{{resource: '{ROLE}', projects: [fraud, churn]}}]", True),
        ("existing: Fraud-Lake", "", False),
        ("existing: Fraud-Lake", "[{resource: fraud-lake, projects: [churn]}]", True),
        (f"aws_iam_role: '{ROLE}', overrides: {{dev: {{aws_iam_role: '{ROLE}2'}}}}",
         f"[{{resource: '{ROLE}', projects: [churn]}}]", False),
    ],
)  # fmt: skip
def test_a_project_uses_no_identity_of_the_cloud_that_is_not_its_own(
    tmp_path: Path, what: str, allowed: str, *, fine: bool
) -> None:
    """The deployer can make a credential of each role that trusts Databricks, whichever project it belongs to."""
    head = f"external_resources: {allowed}\n" if allowed else ""
    main = repository(tmp_path, {CHURN: project("churn", LAKE.replace("WHAT", what))}, head + INCLUDE + HEAD)
    if fine:
        assert load(main)
    else:
        (problem,) = problems(main)
        assert problem.id == "out-of-scope"
        assert problem.place is not None
        assert "external_resources: [{resource: " in problem.allowed


METASTORE = "aws:eu-central-1:19a85dee-54bc-43a2-87ab-023d0ec16013"
ALLOWED = "[{{resource: '{}', projects: [churn]}}]"


@pytest.mark.parametrize(
    ("what", "allowed", "fine"),
    [
        (f"metastore_id: '{METASTORE}'", "", False),
        (f"metastore_id: '{METASTORE}'", ALLOWED.format(METASTORE), True),
        ("expires: 2026-12-31, addresses: [203.0.113.0/24]", "", False),
        ("expires: 2026-12-31, addresses: [203.0.113.0/24]", ALLOWED.format("203.0.113.0/24"), True),
        ("expires: 2026-12-31, addresses: [203.0.113.0/24, 0.0.0.0/0]", ALLOWED.format("203.0.113.0/24"), False),
        ("existing: partner", ALLOWED.format("other"), False),
    ],
)
def test_a_project_gives_data_to_no_recipient_that_the_platform_does_not_know(
    tmp_path: Path, what: str, allowed: str, *, fine: bool
) -> None:
    head = f"external_resources: {allowed}\n" if allowed else ""
    text = project("churn", f"    recipients: {{partner: {{{what}, in: [dev]}}}}\n")
    main = repository(tmp_path, {CHURN: text}, head + INCLUDE + HEAD)
    if fine:
        assert load(main)
    else:
        assert ids(problems(main)) == {"out-of-scope"}


TABLE = "    tables: {latest: {existing: fraud_scores.latest, in: [dev]}}\n"


@pytest.mark.parametrize("fine", [False, True])
def test_a_project_grants_on_no_table_of_another_schema(tmp_path: Path, *, fine: bool) -> None:
    head = f"external_resources: {ALLOWED.format('fraud_scores.latest')}\n" if fine else ""
    with_catalog = HEAD.replace("dev: {workspace: nonprod}", "dev: {workspace: nonprod, catalog: acme}")
    main = repository(tmp_path, {CHURN: project("churn", TABLE)}, head + INCLUDE + with_catalog)
    if fine:
        assert load(main)
    else:
        assert ids(problems(main)) == {"out-of-scope"}


def test_a_policy_of_a_project_takes_off_no_tag_that_says_whose_it_is(tmp_path: Path) -> None:
    policy = (
        "{max_workers: 2, idle_minutes: 30, definition: {custom_tags.project: {type: unlimited}, x: {type: fixed}}}"
    )
    text = project("churn").replace("{max_workers: 2, idle_minutes: 30}", policy)
    declared = load(repository(tmp_path, {CHURN: text})).contract.projects["churn"].cluster_policies["small"]
    definition = json.loads(policy_definition(declared, {"project": "churn"}))
    assert definition["custom_tags.project"] == {"type": "fixed", "value": "churn"}
    assert definition["x"] == {"type": "fixed"}
