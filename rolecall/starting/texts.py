"""The files of a new repository that do not depend on its choices; the caller replaces @ORGANIZATION@ and @VERSION@."""

from __future__ import annotations

from collections.abc import Mapping

_PULUMI = """\
name: @ORGANIZATION@-access
description: Who may do what on @ORGANIZATION@'s machine-learning platform, from one contract
main: stacks
stackConfigDir: stacks
runtime:
  name: python
  options:
    virtualenv: .venv
plugins:
  providers:
    # Rolecall's own provider; it runs in this project's own Python.
    - {name: rolecall, path: plugin}
config:
  rolecall:contract: {value: contract/contract.yaml}
"""
_PLUGIN = """\
runtime:
  name: python
  options:
    virtualenv: ../.venv
"""
_ROLES = """\
# A role is a set of verbs on kinds. A project's binding grants it to a subject, on that project's objects.
roles:
  engineer:
    - {may: edit, kind: job}
    - {may: run, kind: cluster_policy}
  runner:
    - {may: run, kind: job}
"""
_README = """\
# Who may do what on our machine-learning platform

`contract/` declares it; Rolecall deploys it and proves that every system agrees.

    rolecall check                 # is the contract valid?
    rolecall local up              # emulators of all systems on this machine
    rolecall preview               # what a deployment would change
    rolecall up                    # deploy, after a confirmation
    rolecall parity                # does live access equal the contract?
    rolecall check --changed FILE  # what a change to a file can touch

`contract/projects/NAME.yaml` belongs to the team of the project NAME and holds nothing else; all other files belong to
the platform team (`CODEOWNERS`). Add a project: copy a file there under the new name, and give it its owners.

| folder | contents |
| --- | --- |
| `contract/` | the contract; `emulators.yaml` is the initial content of the local emulators |
| `stacks/`, `plugin/` | the Pulumi program and Rolecall's provider; nothing to edit |
| `policies/` | policy packs of your own |
| `components/` | Pulumi components of your own, for programs beside the contract |
| `tests/` | invariants of the contract: `python -m unittest discover tests` |
"""
_POLICIES = """\
# Policy packs of your own

Rolecall's packs are named in `contract/contract.yaml`: `rolecall:guardrails`, `rolecall:compliance`, `rolecall:cost`.
A pack of your own is a folder here with a `PulumiPolicy.yaml`; name it by its path: `policies/NAME`. A change to
this folder affects every deployment, so `CODEOWNERS` assigns it to the platform team.
"""
_COMPONENTS = """\
# Components of your own

Pulumi components for programs beside the contract. The contract's own objects are declared by Rolecall.
"""
_TESTS = '''\
"""Invariants of the contract. Run: python -m unittest discover tests."""

import json
import subprocess
import unittest


def grants(*options: str) -> list[dict]:
    """Return the grants that `rolecall grants` lists."""
    command = ["rolecall", "grants", "--format", "json", *options]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["grants"]


class Contract(unittest.TestCase):
    """Invariants for auditors."""

    def test_no_group_edits_a_job_in_production(self) -> None:
        """Changes to production go through a review."""
        listed = grants("--environment", "prod", "--kind", "job", "--all")
        self.assertTrue(listed)
        editors = {
            grant["subject"] for grant in listed if grant["verb"] == "edit" and grant["subject_type"] == "group"
        }
        self.assertLessEqual(editors, {"platform-emergency"})


if __name__ == "__main__":
    unittest.main()
'''
_CODEOWNERS = """\
# The last line that matches decides. Everything is the platform team's, but for the files of projects: what those say,
# they say of their own project only (`rolecall check --changed FILE` tells it of any file).
*                              @@ORGANIZATION@/platform
/contract/projects/churn.yaml  @@ORGANIZATION@/churn
"""
_IGNORED = """\
/.venv
/.rolecall/
__pycache__/
"""

FILES: Mapping[str, str] = {
    ".gitignore": _IGNORED,
    "CODEOWNERS": _CODEOWNERS,
    "Pulumi.yaml": _PULUMI,
    "README.md": _README,
    "components/README.md": _COMPONENTS,
    "contract/roles.yaml": _ROLES,
    "plugin/PulumiPlugin.yaml": _PLUGIN,
    "policies/README.md": _POLICIES,
    "tests/test_contract.py": _TESTS,
}
