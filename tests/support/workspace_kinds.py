"""A contract with an object of each kind whose rights are a permissions object, for the hand-made world."""

from __future__ import annotations

from tests.support.hand_world import CONTRACT

SECTIONS = """\
    pipelines:
      refine:
        run_as: trainer
        dataset: scores
        libraries: [{file: {path: /Workspace/refine.sql}}]
"""
ROLE = """\
    - {may: run, kind: [pipeline]}
"""
KINDS_CONTRACT = (
    CONTRACT.replace("    jobs:\n", f"{SECTIONS}    jobs:\n")
    .replace("  trainer:\n    -", f"{ROLE}  looker: [{{may: view, kind: warehouse}}]\n  trainer:\n    -")
    .replace("    bindings:\n", "    bindings:\n      - {role: looker, to: analysts, in: [dev]}\n")
)
