"""Policy packs get no credential in their environment: the author of a pack may judge, and sign in nowhere."""

from __future__ import annotations

import pytest

from rolecall.toolchain.language_host.credentials import without_credentials

CREDENTIALS = (
    *("DATABRICKS_CLIENT_SECRET", "DATABRICKS_TOKEN", "DATABRICKS_PASSWORD", "DATABRICKS_CONFIG_PROFILE"),
    *("ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_PASSWORD"),
    *("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS"),
    *("GOOGLE_CREDENTIALS", "OKTA_API_TOKEN", "OKTA_CLIENT_PRIVATEKEY", "OKTA_CLIENT_TOKEN", "HARNESS_API_KEY"),
    *("PREFECT_API_KEY", "CONDUCTOR_AUTH_KEY", "CONDUCTOR_AUTH_SECRET", "GITHUB_TOKEN", "CI_JOB_TOKEN"),
    *("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "PULUMI_ACCESS_TOKEN"),
    *("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"),
)
PLAIN = (
    *("PATH", "HOME", "LANG", "TMPDIR", "DATABRICKS_HOST", "DATABRICKS_CLIENT_ID", "DATABRICKS_ACCOUNT_ID"),
    *("PULUMI_CONFIG", "PULUMI_PROJECT", "PULUMI_STACK", "ROLECALL_CONTRACT", "ROLECALL_GROUP_KEYS_FILE", "PATTERN"),
)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_credential_is_left_out(name: str) -> None:
    assert without_credentials({name: "x"}) == {}


@pytest.mark.parametrize("name", PLAIN)
def test_what_a_pack_needs_stays(name: str) -> None:
    assert without_credentials({name: "x"}) == {name: "x"}
