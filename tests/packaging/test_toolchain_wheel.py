"""Rolecall and its toolchain installed from wheels, on a machine without Go and without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rolecall.policies.catalogue import PACKS
from rolecall.toolchain import build, versions
from rolecall.toolchain.go import find_go
from rolecall.toolchain.installation import ENGINE, PROVIDER
from rolecall.toolchain.progress import Progress
from rolecall.toolchain.wheel import CONTENTS, PACKAGE, wheel_folder
from scripts.licences import licences
from scripts.toolchain_wheel import make_wheel, platform_tag
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT
from tests.support.documents import document, stacks
from tests.support.emulator import served
from tests.support.ports import free_ports
from tests.support.project import VIRTUAL_ENVIRONMENT, contract_project

pytestmark = pytest.mark.engine


@dataclass(frozen=True)
class Installed:
    """An environment with both wheels, and what its processes find in their own environment."""

    folder: Path
    variables: Mapping[str, str]

    @property
    def packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", vars={"base": str(self.folder), "platbase": str(self.folder)}))

    def rolecall(
        self, *arguments: str, at: Path, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.folder / "bin" / "rolecall", *arguments],
            cwd=at,
            env={**self.variables, **(variables or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def _programs() -> tuple[Path, Path]:
    """Return the folders of engine and provider: the cached builds, or the wheel with which these tests run."""
    if folder := wheel_folder():
        return folder, folder
    progress = Progress()
    go = find_go(progress)
    return build.build_engine(go, progress), build.build_provider(go, progress)


def _licences() -> dict[str, bytes]:
    """Return the licences by path: from the built programs, or from the wheel with which these tests run."""
    if folder := wheel_folder():
        texts = folder / "licences"
        return {str(file.relative_to(texts)): file.read_bytes() for file in texts.rglob("*") if file.is_file()}
    engine, provider = _programs()
    return dict(licences(find_go(Progress()), [engine / ENGINE, provider / PROVIDER]))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A wheel of Rolecall, and one of the toolchain, which is not compressed here."""
    folder = tmp_path_factory.mktemp("wheels")
    sources = folder / "sources"
    sources.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    shutil.copytree(ROOT / "rolecall", sources / "rolecall", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation")
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", folder, sources], check=True)
    tag = platform_tag()
    assert tag is not None
    make_wheel(folder, tag, *_programs(), _licences(), level=0)
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Both wheels in an environment of their own; other packages come from the one that runs the tests."""
    return _installed(wheels, tmp_path_factory.mktemp("installed"))


def _variables(folder: Path) -> dict[str, str]:
    return {
        "PATH": str(folder / "no-programs"),
        "HOME": str(folder),
        "ROLECALL_CACHE_DIR": str(folder / "cache"),
        # Whatever tries to download or to build fails at once.
        "GOPROXY": "off",
        "PIP_NO_INDEX": "1",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "PULUMI_CONFIG_PASSPHRASE": "test",
    }


def _installed(wheels: list[Path], folder: Path) -> Installed:
    environment = folder / "environment"
    venv.create(environment, symlinks=True)
    made = Installed(environment, _variables(folder))
    pip = (sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "install")
    options = ("--quiet", "--no-deps", "--no-index")
    subprocess.run([*pip, *options, *map(str, wheels)], check=True)
    others = next(VIRTUAL_ENVIRONMENT.glob("lib/python3*/site-packages"))
    (made.packages / "dependencies.pth").write_text(f"{others}\n")
    return made


def _interpreter(version: str) -> str | None:
    """Return an interpreter of another version: on PATH, or among those of pyenv."""
    versions_of_pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(f"python{version}"), *versions_of_pyenv.glob(f"{version}.*/bin/python{version}")]
    works = (str(path) for path in found if path and subprocess.run([path, "-c", ""], check=False).returncode == 0)
    return next(works, None)


def _installed_for(version: str, wheels: list[Path], folder: Path) -> Installed:
    """Return both wheels installed for another Python, with what they declare from the package index."""
    python = _interpreter(version)
    if python is None:
        pytest.skip(f"this machine has no Python {version}, on PATH or of pyenv")
    environment = folder / "environment"
    subprocess.run([python, "-m", "venv", environment], check=True)
    (rolecall,) = (path for path in wheels if path.name.startswith("rolecall-"))
    (toolchain,) = (path for path in wheels if path.name.startswith(PACKAGE))
    named = [f"{rolecall}[local]", str(toolchain)]
    subprocess.run([environment / "bin" / "python", "-m", "pip", "install", "--quiet", *named], check=True)
    return Installed(environment, _variables(folder))


def tutorial() -> list[list[str]]:
    """Return the commands of the tutorial, without `rolecall`."""
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line.split()[1:] for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_an_empty_folder_becomes_a_deployed_and_compared_organization(
    version: str, wheels: list[Path], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """What `rolecall init` writes is checked, deployed to the emulators, equal to what is live, and goes again."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        tool: Installed = request.getfixturevalue("installed")
    elif request.config.getoption("--every-python"):
        tool = _installed_for(version, wheels, tmp_path)
    else:
        pytest.skip("minutes of installing from the package index: run it with --every-python")
    folder = tmp_path / "access"
    folder.mkdir()

    def run(*arguments: str) -> str:
        # Okta's SDK sends what goes to this machine through a proxy, too.
        answer = tool.rolecall(*arguments, at=folder, variables={"HTTPS_PROXY": ""})
        assert answer.returncode == 0, f"{arguments}: {answer.stdout}{answer.stderr}"
        return answer.stdout

    # The commands of the tutorial; only the emulators' port is this test's.
    init, check, *commands, destroy, down = tutorial()
    run(*init)
    assert {path.name for path in folder.iterdir()} >= {"Pulumi.yaml", "contract", "stacks", "policies", "tests"}
    assert "valid" in run(*check)
    run(*commands.pop(0), "--port", str(free_ports()))
    try:
        for command in commands:
            run(*command)
        assert json.loads(run("parity", "--format", "json"))["equal"] is True
        tests = [str(tool.folder / "bin" / "python"), "-m", "unittest", "discover", "tests"]
        path = f"{tool.folder / 'bin'}{os.pathsep}{tool.variables['PATH']}"
        own = subprocess.run(tests, cwd=folder, env={**tool.variables, "PATH": path}, capture_output=True, check=False)
        assert own.returncode == 0, own.stderr
        run(*destroy)
    finally:
        run(*down)


def test_the_wheel_puts_one_name_on_the_path(wheels: list[Path]) -> None:
    (path,) = (path for path in wheels if path.name.startswith("rolecall-"))
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"rolecall"}
    packs = {f"rolecall/policies/{pack}/{file}" for pack in PACKS for file in ("PulumiPolicy.yaml", "__main__.py")}
    assert packs <= {*names}


def test_the_wheel_is_found_first_and_a_contract_is_previewed(installed: Installed, tmp_path: Path) -> None:
    assert shutil.which("go", path=installed.variables["PATH"]) is None
    with served(small_pages=False) as emulator:
        project = contract_project(tmp_path / "project", emulator, CONTRACT)
        for name in ("Pulumi.yaml", "plugin/PulumiPlugin.yaml"):
            file = project.folder / name
            file.write_text(file.read_text().replace(str(VIRTUAL_ENVIRONMENT), str(installed.folder)))
        systems = {**emulator.variables(), "PULUMI_BACKEND_URL": project.variables["PULUMI_BACKEND_URL"]}
        examined = installed.rolecall("doctor", "--install", "--json", at=project.folder, variables=systems)
        assert examined.returncode == 0, examined.stdout + examined.stderr
        findings = {one["what"]: one["found"] for one in document(("doctor",), examined.stdout)["findings"]}
        assert "rolecall-toolchain" in findings["Pulumi engine"]
        assert "rolecall-toolchain" in findings["Databricks provider"]
        arguments = ("--format", "json", "--every-stack", "account", "dev.churn")
        previewed = installed.rolecall("preview", *arguments, at=project.folder, variables=systems)
        assert previewed.returncode == 0, previewed.stdout + previewed.stderr
        outcome: dict[str, dict[str, Any]] = stacks(previewed.stdout)
        assert {name: one["changes"].get("create", 0) > 0 for name, one in outcome.items()} == {
            "account": True,
            "dev.churn": True,
        }


def test_a_changed_file_of_the_wheel_is_not_used(installed: Installed, tmp_path: Path) -> None:
    host = installed.packages / PACKAGE / "language_host" / "__main__.py"
    original = host.read_text()
    host.write_text(original + "# changed\n")
    try:
        variables = {"ROLECALL_CACHE_DIR": str(tmp_path / "cache"), "ROLECALL_TOOLCHAIN": "wheel"}
        answer = installed.rolecall("doctor", "--install", at=tmp_path, variables=variables)
    finally:
        host.write_text(original)
    assert answer.returncode != 0
    assert "It is not used" in " ".join(answer.stderr.split())
    assert not (tmp_path / "cache").exists()


def test_an_installed_rolecall_can_build_the_same_toolchain(installed: Installed) -> None:
    """Sources, patches and locks are in the package: the builds have the same names, so equal inputs."""
    script = (
        "import json; from rolecall.toolchain import build; from rolecall.toolchain.wheel import expected_builds;"
        "from rolecall.toolchain.language_host_install import SOURCES;"
        "print(json.dumps([*vars(expected_builds()).values(), str(build.__file__),"
        " (SOURCES / 'requirements.lock').read_text()]))"
    )
    answer = subprocess.run(
        [installed.folder / "bin" / "python", "-c", script],
        cwd=installed.folder,
        env=dict(installed.variables),
        capture_output=True,
        text=True,
        check=True,
    )
    *names, file, lock = json.loads(answer.stdout)
    record = json.loads((installed.packages / PACKAGE / CONTENTS).read_text())
    assert Path(file).is_relative_to(installed.packages)
    assert names == list(record["builds"].values())
    assert lock == (ROOT / "toolchain" / "language_host" / "requirements.lock").read_text()
    for path in (ROOT / "toolchain").rglob("*"):
        if path.suffix in (".go", ".mod", ".sum", ".lock"):
            assert (installed.packages / "rolecall" / path.relative_to(ROOT)).is_file(), path


def test_the_wheel_has_the_licence_of_every_module_and_executable_programs(wheels: list[Path]) -> None:
    (path,) = (path for path in wheels if path.name.startswith(PACKAGE))
    with zipfile.ZipFile(path) as wheel:
        modes = {entry.filename.removeprefix(f"{PACKAGE}/"): entry.external_attr >> 16 for entry in wheel.infolist()}
    assert {modes[name] & 0o777 for name in (ENGINE, PROVIDER)} == {0o755}
    assert modes[CONTENTS] & 0o777 == 0o644
    modules = {
        "go/LICENSE",
        f"licences/github.com/pulumi/pulumi/pkg/v3@v{versions.PULUMI}/",
        f"licences/{versions.PROVIDER_MODULE}@v{versions.TERRAFORM_PROVIDER_DATABRICKS}/",
        "licences/github.com/pulumi/terraform-plugin-sdk/v2@",
    }
    assert {each for each in modules if not any(each in name for name in modes)} == set()
    assert sum(name.startswith("licences/") for name in modes) > 300
