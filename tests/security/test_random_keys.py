"""How many generated keys are found, and how many names, ids and settings are taken for one: measured, with limits."""

from __future__ import annotations

import base64
import codecs
import random
import string
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from databricks.sdk.service import catalog, compute, jobs, ml, pipelines, serving, settings, sql

from rolecall.contract.secrets import form_of_secret, split_secret
from tests.support.repository import ids, problems, project, repository

SMALL, CAPITAL, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
HEX = "0123456789abcdef"
KEYS_OF_EACH = 1_000
# At most as many of a thousand keys are missed.
MISSED = 25
DATABRICKS = "da" + "pi" + HEX * 2


def _chance() -> random.Random:
    return random.Random(17)  # noqa: S311 - the same names and keys at each run


def _letters(alphabet: str, length: int) -> Callable[[random.Random], str]:
    return lambda chance: "".join(chance.choices(alphabet, k=length))


GENERATORS: dict[str, Callable[[random.Random], str]] = {
    "28 letters and digits": _letters(SMALL + CAPITAL + DIGITS, 28),
    "32 letters and digits": _letters(SMALL + CAPITAL + DIGITS, 32),
    "40 letters and digits": _letters(SMALL + CAPITAL + DIGITS, 40),
    "64 letters and digits": _letters(SMALL + CAPITAL + DIGITS, 64),
    "32 small letters and digits": _letters(SMALL + DIGITS, 32),
    "40 capitals and digits": _letters(CAPITAL + DIGITS, 40),
    "32 letters": _letters(SMALL + CAPITAL, 32),
    "40 small letters": _letters(SMALL, 40),
    "AWS": lambda chance: base64.b64encode(chance.randbytes(30)).decode(),
    "Base64 of 32 bytes": lambda chance: base64.b64encode(chance.randbytes(32)).decode(),
    "Base64 of 32 bytes for addresses": lambda chance: base64.urlsafe_b64encode(chance.randbytes(32)).decode(),
    "Base32 of 20 bytes": lambda chance: base64.b32encode(chance.randbytes(20)).decode(),
    "in a name": lambda chance: "churn-" + "".join(chance.choices(SMALL + CAPITAL + DIGITS, k=32)) + "-prod",
    "in a sentence": lambda chance: f"use {''.join(chance.choices(SMALL + CAPITAL + DIGITS, k=40))} for it",
}


@pytest.mark.parametrize("kind", GENERATORS)
def test_random_keys_are_found(kind: str) -> None:
    chance = _chance()
    missed = sum(form_of_secret(GENERATORS[kind](chance)) is None for _ in range(KEYS_OF_EACH))
    assert missed <= MISSED


TURNED: dict[str, Callable[[str], str]] = {
    "backwards": lambda key: key[::-1],
    "rotated": lambda key: codecs.encode(key, "rot13"),
    "backwards and rotated": lambda key: codecs.encode(key[::-1], "rot13"),
    "Base64": lambda key: base64.b64encode(key.encode()).decode(),
    "Base64 of backwards": lambda key: base64.b64encode(key[::-1].encode()).decode(),
    "Base64 backwards": lambda key: base64.b64encode(key.encode()).decode()[::-1],
    "Base32": lambda key: base64.b32encode(key.encode()).decode(),
    "Base32 in small letters": lambda key: base64.b32encode(key.encode()).decode().lower(),
    "hexadecimal": lambda key: key.encode().hex(),
    "hexadecimal of backwards": lambda key: key[::-1].encode().hex(),
    "hexadecimal of Base64": lambda key: base64.b64encode(key.encode()).hex(),
    "Base85": lambda key: base64.b85encode(key.encode()).decode(),
    "Ascii85": lambda key: base64.a85encode(key.encode()).decode(),
    "octal": lambda key: "".join(f"\\{ord(one):03o}" for one in key),
    "quoted-printable": lambda key: "".join(f"={ord(one):02X}" for one in key),
    "numbers": lambda key: ", ".join(str(ord(one)) for one in key),
    "numbers in code": lambda key: " + ".join(f"chr({ord(one)})" for one in key),
    "groups of four": lambda key: " ".join(key[start : start + 4] for start in range(0, len(key), 4)),
    "groups with dashes": lambda key: "-".join(key[start : start + 6] for start in range(0, len(key), 6)),
    "letter by letter": lambda key: ".".join(key),
}
TOKENS = {
    "databricks": DATABRICKS,
    "npm": "npm" + "_" + "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYaB3d",
    "random": "x7Gh2kLm9QwErT4yZ8pVn3Cs6Bd1FjKw",
}


@pytest.mark.parametrize("notation", TURNED)
@pytest.mark.parametrize("token", TOKENS)
def test_keys_in_other_notations_are_found(notation: str, token: str) -> None:
    assert form_of_secret(TURNED[notation](TOKENS[token]))


@pytest.mark.parametrize("token", [DATABRICKS, "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY"])
@pytest.mark.parametrize("size", [4, 9, 15, 20, 30])
def test_parts_of_a_key_are_found(tmp_path: Path, token: str, size: int) -> None:
    parts = [token[start : start + size] for start in range(0, len(token), size)]
    assert split_secret(parts)
    for setting in (
        f"parameters: {[{'name': f'p{index}', 'default': part} for index, part in enumerate(parts)]}",
        f"tags: { ({f't{index}': part for index, part in enumerate(parts)}) }",
        f"counterparts: {{conductor: {{input: {{x: {parts}}}}}}}",
    ):
        text = project("churn").replace("policy: small\n", f"policy: small\n        {setting}\n")
        found = problems(repository(tmp_path, {"contract/projects/churn.yaml": text}))
        assert "secret-in-contract" in ids(found), setting
        assert token not in "\n".join(map(str, found))


MODULES: tuple[ModuleType, ...] = (catalog, compute, jobs, ml, pipelines, serving, settings, sql)
WORDS = (
    "churn Training feature PROD eu-west-1 westeurope model v2 2026 scoring ETL raw silver Customer360 fraud A100 gpu "
    "kpi xgboost PySpark KYC AML mwst größe Zürich kubeflow CRM crm_dwh sftp h2o jdbc GenAI LLM rag qa uat hotfix Q3"
)


@cache
def _names() -> tuple[str, ...]:
    """Return names that somebody wrote, and names and identifiers as clouds and systems make them."""
    chance = _chance()
    words = WORDS.split()
    written = {name for module in MODULES for name in dir(module)}
    written |= {f"{module.__name__}.{name}" for module in MODULES for name in dir(module)}
    made: list[str] = []
    for _ in range(400):
        some = chance.choices(words, k=8)
        number, text = chance.getrandbits(128), "".join(chance.choices(SMALL + DIGITS, k=8))
        sha, account = f"{chance.getrandbits(160):040x}", "".join(chance.choices(DIGITS, k=12))
        okta = "00g" + "".join(chance.choices(SMALL + CAPITAL + DIGITS, k=17))
        made += [
            *("-".join(some), "_".join(some), "".join(one.title() for one in some if one.isascii())),
            *("_".join(some).upper(), "/Workspace/" + "/".join(some), ".".join(some)),
            *(sha, sha[:12], f"{number:032x}", f"{number:032X}", str(uuid.UUID(int=number))),
            *(f"registry.acme.example/ml/{some[0].lower()}@sha256:{sha}{sha[:24]}", f"git+https://x.example/a@{sha}"),
            *(f"arn:aws:iam::{account}:role/{'-'.join(some[:4])}-{text}", f"arn:aws:s3:::acme-{some[0]}-{account}"),
            f"arn:aws:kms:eu-west-1:{account}:key/{uuid.UUID(int=number)}",
            f"arn:aws:secretsmanager:eu-west-1:{account}:secret:{some[0]}/{some[1]}-{text[:6]}",
            f"arn:aws:acm:eu-central-1:{account}:certificate/{uuid.UUID(int=number)}",
            f"/subscriptions/{uuid.UUID(int=number)}/resourceGroups/RG-{some[0]}-{some[1]}/providers/Microsoft.Databricks",
            f"projects/{some[0]}-{account[:6]}/serviceAccounts/{some[1]}@{some[0]}-{account[:6]}.iam.gserviceaccount.com",
            f"abfss://{some[0]}@acme{text}prodweu.dfs.core.windows.net/{'/'.join(some[1:5])}",
            f"s3://acme-{'-'.join(some[:3])}/{'/'.join(some[3:])}/part-00000-{uuid.UUID(int=number)}-c000.snappy.parquet",
            *(okta, f"0oa{okta[3:]}", f"{account[:4]}-{account[:6]}-{text}", f"{number >> 64:016x}"),
            f"adb-{number % 10**16}.{number % 20}.azuredatabricks.net",
            f"dbc-{sha[:8]}-{sha[8:12]}.cloud.databricks.com",
            f"runs:/{number:032x}/model",
            f"models:/acme_prod.{some[0]}.{some[1]}/{number % 90}",
            f"subnet-{sha[:17]}",
            f"internal-k8s-{text}-{sha[:10]}-{account[:10]}.eu-west-1.elb.amazonaws.com",
            f"{chance.randrange(60)} {chance.randrange(60)} {chance.randrange(24)} ? * MON-FRI {2026 + number % 5}",
            f"0 0/{chance.randrange(1, 60)} {chance.randrange(24)} {chance.randrange(1, 28)} JAN,MAR,MAY ? 2026-2030",
            f"{some[0]}-{number % 5}.{number % 9}.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            f"2026-11-{number % 28 + 1:02}T06:00:00.000Z/{some[0]}_{account}",
            " ".join(some) + f" since 2026-11-{number % 28 + 1:02}, see {some[1]}#{account[:4]}",
        ]
    return (*sorted(written), *made)


def test_no_name_is_taken_for_a_key() -> None:
    """At most one of a thousand, made of abbreviations only."""
    names = _names()
    assert len(names) > 10_000
    found = [name for name in names if form_of_secret(name)]
    assert len(found) <= len(names) // 1_000, found


def test_no_list_of_names_is_taken_for_the_parts_of_a_key() -> None:
    names, chance = _names(), _chance()
    lists = [chance.sample(names, chance.randrange(2, 7)) for _ in range(3_000)]
    of_one_kind = [chance.choices(names[start::37], k=4) for start in range(37) for _ in range(40)]
    found = [some for some in (*lists, *of_one_kind) if split_secret(some)]
    assert len(found) <= len(lists) // 1_000, found
