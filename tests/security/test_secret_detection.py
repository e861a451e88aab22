"""A contract is read by many and kept for ever: no secret is in it, under whatever name and in whatever form."""

from __future__ import annotations

import base64
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from rolecall.contract import load_contract
from rolecall.contract.secret_names import is_secret_name
from rolecall.contract.secrets import looks_like_secret
from rolecall.errors import InvalidContract
from tests.support.contracts import CONTRACT, HEAD, VARIABLES, write
from tests.support.repository import INCLUDE, ids, load, problems, project, repository

CHURN = "contract/projects/churn.yaml"
LETTERS = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY" * 4
HEX = "0123456789abcdef" * 4
# Put together here, so that no scanner takes this file for a leak.
FORMS = {
    "databricks": "da" + "pi" + HEX[:32],
    "databricks-oauth": "do" + "se" + HEX[:32],
    "okta": "00" + LETTERS[:40],
    "entra": "abc8" + "Q~" + LETTERS[:34],
    "harness": "pa" + f"t.{LETTERS[:22]}.{HEX[:24]}.{LETTERS[:20]}",
    "prefect": "pn" + "u_" + LETTERS[:36],
    "github": "gh" + "p_" + LETTERS[:36],
    "github-fine": "github_" + "pat_" + LETTERS[:22] + "_" + LETTERS[:59],
    "gitlab": "gl" + "pat-" + LETTERS[:20],
    "slack": "xo" + "xb-123456789012-" + LETTERS[:24].lower(),
    "stripe": "sk_" + "live_" + LETTERS[:24],
    "openai": "sk-" + "proj-" + LETTERS[:40],
    "anthropic": "sk-" + "ant-api03-" + LETTERS[:40],
    "hugging-face": "h" + "f_" + LETTERS[:34],
    "google": "AI" + "za" + LETTERS[:35],
    "aws": "AK" + "IA" + "ABCDEFGHIJKLMNOP",
    "npm": "np" + "m_" + LETTERS[:36],
    "pypi": "py" + "pi-AgEIcHlwaS5vcmc" + LETTERS[:80],
    "vault": "hv" + "s." + LETTERS[:24],
    "pulumi": "pu" + "l-" + HEX[:40],
    "docker": "dck" + "r_pat_" + LETTERS[:27],
    "sendgrid": "S" + f"G.{LETTERS[:22]}.{LETTERS[:43]}",
    "jwt": "ey" + "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
    "private-key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "basic-auth": "https://ada:" + "hunter2hunter2@example.com/x",
    "azure-storage": "Account" + "Key=" + LETTERS[:86] + "==",
    "bearer": "Authorization: Bear" + "er " + LETTERS[:30],
}


def with_text(tmp_path: Path, text: str, key: str = "note") -> Path:
    tags = project("churn").replace(
        "run_as: trainer\n", f"run_as: trainer\n        parameters: [{{name: {key}, default: '{text}'}}]\n"
    )
    return repository(tmp_path, {CHURN: tags})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "around", ["{}", "z{}z", "Z{}9", "_{}_", "{{{{{}}}}}", "prefix-{}", "x={}&y=1", '{{"a": "{}"}}']
)
def test_a_secret_is_known_by_its_form_whatever_stands_around_it(form: str, around: str) -> None:
    if (form, around[:3]) in (("jwt", "Z{}"), ("private-key", "x={")):
        around = "z{}z"
    assert looks_like_secret(around.format(FORMS[form]), "note")


@pytest.mark.parametrize("form", FORMS)
def test_the_contract_is_refused_and_the_secret_shown_nowhere(tmp_path: Path, form: str) -> None:
    found = problems(with_text(tmp_path, FORMS[form]))
    assert "secret-in-contract" in ids(found)
    assert FORMS[form][4:] not in "\n".join(map(str, found))


SECRET_NAMES = """
password Password PASSWORD dbPassword db_password DB_PASSWORD db-password passwordProd password2 userPasswd
pwd clientSecret client_secret CLIENT_SECRET AZURE_CLIENT_SECRET secret mySecretValue apiKey API_KEY api-key
x-api-key accessToken access_token ACCESS_TOKEN authToken githubToken token bearerToken privateKey private_key
sshPrivateKey passphrase storageAccountKey accountKey secretAccessKey AWS_SECRET_ACCESS_KEY encryptionKey
connectionString sasToken spark.hadoop.fs.azure.account.key adminpassword mySQLPassword OPENAI_API_KEY
"""
OTHER_NAMES = """
task_key job_cluster_key environment_key secret_scope secret_name secretName password_policy tokenizer
max_tokens token_url tokenUrl token_count key_vault storage_key managed_services_key owner keyspace
primary_key sort_key monkey compass passenger author authority description secret_scopes credentials
service_principals path
"""


@pytest.mark.parametrize("name", SECRET_NAMES.split())
def test_names_of_secrets_in_every_way_of_writing(tmp_path: Path, name: str) -> None:
    assert is_secret_name(name)
    assert "secret-in-contract" in ids(problems(with_text(tmp_path, "correct-horse", name)))


@pytest.mark.parametrize("name", OTHER_NAMES.split())
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "setting",
    [
        "parameters: [{name: password, default: hunter2x}]",
        "parameters: [{name: dbPassword, default: hunter2x}]",
        "parameters: [{default: hunter2x, name: api-key}]",
        "parameters: [{name: pin_secret, default: '12345678'}]",
        "tags: {clientSecret: hunter2x}",
        "tags: {note: 'password=hunter2x'}",
        "tags: {note: 'jdbc:x;user=a;password=hunter2x'}",
        "description: 'curl -u a --password hunter2x https://x'",
        'description: \'{"password": "hunter2x"}\'',
        "description: 'export DB_PASSWORD=hunter2x'",
        "overrides: {prod: {tags: {apiKey: hunter2x}}}",
        "tags: {token: '{{not-a-reference}}'}",
        "tags: {token: '{{secrets}}'}",
        "tags: {token: '{{secrets/only-one}}'}",
        "tags: {password: 'hunter2x {{secrets/a/b}} and more of it'}",
        "tags: {password: 12345678}",
    ],
)
def test_secrets_by_the_name_beside_them(tmp_path: Path, setting: str) -> None:
    text = project("churn").replace("policy: small\n", f"policy: small\n        {setting}\n")
    found = problems(repository(tmp_path, {CHURN: text}))
    assert "secret-in-contract" in ids(found)
    assert "hunter2x" not in "\n".join(map(str, found))


@pytest.mark.parametrize("place", ["named", "list", "command", "spark", "environment"])
def test_secrets_in_every_place_of_a_task(tmp_path: Path, place: str) -> None:
    tasks = {
        "named": "python_wheel_task: {package_name: x, entry_point: y, named_parameters: {dbPassword: hunter2x}}",
        "list": "spark_python_task: {python_file: /a, parameters: [--password, hunter2x]}",
        "command": "spark_python_task: {python_file: /a, parameters: ['--password=hunter2x']}",
        "spark": "notebook_task: {notebook_path: /a, base_parameters: {apiKey: hunter2x}}",
        "environment": "notebook_task: {notebook_path: /a}",
    }
    text = project("churn")
    if place == "environment":
        text = text.replace("num_workers: 1}", "num_workers: 1, spark_env_vars: {DB_PASSWORD: hunter2x}}")
    text = text.replace("spark_python_task: {python_file: /Workspace/Shared/train.py}", tasks[place])
    found = problems(repository(tmp_path, {CHURN: text}))
    assert "secret-in-contract" in ids(found)
    assert "hunter2x" not in "\n".join(map(str, found))


def test_a_bundle_is_looked_at_too(tmp_path: Path) -> None:
    task = "{task_key: a, notebook_task: {notebook_path: /a, base_parameters: {x: '" + FORMS["databricks"] + "'}}}"
    bundle = f"resources: {{jobs: {{b: {{tasks: [{task}]}}}}}}"
    text = project("churn", "    bundles: [{path: ../../bundle.yml, run_as: trainer}]\n")
    found = problems(repository(tmp_path, {CHURN: text, "bundle.yml": bundle}))
    assert ids(found) == {"secret-in-contract"}
    assert found[0].place is not None
    assert found[0].place.file.endswith("bundle.yml")


def test_keys_and_platform_files_are_looked_at_too(tmp_path: Path) -> None:
    for text in (
        INCLUDE + HEAD.replace("organization: acme", f"organization: {FORMS['aws'].lower()}{FORMS['databricks']}"),
        INCLUDE
        + HEAD.replace("engineers: {external: 00g-engineers}", f"{FORMS['github']}: {{external: 00g-engineers}}"),
        INCLUDE + HEAD.replace("00g-engineers", FORMS["okta"]),
        "include: [projects/*.yaml]\n"
        + HEAD.replace("kind: cluster_policy", "kind: !!binary " + "ZGFwaTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm"),
    ):
        found = problems(repository(tmp_path, head=text))
        assert ids(found) & {"secret-in-contract", "invalid-yaml"}
        assert all(secret[4:] not in str(one) for one in found for secret in (FORMS["databricks"], FORMS["okta"]))


@pytest.mark.parametrize(
    "setting",
    [
        "parameters: [{name: password, default: '{{secrets/churn/password}}'}]",
        "parameters: [{name: token, default: '{{tasks.login.values.token}}'}]",
        "parameters: [{name: max_tokens, default: '4096'}, {name: tokenizer, default: bert-base-uncased}]",
        "parameters: [{name: secret_scope, default: payments-of-churn}]",
        "parameters: [{name: auth, default: 'Bearer {{secrets/a/b}}'}]",
        "description: 'The password: see the wiki. Tokens: none of ours'",
        "tags: {image: 'registry/x@sha256:" + HEX + "'}",
        "tags: {commit: " + HEX[:40] + "}",
        "tags: {id: 7c0ffee0-ac3e-4acc-9e0d-ac3e00000001}",
        "name: task-preparation-of-features-for-the-models-of-churn-in-2026",
    ],
)
def test_what_is_no_secret_is_fine(tmp_path: Path, setting: str) -> None:
    """A check that cries wolf is switched off."""
    text = project("churn").replace("policy: small\n", f"policy: small\n        {setting}\n")
    main = repository(tmp_path, {CHURN: text})
    with suppress(InvalidContract):
        load(main)
        return
    assert "secret-in-contract" not in ids(problems(main))


WEBHOOKS = (
    "https://hooks.slack.com/services/T00000000/B00000000/" + LETTERS[:24],
    "https://discord.com/api/webhooks/123456789/" + LETTERS[:40],
    "https://acme.webhook.office.com/webhookb2/" + HEX[:32],
    "https://prod-1.westeurope.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke?api-version=1&sig=x",
    "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=x&token=y",
)


@pytest.mark.parametrize("address", WEBHOOKS)
def test_the_address_of_a_webhook_is_a_secret(address: str) -> None:
    assert looks_like_secret(address, "note")


@pytest.mark.parametrize("form", ["databricks", "okta", "github", "aws", "slack", "basic-auth", "azure-storage"])
@pytest.mark.parametrize("around", ["{}", "x={}", "see {} there"])
def test_a_secret_in_base64_is_known_too(form: str, around: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert looks_like_secret(around.format(encode(FORMS[form].encode()).decode()), "note")
    assert not looks_like_secret(around.format(base64.b64encode(b"a text of no importance at all").decode()), "note")


@pytest.mark.parametrize("encode", [str, lambda one: quote(one, safe=""), lambda one: b64encode(one.encode()).decode()])
def test_the_contract_holds_no_credential_of_the_environment(tmp_path: Path, encode: Callable[[str], str]) -> None:
    """One that no pattern knows: the deployer's own, pasted by accident or by somebody who wants it deployed."""
    written = encode("correct/horse7battery staple")
    text = CONTRACT.replace("run_as: trainer\n", f"run_as: trainer\n        description: 'see {written}.'\n")
    file = write(tmp_path, text)
    load_contract(file, VARIABLES)
    with pytest.raises(InvalidContract) as caught:
        load_contract(file, {**VARIABLES, "DATABRICKS_CLIENT_SECRET": "correct/horse7battery staple"})
    (problem,) = caught.value.problems
    assert problem.id == "secret-in-contract"
    assert "DATABRICKS_CLIENT_SECRET" in problem.what
    assert written not in str(problem)


@pytest.mark.parametrize(
    "inner", ["type: fixed, value: VALUE", "defaultValue: VALUE, type: unlimited", "values: [VALUE]"]
)
def test_a_policy_holds_no_secret_under_the_name_of_one(tmp_path: Path, inner: str) -> None:
    name = "spark_conf.fs.azure.account.key"
    definition = f"definition: {{{name}: {{{inner.replace('VALUE', 'hunter2hunter')}}}}}"
    text = project("churn").replace("idle_minutes: 30}", f"idle_minutes: 30, {definition}}}")
    (problem,) = problems(repository(tmp_path, {CHURN: text}))
    assert problem.id == "secret-in-contract"
    harmless = text.replace("hunter2hunter", "'{{secrets/a/b}}'")
    load(repository(tmp_path, {CHURN: harmless}))
