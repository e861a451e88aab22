"""The peer that is measured in the same run: Terraform, where it is installed, with the same provider."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

from rolecall.toolchain import cache, versions
from rolecall.toolchain.build import PROVIDER_BYTES
from rolecall.toolchain.go import find_go
from rolecall.toolchain.progress import Progress

NAME = "terraform-provider-databricks"


def find_terraform() -> Path | None:
    """Return the `terraform` command; None where it is not installed: it is no part of any package registry."""
    found = shutil.which("terraform")
    return Path(found) if found else None


def terraform_version(terraform: Path) -> str:
    """Return its version."""
    answer = subprocess.run([terraform, "version", "-json"], capture_output=True, text=True, check=True)
    return str(json.loads(answer.stdout)["terraform_version"])


def build_provider(progress: Progress) -> Path:
    """Return the folder with Terraform's own Databricks provider, built from the Go module proxy once."""
    version = versions.TERRAFORM_PROVIDER_DATABRICKS

    def make(folder: Path) -> None:
        go = find_go(progress)
        with progress.step(f"building {NAME} {version} (Go modules; minutes the first time)"):
            module = f"{versions.PROVIDER_MODULE}@v{version}"
            answer = subprocess.run(
                [go, "mod", "download", "-json", module], cwd=folder, capture_output=True, text=True, check=True
            )
            sources = folder / "sources"
            shutil.copytree(json.loads(answer.stdout)["Dir"], sources)
            for path in (sources, *sources.rglob("*")):
                path.chmod(path.stat().st_mode | stat.S_IWUSR)
            build = [str(go), "build", "-trimpath", "-ldflags", "-s -w", "-o", str(folder / NAME), "."]
            environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
            subprocess.run(build, cwd=sources, env=environment, check=True)
            shutil.rmtree(sources)

    name = f"{NAME}-{cache.key_of(version)}"
    return cache.ensure_folder(name, make, needs_bytes=PROVIDER_BYTES, progress=progress)
