"""The account's SCIM routes under scim2-cli, which checks servers against RFC 7643 and RFC 7644.

Databricks publishes no schemas; what its documentation says of users and groups is handed to the checker instead. What
it does not have at all (search by POST, the discovery routes) is left out of the verdict by name.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.emulator import served

CORE = "urn:ietf:params:scim:schemas:core:2.0"
# Checks that Databricks' service would fail too, each with the reason.
NOT_THERE = {
    "search_with_attributes": "POST /.search is not among Databricks' routes",
    "search_without_attributes": "POST /.search is not among Databricks' routes",
    "random_url": "unknown paths answer in Databricks' own form, as all of its API does",
    **dict.fromkeys(
        (
            "service_provider_config_endpoint",
            "service_provider_config_endpoint_methods",
            "query_all_resource_types",
            "access_invalid_resource_type",
            "resource_types_endpoint_methods",
            "query_all_schemas",
            "access_invalid_schema",
            "schemas_endpoint_methods",
        ),
        "discovery routes are not among Databricks' routes",
    ),
}


def attribute(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "multiValued": False,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
        **more,
    }


def schema(name: str, *attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        "schemas": [f"{CORE}:Schema"],
        "id": f"{CORE}:{name}",
        "name": name,
        "description": name,
        "attributes": list(attributes),
    }


READ_ONLY: dict[str, Any] = {"mutability": "readOnly", "multiValued": True}
REFERENCE = [
    attribute("value"),
    attribute("display"),
    attribute("$ref", "reference", referenceTypes=["User", "Group"]),
]
SCHEMAS = [
    schema(
        "User",
        attribute("userName", required=True, uniqueness="server"),
        attribute("displayName", required=True),
        attribute("active", "boolean", required=True),
        attribute("emails", "complex", subAttributes=[*map(attribute, ("value", "type"))], **READ_ONLY),
        attribute("groups", "complex", subAttributes=REFERENCE, **READ_ONLY),
    ),
    schema(
        "Group",
        attribute("displayName", required=True, uniqueness="server"),
        attribute("members", "complex", subAttributes=REFERENCE, **READ_ONLY),
    ),
]
SCHEMAS[0]["attributes"][3]["subAttributes"].append(attribute("primary", "boolean"))
TYPES = [
    {
        "schemas": [f"{CORE}:ResourceType"],
        "id": name,
        "name": name,
        "endpoint": f"/{name}s",
        "schema": f"{CORE}:{name}",
    }
    for name in ("User", "Group")
]
CONFIGURATION = {
    "schemas": [f"{CORE}:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": 10000},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": {"supported": False},
    "authenticationSchemes": [],
}


def test_the_scim_routes_conform(tmp_path: Path) -> None:
    arguments = []
    for option, name, value in (
        ("-s", "schemas", SCHEMAS),
        ("-r", "types", TYPES),
        ("-c", "configuration", CONFIGURATION),
    ):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(value))
        arguments += [option, str(path)]
    with served(small_pages=False) as running:
        account = f"{running.account_host}/api/2.0/accounts/{running.emulator.account.id}/scim/v2"
        headers = f"Authorization: Bearer {running.emulator.provisioning_token()}"
        command = [str(Path(sys.executable).parent / "scim2"), "-u", account, *arguments, "test"]
        answer = subprocess.run(
            command,
            env={**os.environ, "SCIM_CLI_HEADERS": headers},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    told = re.findall(
        r"^(SUCCESS|ERROR|CRITICAL|ACCEPTABLE|DEVIATION|COMPLIANT|SKIPPED) (\w+)\n(.*)", answer.stdout, re.M
    )
    assert sum(verdict == "SUCCESS" for verdict, _, _ in told) >= 12, answer.stdout + answer.stderr
    failed = [(check, why.strip()) for verdict, check, why in told if verdict in ("ERROR", "CRITICAL", "DEVIATION")]
    assert [one for one in failed if one[0] not in NOT_THERE] == []
