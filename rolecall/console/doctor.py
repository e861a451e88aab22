"""What `rolecall doctor` looks at."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rolecall.console.output import SCHEMA_VERSION, out, print_document
from rolecall.console.shown import terminal
from rolecall.errors import RolecallError
from rolecall.local import emulators
from rolecall.local_folder import NAME
from rolecall.project import contract_path, find_project
from rolecall.toolchain import cache, versions
from rolecall.toolchain.install import PLUGIN, forced_way, installed, pulumi_version

if TYPE_CHECKING:
    from rolecall.documents.machine import DoctorRow


WAYS_IN_WORDS = {
    "wheel": "from rolecall-toolchain",
    "path": "from PATH",
    "download": "official release",
    "build": "built here from the Go module proxy",
}
INSTALL = "Run `rolecall doctor --install`; it downloads or builds it once."


@dataclass(frozen=True)
class Finding:
    """One check: whether it passed, the finding, and the fix."""

    what: str
    fine: bool
    found: str
    mend: str = ""


def examine() -> list[Finding]:
    """Look at everything that Rolecall needs."""
    looks: tuple[Callable[[], Finding], ...] = (_python, _packages, _engine, _provider, _project, _emulators)
    return [look() for look in looks]


def show(findings: list[Finding], *, as_json: bool, quiet: bool) -> None:
    """Write what was found."""
    if as_json:
        rows = cast("list[DoctorRow]", [vars(finding) for finding in findings])
        print_document({"schema_version": SCHEMA_VERSION, "findings": rows})
        return
    for finding in findings:
        if quiet and finding.fine:
            continue
        style, word = ("green", "ok     ") if finding.fine else ("red", "missing")
        out.print(f"[{terminal(style)}]{terminal(word)}[/] {terminal(f'{finding.what:20}')} {terminal(finding.found)}")
        if not finding.fine:
            out.print(f"        {terminal(finding.mend)}")


def _python() -> Finding:
    found = f"{platform.python_version()} at {sys.executable}"
    return Finding("Python", sys.version_info >= (3, 11), found, "Install Python 3.11 or newer.")


def _packages() -> Finding:
    sdk, provider = version("pulumi"), version("pulumi-databricks")
    fine = sdk == versions.PULUMI and provider == versions.PULUMI_DATABRICKS
    found = f"pulumi {sdk}, pulumi-databricks {provider}, databricks-sdk {version('databricks-sdk')}"
    return Finding(
        "Python packages",
        fine,
        found,
        "Install the locked ones: pip install --no-deps --require-hashes -r requirements.lock.",
    )


def _engine() -> Finding:
    try:
        found = installed(forced_way())
    except RolecallError as error:
        return Finding("Pulumi engine", False, error.what, error.how_to_go_on)
    if found is None:
        return Finding("Pulumi engine", False, f"none in {cache.cache_folder()}", INSTALL)
    works = pulumi_version(found.pulumi)
    text = f"{works or 'does not start'}, {WAYS_IN_WORDS[found.way]}: {found.bin}"
    return Finding("Pulumi engine", works is not None, text, f"Remove {cache.cache_folder()} and install it again.")


def _provider() -> Finding:
    try:
        found = installed(forced_way())
    except RolecallError:
        found = None  # the finding about the engine has the reason
    if found is None:
        return Finding("Databricks provider", False, "none yet", INSTALL)
    home = Path(found.home or os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    there = (home / "plugins" / PLUGIN).is_dir()
    return Finding(
        "Databricks provider", there, f"{versions.PULUMI_DATABRICKS}, {WAYS_IN_WORDS[found.provider]}: {home}", INSTALL
    )


def api_server() -> Finding:
    """Look at the Kubernetes API server, which only tests need."""
    from rolecall.toolchain.api_server import INSTALL as INSTALL_IT
    from rolecall.toolchain.api_server import installed_api_server

    how = f"Run `{INSTALL_IT}`; it builds it once."
    try:
        found = installed_api_server()
    except RolecallError as error:
        return Finding("Kubernetes API server", False, error.what, error.how_to_go_on)
    if found is None:
        return Finding("Kubernetes API server", False, f"none in {cache.cache_folder()}", how)
    return Finding("Kubernetes API server", True, f"{versions.KUBERNETES}, etcd {versions.ETCD}: {found.server}")


def _project() -> Finding:
    root = find_project(Path.cwd())
    if root is None:
        return Finding("Pulumi project", False, "no Pulumi.yaml here or above", "Go to your project's folder.")
    path = contract_path(root, None, os.environ)
    if path is None or not path.is_file():
        found = f"{root}, which names no contract" if path is None else f"{root}; its contract {path} is not there"
        return Finding("Pulumi project", False, found, "Write `config: rolecall:contract:` in Pulumi.yaml.")
    return Finding("Pulumi project", True, f"{root}, contract {os.path.relpath(path, root)}")


def _emulators() -> Finding:
    root = find_project(Path.cwd())
    running = emulators.status(root) if root and (root / NAME).is_dir() else None
    if running is None:
        return Finding("local emulators", True, "do not run; `rolecall local up` starts them")
    return Finding("local emulators", True, f"run, process {running.pid}: {', '.join(running.addresses.values())}")
