"""Each request that Rolecall makes itself is in a table that cites the vendor, and is what the vendor's own SDK sends.

Product and emulator can be wrong together: a path that both have proves nothing about the service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from rolecall.emulators.registry import emulator_specs
from rolecall.emulators.spec import Surroundings
from tests.conftest import ROOT
from tests.support.emulator import DESCRIPTION
from tests.support.own_requests import requests_of, texts_in

# Names of objects in bodies (https://learn.microsoft.com/graph/api/group-post-members).
# Paths that messages name for `kubectl get --raw`: Rolecall reads the answers from files.
NO_REQUESTS = ("/v1.0/directoryObjects", "/api/v1/namespaces", "/api/v1/pods")
# Objects of clusters, whose API servers are no emulators of ours:
# https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/config-map-v1/ (get) and
# https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ (proxy), …/secret-v1/ (list).
OF_CLUSTERS = (
    "/api/v1/namespaces/{}/configmaps/{}",
    "/api/v1/namespaces/{}/pods/{}:{}/proxy/metrics",
    "/api/v1/namespaces/{}/secrets",
)
FOLDER = ROOT / "tests" / "cases" / "requests"
Sent = tuple[str, str]


@dataclass(frozen=True)
class Table:
    """The requests to one system.

    Attributes:
        system: its name.
        package: the package that sends them.
        prefix: the beginning of their paths at the emulator, which the address has already.
        sdk: the name of the vendor's SDK that has those in `requests`; None without one.
        source: where the vendor says so.
        requests: methods and paths that the SDK has.
        without_sdk: those that it lacks, and that the source has.
    """

    system: str
    package: str
    prefix: str
    sdk: str | None
    source: str
    requests: frozenset[Sent]
    without_sdk: frozenset[Sent]

    @property
    def every(self) -> frozenset[Sent]:
        """All requests."""
        return self.requests | self.without_sdk


def table(system: str) -> Table:
    read: Mapping[str, Any] = yaml.safe_load((FOLDER / f"{system}.yaml").read_text())
    known, other = (
        frozenset((one.split(" ", 1)[0], one.split(" ", 1)[1]) for one in read.get(key, ()))
        for key in ("requests", "without_sdk")
    )
    return Table(system, read["package"], read["prefix"], read["sdk"], read["source"], known, other)


SYSTEMS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def _pattern(path: str) -> re.Pattern[str]:
    """Return a pattern for a path; `{}` is one part of it, or several, or the beginning or end of one."""
    return re.compile("".join(".+" if part == "{}" else re.escape(part) for part in re.split(r"(\{\})", path)))


def _fits(found: str, listed: str) -> bool:
    """Return whether a path of the source code can be a listed one; either may have `{}` where the other has a word."""
    plain = found.partition("?")[0]
    return bool(_pattern(listed).fullmatch(plain) or _pattern(plain).fullmatch(listed))


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_source_code_sends_nothing_else(system: str) -> None:
    rows = table(system)
    calls = 0
    for methods, paths in requests_of(rows.package):
        # Helpers pass on a path of their caller.
        sent = {one for one in paths if re.search(r"[a-z]", one.replace("{}", ""))}
        calls += bool(sent)
        # A list that is asked for with POST is sent by a helper that marks it as a read.
        allowed = methods | {"POST"} if any(one.endswith(("/filter", "/list")) for one in sent) else methods
        for path in sent:
            fits = {how for how, listed in rows.every if _fits(path, listed)}
            assert fits & allowed or (fits and "{}" in allowed), f"{path} of {system} is not listed with {allowed}"
        for method in methods - {"{}"} if sent and allowed == methods else ():
            listed = [one for how, one in rows.every if how == method]
            assert any(_fits(path, one) for path in sent for one in listed), (
                f"{method} {sent} of {system} is not listed"
            )
    assert calls > 10, "requests are found in the source code"


@pytest.mark.parametrize("beginning", ["/api/2.", "/api/v1/", "/v1.0/"])
def test_every_path_in_the_source_code_is_listed(beginning: str) -> None:
    listed = {path for system in SYSTEMS for _, path in table(system).every}
    packages = ("rolecall.kinds", "rolecall.systems", "rolecall.parity")
    found = {re.sub(r"\{\w+\}", "{}", one) for package in packages for one in texts_in(package, beginning)}
    assert found
    for path in sorted(found):
        plain = path.partition("?")[0].rstrip("/")
        if plain in (*NO_REQUESTS, *OF_CLUSTERS):
            continue
        # The beginning of paths that are put together.
        assert any(_fits(plain, one) or one.startswith(f"{plain}/") for one in listed), path


@pytest.mark.parametrize("system", [one for one in SYSTEMS if table(one).sdk])
def test_the_vendors_own_sdk_sends_the_same(system: str) -> None:
    rows = table(system)
    sent = SDKS[str(rows.sdk)]()
    assert len(sent) > 50
    missing = sorted(one for one in rows.requests if one not in sent)
    assert not missing, f"{rows.source} does not have them"


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_emulator_answers_each(system: str, tmp_path: Path) -> None:
    rows = table(system)
    routes = _routes(system, tmp_path)
    for method, path in sorted(rows.every):
        whole = f"{rows.prefix}{path}"
        # What belongs to the account has its path, not the workspace's.
        account = f"{rows.prefix.removesuffix('/workspaces/{}')}{path}"
        passed_on = system == "prefect" and (method, path) in rows.requests
        answers = [one for how, one in routes if how == method]
        assert passed_on or any(_fits(whole, one) or _fits(account, one) for one in answers), (
            f"the emulator of {system} lacks {method} {path}"
        )


def _routes(system: str, folder: Path) -> set[Sent]:
    """Return methods and paths of an emulator's routes."""
    from rolecall.emulators.clock import Clock

    spec = next(one for one in emulator_specs() if one.name == system)
    description = DESCRIPTION if system == "databricks" else {}
    made = spec.system()(dict(description), Surroundings(Clock(), folder))
    return {
        (endpoint.method, _general(endpoint.path))
        for emulator in made.listeners().values()
        for endpoint in emulator.endpoints
    }


def _sources(package: str, pattern: str) -> str:
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    files = sorted(Path(spec.submodule_search_locations[0]).rglob(pattern))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def _general(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


@cache
def _databricks() -> frozenset[Sent]:
    sent = re.findall(r'\.do\(\s*"([A-Z]+)",\s*f?"(/api/[^"]*)"', _sources("databricks.sdk.service", "*.py"))
    return frozenset((method, _general(path)) for method, path in sent)


@cache
def _okta() -> frozenset[Sent]:
    sent = re.findall(r'method="([A-Z]+)",\s*resource_path="([^"]*)"', _sources("okta.api", "*.py"))
    return frozenset((method, _general(path)) for method, path in sent)


@cache
def _conductor() -> frozenset[Sent]:
    sent = re.findall(r"""call_api\(\s*['"]([^'"]*)['"],\s*['"]([A-Z]+)""", _sources("conductor", "*_api.py"))
    return frozenset((method, _general(path)) for path, method in sent)


@cache
def _harness() -> frozenset[Sent]:
    package = next(one for one in ("harness_open_api", "openapi_client", "harness_nextgen") if find_spec(one))
    sent = re.findall(r"""call_api\(\s*['"]([^'"]*)['"],\s*['"]([A-Z]+)""", _sources(package, "*_api.py"))
    return frozenset((method, _general(path)) for path, method in sent)


@cache
def _prefect() -> frozenset[Sent]:
    """What Prefect's own server answers, as its OpenAPI document has it."""
    from prefect.server.api.server import create_app

    document = create_app().openapi()
    return frozenset(
        (method.upper(), _general(path.removeprefix("/api")))
        for path, methods in document["paths"].items()
        for method in methods
    )


SDKS: Mapping[str, Callable[[], frozenset[Sent]]] = {
    "databricks": _databricks,
    "okta": _okta,
    "conductor": _conductor,
    "harness": _harness,
    "prefect": _prefect,
}
