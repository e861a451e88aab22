"""A lock file installs the same packages on any day, whatever was released since."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from rolecall.toolchain.language_host_install import install_locked
from tests.conftest import ROOT

# A build backend of the project itself, so that the test needs no package index for it.
BACKEND = """
import zipfile

def _wheel(folder):
    name = "project-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("project-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: project\\nVersion: 1\\n")
        wheel.writestr("project-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("project-1.dist-info/RECORD", "")
    return name

def build_wheel(folder, settings=None, metadata=None):
    return _wheel(folder)

build_editable = build_wheel
"""


def _wheel(folder: Path, name: str, version: str, requires: str = "") -> str:
    """Write a wheel and return its SHA-256 digest."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    files = {
        f"{name}/__init__.py": "",
        f"{name}-{version}.dist-info/METADATA": (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: email\n"
            + (f"Requires-Dist: {requires}\n" if requires else "")
        ),
        f"{name}-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{file},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text)}\n"
        for file, text in files.items()
    )
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
        wheel.writestr(f"{name}-{version}.dist-info/RECORD", record)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lock of a package that wants an extra of another one, of which the index holds a newer release."""
    index = tmp_path / "index"
    index.mkdir()
    outer = _wheel(index, "rolecall_outer", "1.0", "rolecall_inner[email]>=1.0")
    inner = _wheel(index, "rolecall_inner", "1.0")
    _wheel(index, "rolecall_inner", "2.0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    file = tmp_path / "requirements.lock"
    file.write_text(f"rolecall-outer==1.0 --hash=sha256:{outer}\nrolecall-inner==1.0 --hash=sha256:{inner}\n")
    return file


def _installed(environment: Path) -> set[str]:
    return {path.name for path in environment.glob("lib/python*/site-packages/rolecall_*.dist-info")}


EXACTLY_LOCKED = {"rolecall_outer-1.0.dist-info", "rolecall_inner-1.0.dist-info"}


def test_the_language_host_gets_exactly_what_is_locked(lock: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    subprocess.run(list(map(str, install_locked(environment / "bin" / "python", lock))), check=True)
    assert _installed(environment) == EXACTLY_LOCKED


def test_make_setup_installs_exactly_what_is_locked(lock: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "backend.py").write_text(BACKEND)
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "project"\nversion = "1"\n'
    )
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    answer = subprocess.run(
        ["make", "setup", f"PYTHON={sys.executable}"],
        cwd=tmp_path,
        env=quiet,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert _installed(tmp_path / ".venv") == EXACTLY_LOCKED
