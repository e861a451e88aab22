"""The demo is a test: the whole story as a newcomer sees it, in a checkout of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from rolecall.toolchain.api_server import installed_api_server
from tests.conftest import ROOT
from tests.support import forks
from tests.support.ports import free_ports
from tests.support.project import VIRTUAL_ENVIRONMENT, copy_provider

pytestmark = pytest.mark.engine


ORCHESTRATORS = ("CONDUCTOR_", "HARNESS_", "PREFECT_", "CLUSTER_")


@pytest.mark.parametrize("identity_provider", ["okta", "entra"])
def test_the_demo_tells_its_whole_story(tmp_path: Path, identity_provider: str) -> None:
    checkout = tmp_path / "rolecall"
    checkout.mkdir()
    # One of the two has the chapter that needs a Kubernetes API server, where that is built.
    kubernetes = identity_provider == "entra" and installed_api_server() is not None
    for name in ("stacks", "policies", "tests/kubernetes/crds"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml"))
    described = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    described["runtime"]["options"]["virtualenv"] = str(VIRTUAL_ENVIRONMENT)
    described["plugins"]["providers"][0]["path"] = "plugin"
    (checkout / "Pulumi.yaml").write_text(yaml.safe_dump(described))
    copy_provider(checkout / "plugin")
    pack = checkout / "policies" / "guardrails" / "PulumiPolicy.yaml"
    pack.write_text(pack.read_text().replace("../../.venv", str(VIRTUAL_ENVIRONMENT)))
    environment = {
        **{
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("DATABRICKS_", "ML_", "PULUMI_", *ORCHESTRATORS, "OKTA_", "AZURE_", "ROLECALL_"))
        },
        "ROLECALL_LOCAL_PORT": str(free_ports()),
    }
    rolecall = [sys.executable, "-c", "from rolecall.cli.start import main; main()"]
    try:
        answer = subprocess.run(
            [*rolecall, "demo", "--identity-provider", identity_provider, *["--with=kubernetes"] * kubernetes],
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        told = answer.stdout
        assert "extra" in told
        assert "chloe@acme.example" in told
        assert "ben@acme.example" in told
        # Three comparisons, and the verdict of the report; two more on the API server.
        assert told.count("live access equals the contract") == 4 + 2 * kubernetes
        repair = "take user chloe@acme.example out of RoleBinding dev-serving/debug"
        assert (repair in " ".join(told.split())) is kubernetes
        report = (checkout / ".rolecall" / "report.html").read_text(encoding="utf-8")
        assert "local emulators of this machine" in report
        assert "ada@acme.example" in report
        assert "blocked by policy" in told
        assert told.count("got 0 writes") == 2
        assert "Traceback" not in told + answer.stderr
        assert "Unclosed" not in told + answer.stderr
        assert "\x1b[" not in told
        again = forks.run(["local", "status"], checkout, environment, None)
        assert again.returncode == 0, "the emulators are left running"
        for command, exit_code in (
            (["grants", "--subject", "fraud-analysts"], 0),
            (["check"], 0),
            # There are differences.
            (["diff", "--environments", "dev", "prod"], 1),
        ):
            tried = forks.run(command, checkout, environment, None)
            assert tried.returncode == exit_code, f"what the demo says to try next works as it is: {tried.stderr}"
    finally:
        forks.run(["local", "down"], checkout, environment, None)
