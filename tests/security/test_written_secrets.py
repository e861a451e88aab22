"""Secrets that a program writes down: in files, notebooks, webhooks, connections, apps, policies and parameters."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from rolecall.policies import sources, types
from tests.security.programs import refusals, refused_by, resource

TOKEN = "dapi" + "0123456789abcdef" * 2
PASSWORD = "correct horse battery"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


ATTACKS: dict[str, tuple[str, dict[str, Any]]] = {
    "a notebook": (types.NOTEBOOK, {"path": "/a", "contentBase64": encoded(f"token = '{TOKEN}'")}),
    "a notebook with a password": (
        types.NOTEBOOK,
        {"path": "/a", "contentBase64": encoded(f'password = "{PASSWORD}"')},
    ),
    "a workspace file": (types.WORKSPACE_FILE, {"path": "/a.cfg", "contentBase64": encoded(TOKEN)}),
    "a file in a volume": (types.FILE, {"path": "/Volumes/a/b/c/x", "contentBase64": encoded(TOKEN)}),
    "a header in a script": (
        types.GLOBAL_INIT_SCRIPT,
        {
            "name": "a",
            "enabled": False,
            "contentBase64": encoded("curl -H 'Authorization: Bearer abcdefghij0123456789'"),
        },
    ),
    "a cluster policy": (
        types.CLUSTER_POLICY,
        {"definition": json.dumps({"spark_env_vars.DB_PASSWORD": {"type": "fixed", "value": PASSWORD}})},
    ),
    "a token in a cluster policy": (
        types.CLUSTER_POLICY,
        {"definition": json.dumps({"spark_conf.x": {"type": "fixed", "value": TOKEN}})},
    ),
    "a job's parameter": (types.JOB, {"parameters": [{"name": "password", "default": PASSWORD}]}),
    "a connection": (types.CONNECTION, {"options": {"host": "db", "password": "x"}}),
    "a connection's other name": (types.CONNECTION, {"options": {"host": "db", "sfPassword": PASSWORD}}),
    "an app": (types.CUSTOM_APP, {"name": "a", "confidential": True}),
    "an app's secret": (types.CUSTOM_APP, {"name": "a", "clientSecret": "s"}),
    "a webhook": (types.MLFLOW_WEBHOOK, {"httpUrlSpec": {"url": "https://a.example", "authorization": "Bearer x"}}),
    "a webhook's job": (types.MLFLOW_WEBHOOK, {"jobSpec": {"jobId": "1", "accessToken": "x"}}),
    "a notification": (
        types.NOTIFICATION_DESTINATION,
        {"config": {"genericWebhook": {"url": "https://a.example", "password": "x"}}},
    ),
    "a pager": (types.NOTIFICATION_DESTINATION, {"config": {"pagerduty": {"integrationKey": "x"}}}),
    "a pool's registry": (
        types.INSTANCE_POOL,
        {"preloadedDockerImages": [{"url": "r/a@sha256:0", "basicAuth": {"username": "u", "password": "p"}}]},
    ),
    "a model service": (
        types.MODEL_SERVING,
        {"config": {"servedEntities": [{"externalModel": {"openaiConfig": {"openaiApiKey": "sk-plain-0123456789"}}}]}},
    ),
    "a gateway": (
        types.AI_PROVIDER_SERVICE,
        {"config": {"openai": {"direct": {"apiKey": {"plaintext": "0123456789"}}}}},
    ),
    "a dashboard": (
        types.DASHBOARD,
        {"embedCredentials": False, "serializedDashboard": json.dumps({"note": f"token {TOKEN}"})},
    ),
    "a description": (types.SCHEMA, {"name": "a", "comment": f"use {TOKEN}"}),
    "a storage credential": (types.CREDENTIAL, {"azureServicePrincipal": {"clientSecret": "x"}}),
    "a secret of the catalog": (types.SECRET_UC, {"name": "a", "value": "x"}),
    "a secret in a scope": (types.SECRET, {"key": "a", "scope": "b", "stringValue": "x"}),
    "another organization's profile": (types.METASTORE_PROVIDER, {"name": "p", "recipientProfileStr": "{}"}),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_secret_that_is_written_down_is_refused_and_not_repeated(name: str) -> None:
    kind, values = ATTACKS[name]
    found = [one for one in refusals(resource(kind, values)) if one.rule != "type-is-known"]
    assert found
    said = "\n".join(one.message for one in found)
    assert TOKEN not in said
    assert PASSWORD not in said


REFERENCES: dict[str, tuple[str, dict[str, Any]]] = {
    "a scope": (types.CLUSTER, {"sparkEnvVars": {"DB_PASSWORD": "{{secrets/db/password}}"}}),
    "code that asks": (
        types.NOTEBOOK,
        {"path": "/a", "contentBase64": encoded('password = dbutils.secrets.get("db", "password")')},
    ),
    "a name of a key": (
        types.MODEL_SERVING,
        {"config": {"servedEntities": []}, "tags": [{"key": "token", "value": "x"}]},
    ),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_a_reference_is_no_secret(name: str) -> None:
    assert "nothing-holds-a-secret" not in refused_by(resource(*REFERENCES[name]))


def test_an_uploaded_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "project_folder", lambda: (tmp_path, tmp_path / "program"))
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "train.py").write_text(f"token = '{TOKEN}'\n")
    (tmp_path / "clean.py").write_text("print(1)\n")
    kinds = (types.NOTEBOOK, types.WORKSPACE_FILE, types.FILE)
    for kind in kinds:
        assert "files-hold-no-secret" in refused_by(resource(kind, {"path": "/a", "source": "train.py"}))
        assert "files-hold-no-secret" in refused_by(resource(kind, {"path": "/a", "source": "elsewhere.py"}))
        assert "files-hold-no-secret" not in refused_by(resource(kind, {"path": "/a", "source": "clean.py"}))
