from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.hosts import address
from rolecall.policies.parameters import list_parameter
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.texts import all_texts
from rolecall.policies.types import (
    APP,
    BASE_ENVIRONMENT,
    CLUSTER,
    CLUSTER_POLICY,
    INSTANCE_POOL,
    JOB,
    LIBRARY,
    PIPELINE,
)

# What the package managers use where nothing else is said.
PUBLIC = ("pypi.org", "pythonhosted.org", "repo1.maven.org", "repo.maven.apache.org", "cran.r-project.org")
# Properties that name an index, a package or a file with code.
_INDEX = frozenset({"repo"})
_PACKAGE = frozenset({"package", "dependencies", "requirements"})
_FILE = frozenset({"whl", "jar", "jarUri", "egg", "pythonFile", "path", "include", "filepath", "mainClassName"})
# https://pip.pypa.io/en/stable/cli/pip_install/#options
_OPTION = re.compile(r"(?:^|\s)(?:-i|-f|--(?:extra-)?index-url|--find-links|--trusted-host)[=\s]+(\S+)")
_URL = re.compile(r"(?i)(?:[a-z0-9.-]+\+)?([a-z][a-z0-9.-]*)://[^\s\"',;]+")
# https://spark.apache.org/docs/latest/configuration.html: code that Spark loads when it starts.
_SPARK = re.compile(r"(?i)spark\.(?:jars|submit\.pyFiles|files|archives|plugins|\w+\.extra(?:JavaOptions|ClassPath))")
_AGENT = re.compile(r"-(?:javaagent|agentpath|agentlib):")
_IMAGE = re.compile(r"(?i)docker_?images?(?:\[\d+\])?\.url(?:\.|$)")
# https://hub.docker.com/u/databricksruntime: Databricks' own images.
_VENDORS = "docker.io/databricksruntime"
_HOW = "Have the platform team name it: the rule's parameter `destinations`, a host or a domain."
_STORAGE = re.compile(r"(?i)^(?:s3[an]?|abfss?|wasbs?|adl|gs|r2)$")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    named = (*PUBLIC, *(one.lower().lstrip("*.") for one in context.destinations))
    for path, text in all_texts(resource.values):
        key = re.sub(r"\[\d+\]$", "", path.rsplit(".", 1)[-1])
        of_app = resource.type == APP and key == "url"
        if _IMAGE.search(path) and key != "type":
            registry = _registry(text)
            if registry != _VENDORS and not _is_named(registry.partition("/")[0], named):
                yield Finding(f"{path} runs an image from {registry}, which the organization has not named", _HOW)
            continue
        names_code = of_app or key in _PACKAGE | _FILE or _SPARK.search(path) is not None
        if not names_code and key not in _INDEX:
            continue
        if _AGENT.search(text):
            how = "Load libraries as libraries: an agent changes all code on the machine."
            yield Finding(f"{path} loads an agent into the machine that runs all code", how)
        options = [one for one in _OPTION.findall(text) if "://" not in one] if key in _PACKAGE else []
        hosts = [*options, *([text] if key in _INDEX and "://" not in text else [])]
        for url in _URL.finditer(text):
            if _STORAGE.match(url[1]):
                how = "Keep it in a volume of Unity Catalog, whose access list the contract has."
                yield Finding(f"{path} takes code from {url[0]}, where no access list decides who may change it", how)
            elif url[1].lower() not in ("dbfs", "file"):
                hosts.append(url[0].rpartition("+")[2] if "+" in url[0].partition("://")[0] else url[0])
        for one in hosts:
            host = address(one).rsplit(":", 1)[0]
            if not _is_named(host, named):
                yield Finding(f"{path} loads code from {host or one!r}, which the organization does not list", _HOW)


def _is_named(host: str, named: Sequence[str]) -> bool:
    return any(host == each or host.endswith(f".{each}") for each in named if each)


def _registry(image: str) -> str:
    """Return the registry of an image, by the rules of its reference; on Docker Hub with the owner of the repository.

    https://github.com/distribution/reference/blob/main/normalize.go
    """
    first, slash, rest = image.strip().partition("/")
    if slash and ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        host = address(first).rsplit(":", 1)[0]
        if host not in ("docker.io", "index.docker.io"):
            return host
        first, slash, rest = rest.partition("/")
    return f"docker.io/{first if slash else 'library'}"


RULE = Rule(
    "code-from-named-sources",
    "Libraries and code come from package indexes and hosts that the organization has named, or from volumes.",
    Severity.HIGH,
    "https://docs.databricks.com/en/libraries/index.html",
    (Theme.SUPPLY_CHAIN, Theme.CHANGE),
    (APP, JOB, PIPELINE, CLUSTER, LIBRARY, CLUSTER_POLICY, BASE_ENVIRONMENT, INSTANCE_POOL),
    _check,
    Example(
        CLUSTER,
        compliant.CLUSTER,
        (
            put("libraries.0.pypi.repo", "https://packages.example.net/simple"),
            put("libraries.0.whl", "s3://packages/churn.whl"),
            put("sparkConf", {"spark.jars": "https://packages.example.net/agent.jar"}),
        ),
        (),
    ),
    parameters=list_parameter("destinations", "hosts, or domains with all that is below them, that code may come from"),
)
