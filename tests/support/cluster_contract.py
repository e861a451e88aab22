"""A contract with services in a Kubernetes cluster."""

from __future__ import annotations

from pathlib import Path

from rolecall.compiled import CompiledContract, compile_file
from tests.support.contracts import DATABRICKS, TODAY, VARIABLES

CONTRACT = (
    DATABRICKS
    + """\
workspaces: {lab: {host: "${env:ML_NONPROD_HOST}"}}
clusters:
  lab:
    context: lab
    mesh: {probe_networks: [10.9.0.0/16]}
    groups: {prefix: "oidc:"}
    longhorn:
      webhook_networks: [10.9.0.0/16]
      api_clients: [monitoring]
      backup: {url: "s3://backups@eu/{environment}/{project}/", signs_in_with: "backup-{environment}-{project}"}
      sensitivities:
        internal: {replicas: 2}
        confidential:
          snapshots: {cron: "0 * * * *", keep: 24}
          backups: {cron: "0 3 * * *", keep: 30}
environments:
  dev: {workspace: lab, cluster: lab}
  prod: {workspace: lab, cluster: lab, protected: true}
  test: {workspace: lab}
break_glass: {group: emergency}
groups: {engineers: {external: 00g-engineers}, emergency: {managed: true}}
roles:
  caller: [{may: run, kind: service}]
  scores: [{may: run, kind: service, tags: {open: "yes"}}]
  mounts: [{may: edit, kind: persistent_volume}]
  reads: [{may: view, kind: persistent_volume}]
projects:
  fraud:
    owner: engineers
    bindings:
      - {role: caller, to: web, in: [dev, prod]}
      - {role: scores, to: batch, in: [dev]}
      - {role: mounts, to: batch, in: [dev, prod]}
      - {role: reads, to: web, in: [dev]}
      - {role: reads, to: engineers, in: [dev]}
    service_principals:
      web: {in: [dev, prod], service_account: web}
      batch: {in: [dev, prod], service_account: batch}
      scorer: {in: [dev, prod], service_account: scorer}
      unused: {}
    services:
      plain:
        in: [dev, prod]
        tags: {open: "yes"}
        runs_as: scorer
        port: 9000
        labels: {app: plain}
        protocol: opaque
        overrides: {dev: {enforcement: audit}}
      probed:
        in: [dev, prod]
        runs_as: scorer
        port: 8080
        labels: {app: probed}
        probes: [/healthz, /ready]
      routed:
        in: [dev, prod]
        runs_as: scorer
        port: 8081
        labels: {app: routed}
        probes: [/healthz]
        routes:
          score: {path: /v1/score, methods: [POST]}
          models: {path: /v1/models}
        traffic: {port: 80, timeout: 2s, retries: {statuses: [5xx, 429], limit: 2, timeout: 400ms}}
    persistent_volumes:
      features: {in: [dev, prod], sensitivity: confidential}
  lonely:
    owner: engineers
    service_principals: {alone: {in: [dev], service_account: alone}}
    services: {closed: {in: [dev], runs_as: alone, port: 80, labels: {app: closed}}}
  elsewhere:
    owner: engineers
"""
)


def cluster_contract(folder: Path, text: str = CONTRACT) -> CompiledContract:
    """Return the contract, written into a folder and compiled."""
    path = folder / "contract.yaml"
    path.write_text(text, encoding="utf-8")
    return compile_file(path, TODAY, VARIABLES)
