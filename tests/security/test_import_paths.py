"""No file in the working folder shadows a module of Python, of a package or of Rolecall."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from rolecall.deploy.serving.shared_packs import PackTemplate
from rolecall.toolchain.install import FORKED_PACKS, Toolchain
from rolecall.toolchain.language_host.interpreter import Interpreter
from rolecall.toolchain.language_host_install import PACK_COMMAND
from tests.conftest import ROOT
from tests.unit.engine.test_shared_packs import pack

# Modules that are imported before and after a pack template has begun.
NAMES = ("json", "yaml", "grpc", "pydantic", "rolecall", "pulumi_policy")


def hostile(folder: Path) -> Path:
    """Write modules that leave a mark when they are imported; return the mark."""
    mark = folder / "imported"
    for name in NAMES:
        (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write({name!r})\n")
    return mark


def test_the_template_of_packs_imports_nothing_from_the_repository(tmp_path: Path) -> None:
    """It would judge in the name of Rolecall's packs."""
    repository, home = tmp_path / "repository", tmp_path / "home"
    repository.mkdir()
    mark = hostile(repository)
    command = home / "plugins" / FORKED_PACKS / PACK_COMMAND
    command.parent.mkdir(parents=True)
    command.touch()
    toolchain = Toolchain("build", "", str(home), "3.259.0", "build")
    with PackTemplate([pack(tmp_path / "pack")], toolchain, repository, os.environ) as template:
        template.wait()
    assert not mark.exists()


def test_each_pack_imports_its_own_modules(tmp_path: Path) -> None:
    """Two packs may have modules of one name; the second would judge by the rules of the first."""
    home = tmp_path / "home"
    launcher = ROOT / "toolchain" / "language_host" / "forked_pack.py"
    command = home / "plugins" / FORKED_PACKS / PACK_COMMAND
    command.parent.mkdir(parents=True)
    command.touch()
    packs = [pack(tmp_path / name) for name in ("first", "second")]
    for one in packs:
        (one / "rules.py").write_text(f"WHOSE = {one.name!r}\n")
        (one / "inner").mkdir()
        (one / "inner" / "more.py").write_text(f"WHOSE = {one.name!r}\n")
        (one / "__main__.py").write_text("import rules\nfrom inner import more\nprint(rules.WHOSE, more.WHOSE)\n")
    toolchain = Toolchain("build", "", str(home), "3.259.0", "build")
    with PackTemplate(packs, toolchain, tmp_path, os.environ) as template:
        template.wait()
        said = [
            subprocess.run(
                [sys.executable, "-I", "-S", launcher, "127.0.0.1:1", "."],
                cwd=folder,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split()
            for folder in template.folders()
        ]
    assert said == [["first", "first"], ["second", "second"]]


def test_an_interpreter_is_asked_outside_the_repository(tmp_path: Path) -> None:
    mark = hostile(tmp_path)
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert Interpreter(Path(sys.executable), None).package_folders()
    finally:
        os.chdir(before)
    assert not mark.exists()


def test_every_python_that_is_started_ignores_the_current_folder() -> None:
    sources = [*(ROOT / "rolecall").rglob("*.py"), *(ROOT / "toolchain").rglob("*.py")]
    started = re.compile(r"""\[\s*sys\.executable,(?:\s*"-[uP]",)*\s*"-[mc]".*""")
    lines = [found[0] for one in sources for found in started.finditer(one.read_text(encoding="utf-8"))]
    assert lines, "the pattern finds what it is about"
    assert [one for one in lines if '"-P"' not in one] == []
