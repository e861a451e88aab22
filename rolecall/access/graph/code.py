"""What decides the behaviour of a job or pipeline besides its definition: code, images, secrets, models it loads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.kinds.references import PATTERN
from rolecall.kinds.spec import Execution

# https://docs.databricks.com/en/security/secrets/example-secret-workflow.html: how a job refers to a secret.
SECRET = re.compile(r"\{\{secrets/([^/}\s]+)/")
# Variables of which the value signs in to Databricks: https://docs.databricks.com/en/dev-tools/auth/env-vars.html
CREDENTIALS = re.compile(
    r"DATABRICKS_(TOKEN|CLIENT_SECRET|PASSWORD)|ARM_CLIENT_SECRET|AZURE_CLIENT_SECRET", re.IGNORECASE
)
# Values of parameters are data, not code; those of spark-submit name the program itself.
_PARAMETERS = frozenset({"parameters", "base_parameters", "named_parameters"})
_SUBMIT = "spark_submit_task"
# Paths of the cloud's storage: https://docs.databricks.com/en/connect/storage/index.html
_STORAGE = re.compile(r"(s3[an]?|abfss?|gs|r2)://", re.IGNORECASE)
_SCHEMES = re.compile(r"^(file|dbfs):(?=/)")


@dataclass(frozen=True)
class CodeFacts:
    """What the settings of a job or another object that runs code name.

    Attributes:
        references: section and key of every object of the project that it refers to.
        code_references: those among them that stand where code is named, not data.
        paths: workspace, volume and storage paths of code, scripts and libraries.
        scopes: secret scopes by name, and whether a Databricks credential is read from them.
        repository: the Git repository of its code.
        images: the container images of its clusters.
    """

    references: frozenset[tuple[str, str]] = frozenset()
    code_references: frozenset[tuple[str, str]] = frozenset()
    paths: frozenset[str] = frozenset()
    scopes: frozenset[tuple[str, bool]] = frozenset()
    repository: str | None = None
    images: frozenset[str] = frozenset()


def code_facts(executes: Execution[Any], value: Any, environment: str) -> CodeFacts:
    """Return what an object that runs code names in an environment; computed once where no environment differs.

    Args:
        executes: how objects of its kind run.
        value: the object, as the contract has it.
        environment: the environment.
    """
    cache: dict[str, CodeFacts] = value.__dict__.setdefault("code_facts", {})
    differs = any(environment in getattr(value, name, ()) for name in ("overrides", "targets"))
    key = environment if differs else ""
    found = cache.get(key)
    if found is None:
        found = cache[key] = _facts(executes.settings(value, environment))
    return found


def paths_in(definition: Mapping[str, Any]) -> frozenset[str]:
    """Return the workspace, volume and storage paths in a cluster policy's definition."""
    return _facts(definition).paths


def _facts(settings: Mapping[str, Any]) -> CodeFacts:
    references: set[tuple[str, str]] = set()
    code: set[tuple[str, str]] = set()
    paths: set[str] = set()
    scopes: set[tuple[str, bool]] = set()
    images: set[str] = set()
    for text, name, is_code in _texts(settings, "", is_code=True):
        if "${resources." in text:
            found = {(section, key) for section, key, _ in PATTERN.findall(text)}
            references |= found
            if is_code:
                code |= found
        if "{{secrets/" in text:
            signs_in = CREDENTIALS.search(name) is not None
            scopes |= {(scope, signs_in) for scope in SECRET.findall(text)}
        if is_code and "/" in text:
            path = _SCHEMES.sub("", text).removeprefix("/Workspace")
            if path.startswith(("/Volumes/", "/Users/", "/Shared/", "/Repos/")) or _STORAGE.match(path):
                paths.add(path)
            if name == "docker_image.url":
                images.add(text)
    source = settings.get("git_source")
    repository = source.get("git_url") if isinstance(source, dict) else None
    return CodeFacts(
        frozenset(references), frozenset(code), frozenset(paths), frozenset(scopes), repository, frozenset(images)
    )


def _texts(value: Any, name: str, *, is_code: bool) -> Iterator[tuple[str, str, bool]]:
    """Yield every text with the key that it stands under, and whether it may name code."""
    left: list[tuple[Any, str, bool, bool]] = [(value, name, is_code, False)]
    while left:
        current, key, code, submits = left.pop()
        if isinstance(current, dict):
            for inner, item in current.items():
                # Most values of a job are short words or numbers, which name nothing.
                if (isinstance(item, str) and "/" not in item and "$" not in item) or isinstance(item, (int, float)):
                    continue
                in_submit = submits or inner == _SUBMIT
                under = f"{key}.{inner}" if inner == "url" else str(inner)
                left.append((item, under, code and (in_submit or inner not in _PARAMETERS), in_submit))
        elif isinstance(current, list):
            left += [(item, key, code, submits) for item in current]
        elif isinstance(current, str) and ("/" in current or "$" in current):
            yield current, key, code
