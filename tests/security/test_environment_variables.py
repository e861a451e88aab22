"""The environment holds credentials beside addresses: a contract reads declared addresses and ids, and shows none."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from rolecall.contract.environment_variables import looks_like_credential
from rolecall.errors import InvalidContract
from tests.support.contracts import HEAD, VARIABLES
from tests.support.repository import INCLUDE, ids, load, problems, project, repository

CHURN = "contract/projects/churn.yaml"
CANARY = "canary-4f1c9d"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    owner: engineers", "    owner: ${env:ML_PROD_HOST}"),
        ("    owner: engineers", "    owner: engineers\n    description: ${env:ML_PROD_HOST}"),
        ("    owner: engineers", "    owner: engineers\n    tags: {where: '${env:ML_PROD_HOST}'}"),
        ("    owner: engineers", "    owner: engineers\n    tags: {'${env:ML_PROD_HOST}': x}"),
        ("python_file: /Workspace/Shared/train.py", "python_file: '${env:ML_PROD_HOST}'"),
        ("        policy: small", "        policy: small\n        name: job-${env:ML_PROD_HOST}"),
        (
            "        policy: small",
            "        policy: small\n        parameters: [{name: p, default: '${env:ML_PROD_HOST}'}]",
        ),
        ("{trainer: {}}", "{trainer: {federation: [{issuer: x, subject: '${env:ML_PROD_HOST}', audience: a}]}}"),
    ],
)
def test_a_project_reads_nothing_of_the_environment(tmp_path: Path, old: str, new: str) -> None:
    main = repository(tmp_path, {CHURN: project("churn").replace(old, new)})
    found = problems(main, {**VARIABLES, "ML_PROD_HOST": f"https://{CANARY}.cloud.databricks.com"})
    assert "misplaced-environment-variable" in ids(found)
    assert CANARY not in "\n".join(map(str, found))


def test_nor_does_a_bundle(tmp_path: Path) -> None:
    bundle = "resources: {jobs: {b: {name: '${env:HOME}', tasks: [{task_key: a, notebook_task: {notebook_path: /a}}]}}}"
    text = project("churn", "    bundles: [{path: ../../bundle.yml, run_as: trainer}]\n")
    found = problems(repository(tmp_path, {CHURN: text, "bundle.yml": bundle}), {**VARIABLES, "HOME": CANARY})
    assert ids(found) == {"misplaced-environment-variable"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("organization: acme", "organization: ${env:ML_PROD_HOST}"),
        ("{group: emergency}", "{group: '${env:ML_PROD_HOST}'}"),
        ("protected: true", "protected: '${env:ML_PROD_HOST}'"),
        ("include: [", "include: ['${env:ML_PROD_HOST}', "),
        ("organization: acme", "organization: acme\npolicy_packs: ['${env:ML_PROD_HOST}']"),
        ("organization: acme", "organization: acme\nallowed_hosts: ['${env:ML_PROD_HOST}']"),
        ("organization: acme", "organization: acme\nenvironment_variables: ['${env:ML_PROD_HOST}']"),
        ("kind: job}]", "kind: '${env:ML_PROD_HOST}'}]"),
    ],
)
def test_nor_does_a_platform_file_where_no_address_belongs(tmp_path: Path, old: str, new: str) -> None:
    found = problems(repository(tmp_path, head=(INCLUDE + HEAD).replace(old, new)))
    assert ids(found) & {"misplaced-environment-variable", "file-not-found"}


@pytest.mark.parametrize("name", ["HOME", "PATH", "EDITOR", "CI_JOB_URL", "MY_ISSUER", "ACCOUNT"])
def test_only_declared_variables_are_read(tmp_path: Path, name: str) -> None:
    head = (INCLUDE + HEAD).replace("${env:DATABRICKS_ACCOUNT_ID}", f"${{env:{name}}}")
    variables = {**VARIABLES, name: CANARY}
    found = problems(repository(tmp_path, head=head), variables)
    assert ids(found) == {"undeclared-environment-variable"}
    assert CANARY not in str(found[0])
    declared = f"environment_variables: [{name}]\n{head}"
    assert load(repository(tmp_path, head=declared), variables).contract.databricks.account_id == CANARY


CREDENTIALS = [
    "DATABRICKS_CLIENT_SECRET",
    "DATABRICKS_TOKEN",
    "GITHUB_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN",
    "OKTA_CLIENT_PRIVATEKEY",
    "PULUMI_CONFIG_PASSPHRASE",
    "PGPASSWORD",
    "HARNESS_PLATFORM_API_KEY",
    "CONDUCTOR_AUTH_KEY",
    "PREFECT_API_KEY",
    "NPM_AUTH",
    "DB_PASS",
    "GH_PAT",
    "SIGNING_KEY",
    "my_secret",
]


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_credential_is_not_read_even_where_it_is_declared(tmp_path: Path, name: str) -> None:
    head = (INCLUDE + HEAD).replace("${env:DATABRICKS_ACCOUNT_ID}", f"${{env:{name}}}")
    for declared in ("", f"environment_variables: [{name}]\n"):
        found = problems(repository(tmp_path, head=declared + head), {**VARIABLES, name: CANARY})
        assert ids(found) == {"credential-in-contract"}
        assert CANARY not in "\n".join(map(str, found))


@pytest.mark.parametrize(
    "name", ["PWD", "OLDPWD", "DATABRICKS_CLIENT_ID", "ML_PROD_HOST", "MONKEY_HOST", "PULUMI_CONFIG_PASSPHRASE_FILE"]
)
def test_addresses_and_ids_are_no_credentials(name: str) -> None:
    assert not looks_like_credential(name)


@pytest.mark.parametrize("value", [CANARY, f"https://{CANARY}.cloud.databricks.com", f"x{CANARY}"])
@pytest.mark.parametrize("holder", ["DATABRICKS_CLIENT_SECRET", "SOME_API_KEY"])
def test_a_value_that_holds_a_credential_is_refused(tmp_path: Path, value: str, holder: str) -> None:
    """Who sets variables in CI may give a credential the name of an address."""
    for name in ("ML_PROD_HOST", "DATABRICKS_ACCOUNT_ID"):
        found = problems(repository(tmp_path), {**VARIABLES, name: value, holder: CANARY})
        assert ids(found) == {"credential-in-contract"}, name
        assert holder in found[0].what
        assert CANARY not in str(found[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ML_PROD_HOST", CANARY),
        ("ML_PROD_HOST", f"https://{CANARY.upper()}.example"),
        ("ML_PROD_HOST", "https://" + CANARY + "x" * 100 + ".example/path"),
        ("ML_PROD_HOST", f"https://{CANARY}.example/\u202e"),
        ("DATABRICKS_ACCOUNT_HOST", f"https://user:{CANARY}@accounts.cloud.databricks.com"),
        ("DATABRICKS_CLIENT_ID", CANARY + "\nsecond line"),
        ("DATABRICKS_ACCOUNT_ID", CANARY * 200),
        ("DATABRICKS_ACCOUNT_ID", "dapi" + "0123456789abcdef" * 2),
    ],
)
def test_no_error_shows_a_value_of_the_environment(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(InvalidContract) as caught:
        load(repository(tmp_path), {**VARIABLES, name: value})
    told = str(caught.value).lower()
    assert CANARY not in told
    assert "0123456789abcdef" not in told


def test_nor_do_errors_that_are_about_other_things(tmp_path: Path) -> None:
    """Two groups of one id, an address that is no address, an object named after the deployer."""
    external = f"00g-{CANARY}"
    head = "environment_variables: [GROUP_ID, ADDRESS]\n" + (INCLUDE + HEAD)
    head = head.replace("00g-engineers", '"${env:GROUP_ID}"').replace("00g-analysts", '"${env:GROUP_ID}"')
    found = problems(repository(tmp_path, head=head), {**VARIABLES, "GROUP_ID": external})
    assert "declared-twice" in ids(found)
    assert CANARY not in "\n".join(map(str, found))
    assert "${env:GROUP_ID}" in "\n".join(map(str, found))
    ranges = head.replace('PROD_HOST}"}', 'PROD_HOST}", ip_access: {allow: ["${env:ADDRESS}"]}}')
    found = problems(repository(tmp_path, head=ranges), {**VARIABLES, "GROUP_ID": "a", "ADDRESS": CANARY})
    assert CANARY not in "\n".join(map(str, found))


def test_a_value_is_not_read_again(tmp_path: Path) -> None:
    variables = {
        **VARIABLES,
        "DATABRICKS_ACCOUNT_ID": "${env:DATABRICKS_CLIENT_SECRET}",
        "DATABRICKS_CLIENT_SECRET": CANARY,
    }
    found = problems(repository(tmp_path), variables)
    assert CANARY not in "\n".join(map(str, found))


SECRET = "s3cr3t-Value of/42x"
HELD: dict[str, tuple[str, str, str]] = {
    "base64": ("A_SECRET", SECRET, b64encode(SECRET.encode()).decode()),
    "hexadecimal": ("A_SECRET", SECRET, SECRET.encode().hex()),
    "quoted": ("A_SECRET", SECRET, quote(SECRET, safe="")),
    "partly-quoted": ("A_SECRET", SECRET, f"x{SECRET.replace('-', '%2d')}"),
    "another-case": ("A_SECRET", SECRET, SECRET.upper()),
    "backwards": ("A_SECRET", SECRET, SECRET[::-1]),
    "a-part": ("A_SECRET", SECRET, SECRET[3:17]),
    "an-abbreviation": ("ADMIN_PW", SECRET, SECRET),
    "a-registry's": ("DOCKER_AUTH_CONFIG", '{"auths": {"r": {"auth": "YWRhOmh1bnRlcjJ4"}}}', "YWRhOmh1bnRlcjJ4"),
    "in-an-address": ("DATABASE_URL", f"postgres://ada:{quote(SECRET, safe='')}@db/x", SECRET),
    "in-a-document": ("GOOGLE_CREDENTIALS", json.dumps({"client_id": "1", "private_key": SECRET}), SECRET),
}


@pytest.mark.parametrize("case", HELD)
def test_a_value_that_holds_a_credential_in_another_form_is_refused(tmp_path: Path, case: str) -> None:
    holder, held, value = HELD[case]
    head = "environment_variables: [X]\n" + (INCLUDE + HEAD).replace("00g-analysts", '"${env:X}"')
    found = problems(repository(tmp_path, head=head), {**VARIABLES, "X": value, holder: held})
    assert ids(found) == {"credential-in-contract"}
    assert value not in "\n".join(map(str, found))


def test_the_ids_in_a_key_that_is_a_document_are_ids(tmp_path: Path) -> None:
    """`AZURE_CREDENTIALS` of GitHub's actions names the client beside its secret; a contract may name it, too."""
    client = "4b1d0c3e-0000-4000-8000-000000000001"
    key = json.dumps({"clientId": client, "clientSecret": "x7Gh2kLm9QwErT4y", "tenantId": client})
    head = "environment_variables: [X]\n" + (INCLUDE + HEAD).replace("00g-analysts", '"${env:X}"')
    load(repository(tmp_path, head=head), {**VARIABLES, "X": client, "AZURE_CREDENTIALS": key})
