"""A contract with an object of each kind whose rights are a permissions object, for the hand-made world."""

from __future__ import annotations

from tests.support.hand_world import CONTRACT

SECTIONS = """\
    clusters: {notebooks: {runtime: 16.4.x-scala2.12, node_type: m5d.large}}
    queries: {late: {text: "SELECT 1", warehouse: reports}}
    alerts:
      late:
        {run_as: trainer, text: "SELECT 1 AS late", warehouse: reports, column: late, threshold: 1,
         schedule: "0 0 6 * * ?"}
    dashboards: {sales: {definition: {pages: []}, warehouse: reports}}
    vector_search_endpoints: {search: {}}
    database_instances: {online: {}}
    pipelines:
      refine:
        run_as: trainer
        dataset: scores
        libraries: [{file: {path: /Workspace/refine.sql}}]
"""
ROLE = """\
    - {may: run, kind: [pipeline, cluster, query, alert, dashboard, app, vector_search_endpoint, database_instance]}
"""
KINDS_CONTRACT = (
    CONTRACT.replace("    database_instances: {ledger: {}}\n", "")
    .replace("    jobs:\n", f"{SECTIONS}    jobs:\n")
    .replace("  trainer:\n    -", f"{ROLE}  looker: [{{may: view, kind: warehouse}}]\n  trainer:\n    -")
    .replace("    bindings:\n", "    bindings:\n      - {role: looker, to: analysts, in: [dev]}\n")
)
