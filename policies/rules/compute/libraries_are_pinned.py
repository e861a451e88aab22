from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.compute import tasks
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, JOB, LIBRARY


def _libraries(resource: Resource) -> Iterator[Properties]:
    if resource.type == JOB:
        yield from resource.properties.items("libraries")
        for task in tasks(resource.properties):
            yield from task.items("libraries")
    elif resource.type == CLUSTER:
        yield from resource.properties.items("libraries")
    else:
        yield resource.properties


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.type == JOB:
        yield from _dependencies_are_pinned(resource)
    for library in _libraries(resource):
        package, where = str(library.read("pypi.package") or ""), library.path or "it"
        if package and "==" not in package:
            yield Finding(f"{where} installs whatever {package} is on that day", "Write PACKAGE==VERSION.")
        for kind in ("pypi", "maven", "cran"):
            if str(library.read(f"{kind}.repo") or "").startswith("http://"):
                how = "Use an https address, so that the content cannot be replaced in transit."
                yield Finding(f"{where} comes over an unencrypted connection", how)


def _dependencies_are_pinned(resource: Resource) -> Iterator[Finding]:
    """Yield findings for what serverless tasks install, in pip's own words."""
    for environment in resource.properties.items("environments"):
        for text in environment.read("spec.dependencies") or ():
            where = f"{environment.path}.spec"
            if not isinstance(text, str):
                continue
            if "http://" in text:
                how = "Use an https address, so that the content cannot be replaced in transit."
                yield Finding(f"{where} installs {text} over an unencrypted connection", how)
            is_package = not text.startswith(("/", ".", "-")) and "://" not in text and "==" not in text
            if is_package and not text.endswith((".whl", ".tar.gz", ".zip")):
                yield Finding(f"{where} installs whatever {text} is on that day", "Write PACKAGE==VERSION.")


RULE = Rule(
    "libraries-are-pinned",
    "Libraries have a version and come over an encrypted connection.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/libraries/index.html",
    (Theme.SUPPLY_CHAIN,),
    (CLUSTER, JOB, LIBRARY),
    _check,
    Example(
        CLUSTER,
        compliant.CLUSTER,
        (
            put("libraries.0.pypi.package", "scikit-learn"),
            put("libraries.0.pypi.repo", "http://packages.example.com/simple"),
        ),
        ("libraries", "libraries.0", "libraries.0.pypi.package"),
    ),
)
