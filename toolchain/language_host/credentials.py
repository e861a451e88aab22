"""An environment without credentials, for processes that need none: policy packs judge, and sign in nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Words in a variable's name that say it holds a credential, or what one is asked for with.
# https://docs.databricks.com/en/dev-tools/auth/env-vars.html, and those of the clouds and the identity providers.
_CREDENTIAL = re.compile(
    r"SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY|AUTH_?KEY|CREDENTIAL|CERTIFICATE"
    r"|COOKIE|CONNECTION_STRING|_SAS(?:_|$)|_PAT(?:_|$)|CONFIG_PROFILE$|CONFIG_FILE$",
    re.IGNORECASE,
)


def without_credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an environment that hold no credential, by their names."""
    return {name: value for name, value in environment.items() if not _CREDENTIAL.search(name)}
