"""What several tests share."""

from __future__ import annotations

import compileall
import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from rolecall.collector import collect_rarely
from tests.support.distribution import Together, server_of
from tests.support.emulator import STRICT, ServedEmulator, served
from tests.support.rewritten import rewrite_once
from tests.support.servers import RUNNING

# Variables that name systems or sign in to them.
MINE = (
    *(
        "DATABRICKS_",
        "ML_",
        "OKTA_",
        "AZURE_",
        "CONDUCTOR_",
        "HARNESS_",
        "PREFECT_",
        "CLUSTER_",
        "IDP",
        "ROLECALL_CONTRACT",
    ),
    *("ROLECALL_CONTRACT", "ROLECALL_GRAPH_HOST", "ROLECALL_CA_FILE", "ROLECALL_RATE_LIMIT"),
    *("ROLECALL_HOST_TIMEOUT", "ROLECALL_RETRY_SECONDS"),
)
ROOT = Path(__file__).resolve().parents[1]

# No test depends on the machine's speed.
settings.register_profile("rolecall", deadline=None)
settings.load_profile("rolecall")


# Engines and providers of tests are small: skipping garbage collection costs little memory and saves CPU time.
GARBAGE = "400"


def pytest_configure(config: pytest.Config) -> None:
    """Compile our sources once, as installing a package does.

    Tests start hundreds of processes. Where PYTHONDONTWRITEBYTECODE is set, each of them would compile what it imports,
    a quarter of its processor time.
    """
    os.environ.setdefault("GOGC", GARBAGE)
    collect_rarely()
    if not hasattr(config, "workerinput"):
        for name in ("components", "policies", "rolecall", "stacks", "tests", "toolchain"):
            compileall.compile_dir(ROOT / name, quiet=2)
        if config.getoption("numprocesses", None):
            rewrite_once(config, ROOT / "tests")


def pytest_collection_finish() -> None:
    """Exclude the objects of collection from later garbage collections."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take minutes: each runs in one process, and the last would let the others wait."""
    long = ("tests/integration/", "tests/provider/", "tests/packaging/")
    items.sort(key=lambda item: next((place for place, start in enumerate(long) if item.nodeid.startswith(start)), 3))


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together | None:
    """Distribute tests by file, and tests with the same server together."""
    return Together(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End the servers that the next test does not need."""
    if server_of(item.nodeid) and (nextitem is None or server_of(nextitem.nodeid) != server_of(item.nodeid)):
        RUNNING.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let emulators refuse what they do not know, but for tests with the real engine and provider."""
    STRICT.is_on = not item.nodeid.startswith("tests/integration/")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--live",
        action="append",
        default=[],
        choices=["conductor", "databricks"],
        help="run the emulator's tests against the real system instead; credentials come from the environment",
    )

    parser.addoption(
        "--every-python",
        action="store_true",
        help="also install Rolecall for each other Python of this machine, with its packages from the package index",
    )


@pytest.fixture
def emulator() -> Iterator[ServedEmulator]:
    """A fresh Databricks account with two workspaces; lists come in small pages."""
    with served() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_credentials_of_mine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own credentials and contract out of tests, unless the real system is meant."""
    if request.config.getoption("--live"):
        return
    for name in list(os.environ):
        if name.startswith(MINE):
            monkeypatch.delenv(name)
