"""Which workspace answers at an address, asked without credentials."""

from __future__ import annotations

from contextlib import suppress

import httpx

# What the SDKs read first; it says the id: https://github.com/databricks/databricks-sdk-go config/host_metadata.go
METADATA = "/.well-known/databricks-config"
# Seconds for the answer.
PATIENCE = 10.0


def workspace_id(host: str) -> str:
    """Return the id of the workspace at an address; empty where it does not answer, or does not say."""
    with suppress(httpx.HTTPError, ValueError, RecursionError):
        answer = httpx.get(f"{host.rstrip('/')}{METADATA}", timeout=PATIENCE, follow_redirects=False)
        if answer.status_code == httpx.codes.OK:
            found = answer.json()
            return str(found.get("workspace_id") or "") if isinstance(found, dict) else ""
    return ""
