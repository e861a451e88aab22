"""Secrets without a well-known prefix, in other notations, in addresses and commands; and what is none of them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import re
import string
import uuid
from pathlib import Path
from urllib.parse import quote

import pytest

from rolecall.console.output import CheckFormat
from rolecall.console.problems import show_problems, write_problems
from rolecall.contract import secret_random, secret_readings, secrets
from rolecall.contract.secret_names import is_secret_name
from rolecall.contract.secret_readings import MAX_READINGS, readings
from rolecall.contract.secrets import form_of_secret, looks_like_secret
from rolecall.errors import InvalidContract
from tests.support.contracts import HEAD
from tests.support.repository import INCLUDE, ids, load, problems, project, repository

CHURN = "contract/projects/churn.yaml"
MIXED = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY" * 4
HEX = "0123456789abcdef" * 8
TOKEN = "da" + "pi" + HEX[:32]
UUID = "7c0ffee0-ac3e-4acc-9e0d-ac3e00000001"
# Put together here, so that no scanner takes this file for a leak.
FORMS = {
    "langsmith": "lsv2_" + "pt_" + HEX[:32] + "_" + HEX[:10],
    "langfuse": "sk-" + "lf-" + UUID,
    "perplexity": "pplx" + "-" + MIXED[:48],
    "groq": "gsk" + "_" + MIXED[:52],
    "pinecone": "pcsk" + "_" + MIXED[:60],
    "replicate": "r8" + "_" + MIXED[:37],
    "nvidia": "nvapi" + "-" + MIXED[:64],
    "fireworks": "fw" + "_" + MIXED[:24],
    "dbt": "dbt" + "c_" + MIXED[:40],
    "mailgun": "key" + "-" + HEX[:32],
    "telegram": "110201543:" + "AA" + MIXED[:33],
    "heroku": "HRKU" + "-" + UUID,
    "sentry": "sntryu" + "_" + HEX[:64],
    "new-relic": HEX[:36] + "NR" + "AL",
    "airtable": "pat" + MIXED[:14] + "." + HEX[:64],
    "postman": "PMAK" + "-" + HEX[:24] + "-" + HEX[:34],
    "rubygems": "rubygems" + "_" + HEX[:48],
    "sonar": "sqp" + "_" + HEX[:40],
    "supabase": "sbp" + "_" + HEX[:40],
    "tailscale": "tskey" + "-auth-" + MIXED[:17] + "-" + MIXED[:32],
    "pagerduty": "u+" + MIXED[:18],
    "alibaba": "LT" + "AI" + MIXED[:20],
    "vault-of-old": "s." + MIXED[:24],
    "upper-case": TOKEN.upper(),
    "no-prefix": MIXED[:32],
    "aws-secret": "aB3dE5fG7h/9kL1mN2pQ4+S6tU8vW0xYaB3dE5fG",
    "azure-storage": MIXED[:86] + "==",
    "putty": "PuTTY-User-" + "Key-File-2: ssh-rsa",
    "private-jwk": json.dumps({"kty": "EC", "crv": "P-256", "d": "abc"}),
    "one-time-password": "otpauth" + "://totp/x?secret=JBSWY3DPEHPK3PXP",
    "signed-address": "https://storage.googleapis.com/b/k?X-Goog-" + "Signature=" + HEX,
    "password-without-a-user": "redis://:hunter2x@cache:6379",
    "token-as-a-user": "https://" + MIXED[:30] + "@github.com/acme/x.git",
    "sentry-address": "https://" + HEX[:32] + "@o123.ingest.sentry.io/456",
    "oracle": "jdbc:oracle:thin:ada/hunter2x@//db:1521/x",
    "sqlplus": "sqlplus ada/hunter2x@db",
    "curl": "curl -u ada:hunter2x https://x",
    "mysql": "mysql -u ada -phunter2x",
    "sshpass": "sshpass -p hunter2x ssh x",
    "netrc": "machine x login ada password hunter2x",
    "a-sentence": "the password is hunter2x",
    "login-without-a-scheme": "ada:hunter22@db.example.com",
    "login-with-a-port": "ada:correcthorse@db:5432/claims",
    "login-of-an-address": "ada:hunter22@10.0.0.7",
    "a-name-and-a-token": "token 9f8e7d6c5b4a",
    "a-name-and-a-key": "api_key 'aB3dE5fG7hJ9'",
    "a-registry": json.dumps({"auths": {"x": {"auth": base64.b64encode(b"ada:hunter2x").decode()}}}),
    "query": "https://api.example/x?apiKey=" + UUID,
    "storage-setting": "SET fs.azure.account.key.x.dfs.core.windows.net=abcd1234",
    "zapier": "https://hooks.zapier" + ".com/hooks/catch/123456/abcdef/",
    "pager-address": "https://events.pagerduty" + ".com/integration/" + HEX[:32] + "/enqueue",
    "prefect-webhook": "https://api.prefect" + ".cloud/hooks/" + MIXED[:22],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("around", ["{}", "see {} there"])
def test_a_secret_is_known_by_its_form(form: str, around: str) -> None:
    assert form_of_secret(around.format(FORMS[form]))


def _groups(text: str, separator: str) -> str:
    return text[:18] + separator + text[18:]


NOTATIONS = {
    "over-lines": _groups(TOKEN, "\n    "),
    "folded": _groups(TOKEN, " "),
    "added-in-code": _groups(TOKEN, "' + '"),
    "continued": _groups(TOKEN, "\\\n"),
    "percent": quote(TOKEN).replace("d", "%64", 1),
    "all-percent": "".join(f"%{ord(one):02x}" for one in TOKEN),
    "entity": TOKEN.replace("d", "&#100;", 1),
    "escape": TOKEN.replace("d", "\\u0064", 1),
    "hexadecimal": TOKEN.encode().hex(),
    "base32": base64.b32encode(TOKEN.encode()).decode(),
    "base64-twice": base64.b64encode(base64.b64encode(TOKEN.encode())).decode(),
    "base64-behind-a-letter": "x" + base64.b64encode(TOKEN.encode()).decode(),
    "base64-over-lines": base64.encodebytes(f"a long text that stands before it {TOKEN}".encode()).decode(),
    "base64-of-utf-16": base64.b64encode(TOKEN.encode("utf-16-le")).decode(),
    "base64-of-json": base64.b64encode(f'{{\n "t": "{TOKEN}"\n}}'.encode()).decode(),
    "compressed": base64.b64encode(gzip.compress(TOKEN.encode())).decode(),
    "a-key-in-base64": base64.b64encode(b"-----BEGIN RSA " + b"PRIVATE KEY-----\nMIIE\n").decode(),
    "zero-width": _groups(TOKEN, "\u200b"),
    "full-width": "".join(chr(ord(one) + 0xFEE0) for one in TOKEN),
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_secret_is_known_in_another_notation(notation: str) -> None:
    assert form_of_secret(NOTATIONS[notation])


NAMES = """
secretkey clientsecret CLIENTSECRET accesskey apitoken mytoken refreshtoken sastoken kennwort mot_de_passe senha
pw db_pw dbpw psw passw client_secr credential db_cred otp_seed p4ssw0rd p@ssword passw\u043erd gpg_key
fs.azure.account.key.x.dfs.core.windows.net fs.azure.sas.fixed.token.x.dfs.core.windows.net
fs.azure.account.oauth2.client.secret.x.dfs.core.windows.net
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_more_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)
    assert looks_like_secret("hunter2x9", name)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("auth", "ada:hunter2x", True),
        ("authorization", HEX[:32], True),
        ("pagerduty_integration_key", HEX[:32], True),
        ("salt", "x7Gh2kLm9QwErT4y", True),
        ("auth", "oauth2", False),
        ("authorization", "tokens", False),
        ("session_key", "session_id", False),
        ("routing_key", "orders.created.v2", False),
        ("credentials", UUID, False),
        ("credentials", "acme-storage", False),
        ("pin", "1234", True),
        ("password", "none", False),
    ],
)
def test_a_name_that_may_be_anothers_tells_only_with_a_generated_value(name: str, value: str, *, secret: bool) -> None:
    assert (looks_like_secret(value, name) is not None) == secret


@pytest.mark.parametrize("where", ["project", "platform", "bundle"])
def test_comments_are_looked_at_too(tmp_path: Path, where: str) -> None:
    comment = f"# was: {TOKEN}\n"
    bundle = comment + "resources: {jobs: {b: {tasks: [{task_key: a, notebook_task: {notebook_path: /a}}]}}}\n"
    churn = project("churn", "    bundles: [{path: ../../bundle.yml, run_as: trainer}]\n" if where == "bundle" else "")
    files = {CHURN: churn + (comment if where == "project" else ""), "bundle.yml": bundle}
    (problem,) = problems(repository(tmp_path, files, INCLUDE + HEAD + (comment if where == "platform" else "")))
    assert problem.id == "secret-in-contract"
    assert TOKEN not in str(problem)
    assert problem.place is not None
    assert Path(problem.place.file).name == {"project": "churn.yaml", "platform": "contract.yaml"}.get(
        where, "bundle.yml"
    )


@pytest.mark.parametrize(
    "setting",
    [
        "parameters: [{parameter: password, default_value: hunter2x}]",
        "tags: {note: 'https://oauth2:hunter2x@gitlab.example/a'}",
        "schedule: {quartz_cron_expression: '0 0 6 * * ? #" + TOKEN + "', timezone_id: UTC}",
        "git_source: {git_url: 'https://" + TOKEN + "@github.com/a/b', git_provider: gitHub, git_branch: main}",
        "webhook_notifications: {on_failure: [{id: " + TOKEN + "}]}",
        "name: train-" + TOKEN,
        "counterparts: {conductor: {input: {x: " + TOKEN + "}}}",
    ],
)
def test_odd_places_of_a_job(tmp_path: Path, setting: str) -> None:
    text = project("churn").replace("policy: small\n", f"policy: small\n        {setting}\n")
    found = problems(repository(tmp_path, {CHURN: text}))
    assert "secret-in-contract" in ids(found)
    assert TOKEN not in "\n".join(map(str, found))


TASKS = "{tasks: [{task_key: a, notebook_task: {notebook_path: /a}}]}"
IN_BUNDLES = {
    "a variable that is not used": f"variables: {{t: {{default: {TOKEN}}}}}",
    "a password by its name": "variables: {db_password: {default: hunter2x9}}",
    "another resource": f"resources: {{pipelines: {{p: {{configuration: {{a: {TOKEN}}}}}}}}}",
    "the address of a workspace": f"workspace: {{host: 'https://token:{TOKEN}@x.cloud.databricks.com'}}",
    "a command": f"artifacts: {{x: {{build: 'TOKEN={TOKEN} make'}}}}",
    "another target": f"targets: {{test: {{variables: {{t: {TOKEN}}}}}}}",
}


@pytest.mark.parametrize("case", IN_BUNDLES)
def test_all_of_a_bundle_is_looked_at(tmp_path: Path, case: str) -> None:
    """Also what the contract does not take of it."""
    files = {
        CHURN: project("churn", "    bundles: [{path: ../../bundle/databricks.yml, run_as: trainer}]\n"),
        "bundle/databricks.yml": f"include: [more.yml]\nresources: {{jobs: {{b: {TASKS}}}}}\n",
        "bundle/more.yml": IN_BUNDLES[case] + "\n",
    }
    found = problems(repository(tmp_path, files))
    assert "secret-in-contract" in ids(found)
    assert TOKEN not in "\n".join(map(str, found))
    assert len([one for one in found if one.id == "secret-in-contract"]) == 1


FINE = (
    f"registry.acme.example/ml/train@sha256:{HEX[:64]}",
    UUID,
    hashlib.sha1(b"x", usedforsecurity=False).hexdigest(),
    "00g1a2b3c4D5e6F7g8h9",
    "kmpySmUISimoRrJL6NL73w",
    "arn:aws:iam::123456789012:role/DatabricksInstanceProfileRole",
    "abfss://a-long-container-name-2026-prod@acmestore.dfs.core.windows.net/x",
    "https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
    "sha256-" + base64.b64encode(hashlib.sha256(b"x").digest()).decode(),
    "git@github.com:acme/ml.git",
    "owner:ada2lovelace@example.com",
    "notify:ada.lovelace2@example.com",
    "npm:lodash4x@4.17.21",
    "python:3.11@sha256:aa11bb22cc33",
    "spark:3.5.1@host/x",
    "12:30@office.example.com",
    "secret 7c0ffee0-ac3e-4acc-9e0d-ac3e00000001",
    "token sha256sum and token 2026-11-27T00:00:00Z",
    "secret prod-churn-2026-keys2 of api key v2beta1x",
    "https://{{secrets/a/b}}@x.example",
    "https://user:${TOKEN}@x.example/",
    "pip install acme-ml==1.2.3 --index-url https://pypi.acme.example/simple",
    "meta-llama/Llama-3.3-70B-Instruct-FP8-KV",
    f"runs:/{HEX[:32]}/model",
    "/subscriptions/7c0ffee0-ac3e-4acc-9e0d-ac3e00000001/resourceGroups/RG1/providers/Microsoft.KeyVault/vaults/KV01",
    "mysql -u ada -h db -p",
    "Ask 12345 for the password 2 days before",
    "SELECT count(*) FROM prod.churn.x WHERE d >= '2026-01-01' AND note LIKE '%25%'",
    "com.databricks:spark-xml_2.12:0.18.0",
    "/Workspace/Users/ada@acme.example/Train2026/V2/Model",
    "s3://Acme-ML-Prod-EU1/Raw/V1/T01/P02/F03.parquet",
    "GradientBoostedTreesV2WithSMOTEForChurn2026",
    "A100_2026_batch_Store_west_scoring_raw_Customer",
    "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(hashlib.sha512(b"x").digest() * 4).decode(),
)


@pytest.mark.parametrize("text", FINE)
def test_what_is_no_secret(text: str) -> None:
    assert form_of_secret(text) is None


WORDS = "churn training Feature prod EU west Model v2 2026 scoring ETL raw Silver Customer fraud A100 gpu"


def test_made_names_and_ids_are_no_secrets() -> None:
    """Names that nobody thought of: 2,000 of words, numbers and ids, put together in the usual ways."""
    chance = random.Random(7)  # noqa: S311 - names, not keys
    words = WORDS.split()

    def some(count: int) -> list[str]:
        return [chance.choice(words) for _ in range(count)]

    for _ in range(400):
        names = (
            "-".join(some(8)),
            "_".join(some(8)),
            "/" + "/".join(some(7)),
            " ".join(some(12)),
            str(uuid.UUID(int=chance.getrandbits(128))),
            "00g" + "".join(chance.choices(string.ascii_letters + string.digits, k=17)),
        )
        assert [name for name in names if form_of_secret(name)] == []


def test_most_random_keys_without_a_prefix_are_known() -> None:
    chance = random.Random(7)  # noqa: S311 - the test has to say the same each time
    keys = ["".join(chance.choices(string.ascii_letters + string.digits, k=40)) for _ in range(500)]
    assert sum(form_of_secret(key) is not None for key in keys) > 400


def test_readings_end() -> None:
    text = base64.b64encode(b"a plain text that says nothing at all").decode()
    for _ in range(12):
        text = base64.b64encode(text.encode()).decode()
    assert len([*readings(text * 4)]) <= MAX_READINGS


BESIDE = {
    "the name above a misspelt key": "parameters:\n          - name: password\n            defualt: hunter2x\n",
    "the name above, over two lines": (
        "parameters:\n          - name: password\n            other: >\n              hunter2x\n"
    ),
    "on the same line": "parameters: [{name: db-password, other: hunter2x}]\n",
    "over two lines": f"misspelt: '{TOKEN[:18]}\n          {TOKEN[18:]}'\n",
}


@pytest.mark.parametrize("case", BESIDE)
def test_a_line_that_is_shown_with_a_problem_holds_no_part_of_a_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    text = project("churn").replace("policy: small\n", f"policy: small\n        {BESIDE[case]}")
    main = repository(tmp_path, {CHURN: text})
    with pytest.raises(InvalidContract) as caught:
        load(main)
    show_problems(caught.value)
    for output in (CheckFormat.JSON, CheckFormat.GITHUB, CheckFormat.GITLAB, CheckFormat.SARIF):
        write_problems(caught.value, output)
    said = "".join(capsys.readouterr())
    assert "hunter2x" not in said
    assert TOKEN[18:] not in said


@pytest.mark.parametrize("text", ["token " + "b" * 1_000 + "1" * 1_000, "token " + "1" * 1_000 + "b" * 1_000])
def test_a_long_text_beside_a_name_is_looked_at(text: str) -> None:
    """A pattern that tries all ways to read it would run into the limit of every test."""
    form_of_secret(text)


@pytest.mark.parametrize("one", ["a", "1", "00", "a-", "eyJ", "--a ", "curl ", "//a", "colon:", "token abc1 "])
def test_the_search_for_secrets_is_linear(one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project's file could stop every check otherwise: a value may have 100,000 characters."""
    searched: list[int] = []
    look = secrets._form_in_window

    def counted(text: str, *, okta: bool) -> str | None:
        searched.append(len(text))
        return look(text, okta=okta)

    monkeypatch.setattr(secrets, "_form_in_window", counted)
    work = {}
    for length in (10_000, 20_000):
        searched.clear()
        form_of_secret((one * length)[:length])
        work[length] = sum(searched)
        assert max(searched) <= secrets.WINDOW
    assert work[20_000] < 2.5 * work[10_000]


# A lookahead that may read on for ever, from each character again.
_READS_ON = re.compile(r"\(\?[=!][^()]*(?:\([^()]*\)[^()]*)*\](?:\*|\+(?!\+)|\{\d+,\})")


def test_patterns_on_whole_texts_look_ahead_once_for_each_word() -> None:
    whole = {
        name: pattern.pattern
        for module in (secret_readings, secret_random)
        for name, pattern in vars(module).items()
        if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str)
    }
    # The first is matched at one place only, the second in windows, and the third ends before the next word's blank.
    bounded = {"_MIXED", "_OKTA", "_FRAGMENTS"}
    assert {name for name, text in whole.items() if _READS_ON.search(text) and "(?<!" not in text} <= bounded


@pytest.mark.parametrize("place", [0, 1_990, 2_040, 4_080, 4_100, 6_100, 12_000])
@pytest.mark.parametrize("filler", ["word ", "w", "word, "])
def test_a_token_anywhere_in_a_long_text_is_found(place: int, filler: str) -> None:
    text = (filler * 20_000)[:20_000]
    assert form_of_secret(f"{text[:place]}{TOKEN}{text[place:]}") is not None


def test_a_window_that_begins_within_a_word_marks_no_secret() -> None:
    for shift in range(12):
        text = "x" * shift + " the compass=north-by-northwest, the monkey: banana" * 400
        assert form_of_secret(text) is None


def test_quotes_are_joined_in_time_linear_in_the_spaces_between_them() -> None:
    """The spaces were divided anew between both sides of the sign."""
    spaces = "\n" * 100_000
    text = f"'{spaces}x"
    assert secret_readings._JOINED_BY_CODE.sub("", text) == text
    assert secret_readings._JOINED_BY_CODE.sub("", f"'a'{spaces}+{spaces}'b'") == "'ab'"
