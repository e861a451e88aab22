"""Rolecall and its toolchain installed from wheels, on a machine without Go and without a network."""

from __future__ import annotations

import json
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

from rolecall.toolchain import build, versions
from rolecall.toolchain.go import find_go
from rolecall.toolchain.installation import ENGINE, PROVIDER
from rolecall.toolchain.progress import Progress
from rolecall.toolchain.wheel import CONTENTS, PACKAGE, wheel_folder
from scripts.licences import licences
from scripts.toolchain_wheel import make_wheel, platform_tag
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT
from tests.support.emulator import served
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
    folder = tmp_path_factory.mktemp("installed")
    environment = folder / "environment"
    venv.create(environment, symlinks=True)
    variables = {
        "PATH": str(folder / "no-programs"),
        "HOME": str(folder),
        "ROLECALL_CACHE_DIR": str(folder / "cache"),
        # Whatever tries to download or to build fails at once.
        "GOPROXY": "off",
        "PIP_NO_INDEX": "1",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "PULUMI_CONFIG_PASSPHRASE": "test",
    }
    made = Installed(environment, variables)
    pip = (sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "install")
    options = ("--quiet", "--no-deps", "--no-index")
    subprocess.run([*pip, *options, *map(str, wheels)], check=True)
    others = next(VIRTUAL_ENVIRONMENT.glob("lib/python3*/site-packages"))
    (made.packages / "dependencies.pth").write_text(f"{others}\n")
    return made


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
        findings = {one["what"]: one["found"] for one in json.loads(examined.stdout)}
        assert "rolecall-toolchain" in findings["Pulumi engine"]
        assert "rolecall-toolchain" in findings["Databricks provider"]
        arguments = ("--format", "json", "--every-stack", "account", "dev.churn")
        previewed = installed.rolecall("preview", *arguments, at=project.folder, variables=systems)
        assert previewed.returncode == 0, previewed.stdout + previewed.stderr
        outcome: dict[str, dict[str, Any]] = json.loads(previewed.stdout)
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
