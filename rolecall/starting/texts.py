"""The files of a starting repository that are the same for everybody; @ORGANIZATION@ and @VERSION@ are filled in."""

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
# A role says verbs on kinds; a binding says whose, and the project says on which objects.
roles:
  engineer:
    - {may: edit, kind: job}
    - {may: run, kind: cluster_policy}
  runner:
    - {may: run, kind: job}
"""
_README = """\
# Who may do what on our machine-learning platform

`contract/` says it; Rolecall deploys it and proves that every system agrees.

    rolecall check                 # is the contract valid?
    rolecall local up              # emulators of all systems on this machine
    rolecall preview               # what a deployment would change
    rolecall up                    # deploy it; asks first
    rolecall parity                # is live access what the contract gives?
    rolecall check --changed FILE  # what a change to a file can touch

`contract/projects/NAME.yaml` belongs to the team of the project NAME and holds nothing else; all other files belong to
the platform team (`CODEOWNERS`). Add a project: copy a file there under the new name, and give it its owners.

| folder | what it holds |
| --- | --- |
| `contract/` | the contract; `emulators.yaml` describes what the local emulators start with |
| `stacks/`, `plugin/` | the Pulumi program and Rolecall's provider; nothing to edit |
| `policies/` | policy packs of your own |
| `components/` | Pulumi components of your own, for programs beside the contract |
| `tests/` | what must stay true of the contract: `python -m unittest discover tests` |
"""
_POLICIES = """\
# Policy packs of your own

Rolecall's packs are named in `contract/contract.yaml`: `rolecall:guardrails`, `rolecall:compliance`, `rolecall:cost`.
A pack of your own is a folder here with a `PulumiPolicy.yaml`; name it by its path: `policies/NAME`. Whoever may change
this folder decides about every deployment: `CODEOWNERS` gives it to the platform team.
"""
_COMPONENTS = """\
# Components of your own

Pulumi components for programs beside the contract. The contract's own objects are declared by Rolecall.
"""
_TESTS = '''\
"""What must stay true of the contract, whoever changes it. Run: python -m unittest discover tests."""

import json
import subprocess
import unittest


def grants(*options: str) -> list[dict]:
    """Return who may do what, as `rolecall grants` says."""
    command = ["rolecall", "grants", "--format", "json", *options]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


class Contract(unittest.TestCase):
    """Promises to auditors."""

    def test_no_group_edits_a_job_in_production(self) -> None:
        """Changes to production go through a review."""
        held = grants("--environment", "prod", "--kind", "job", "--all")
        self.assertTrue(held)
        editors = {one["subject"] for one in held if one["verb"] == "edit" and one["subject_type"] == "group"}
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
