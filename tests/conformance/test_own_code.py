"""The examples of the how-tos on own rules and own components, run as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pulumi_policy import ResourceValidationPolicy

from rolecall.policies.context import Context
from rolecall.policies.pack import policies_of
from rolecall.policies.rule import Rule
from tests.support.pages import write_examples


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_own_rules_pass_their_own_test(tmp_path: Path) -> None:
    write_examples("how-to/own-rules.md", tmp_path)
    done = run(tmp_path / "policies" / "acme", "-m", "unittest", "test_rules")
    assert done.returncode == 0, done.stderr
    assert "Ran 3 tests" in done.stderr


def test_an_own_rule_is_a_policy_of_a_pack(tmp_path: Path) -> None:
    write_examples("how-to/own-rules.md", tmp_path)
    folder = tmp_path / "policies" / "acme"
    namespace: dict[str, Rule] = {}
    exec(compile((folder / "warehouse_name_has_prefix.py").read_text(), "rule", "exec"), namespace)  # noqa: S102
    rule = namespace["RULE"]
    policies = policies_of((rule,), (rule,), lambda stack: Context())
    own = next(one for one in policies if one.name == rule.id)
    assert isinstance(own, ResourceValidationPolicy)
    # What an engine runs: only the server that it starts is left out.
    served = (folder / "__main__.py").read_text().replace("from pulumi_policy import", "from stand_in import")
    (folder / "stand_in.py").write_text(
        "from pulumi_policy import EnforcementLevel\n"
        "def PolicyPack(name, enforcement_level, policies): print(name, *(one.name for one in policies))\n"
    )
    (folder / "__main__.py").write_text(served)
    done = run(folder, "__main__.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:2] == ["acme", rule.id]


def test_own_components_pass_their_own_test(tmp_path: Path) -> None:
    write_examples("how-to/own-components.md", tmp_path)
    done = run(tmp_path, "-m", "unittest", "tests.test_saved_query")
    assert done.returncode == 0, done.stderr
    assert "Ran 1 test" in done.stderr
