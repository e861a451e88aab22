"""Refuse what looks like a secret: a contract is read by many and kept for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from rolecall.contract.source import Places, walk
from rolecall.errors import Problem

# Tokens of the systems that contracts are about. Sources: Databricks' secret scanning patterns (dapi, dkea, dose …),
# https://docs.databricks.com/en/dev-tools/auth/pat.html; Okta https://developer.okta.com/docs/guides/create-an-api-token;
# Entra client secrets https://learn.microsoft.com/purview/sit-defn-azure-ad-client-secret.
_OWN_PATTERNS = (
    ("a Databricks token", re.compile(r"\b(?:dapi|dkea|doseed|dsapi)[0-9a-f]{32}\b")),
    ("a Databricks OAuth secret", re.compile(r"\bdose[0-9a-f]{32}\b")),
    ("an Okta API token", re.compile(r"\b00[A-Za-z0-9_-]{40}\b")),
    ("an Entra client secret", re.compile(r"(?<![\w~.-])[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}(?![\w~.-])")),
    ("a Harness token", re.compile(r"\b(?:pat|sat)\.[A-Za-z0-9_-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}\b")),
)
_SECRET_KEY = re.compile(
    r"(?:^|_)(?:password|passwd|secret|client_secret|api_key|access_token|token|private_key)$", re.I
)
# Texts of which the form is remembered: more than a contract of 10,000 resources has.
MOST_TEXTS = 200_000
# Values that only say where a secret is: Databricks' references {{secrets/scope/key}}, and dynamic values.
_REFERENCE = re.compile(r"^\s*\{\{.*\}\}\s*$")


def secret_problems(value: Any, places: Places) -> Iterator[Problem]:
    """Yield a problem for every value that looks like a secret; the value itself is never repeated."""
    for path, item in walk(value):
        if not isinstance(item, str):
            continue
        kind = looks_like_secret(item, str(path[-1]) if path else "")
        if kind:
            yield Problem(
                "secret-in-contract",
                places.of(*path),
                f"{path[-1] if path else 'a value'!r} looks like {kind}; it is not shown here",
                "Take it out and revoke it. Rolecall signs in with OAuth from the environment; jobs read secrets as "
                "{{secrets/SCOPE/KEY}}.",
            )


def looks_like_secret(text: str, key: str) -> str | None:
    """Return what sort of secret a text looks like, or None.

    Args:
        text: the value.
        key: the name that it stands under, which may tell.
    """
    if _REFERENCE.match(text):
        return None
    if kind := _form_of_secret(text):
        return kind
    if _SECRET_KEY.search(key) and len(text) >= 8:
        return "a secret, by the name of its key"
    return None


@lru_cache(MOST_TEXTS)
def _form_of_secret(text: str) -> str | None:
    """Return what sort of secret a text has the form of, or None; values are repeated, and looked at more than once."""
    for kind, pattern in (*_OWN_PATTERNS, *_known_patterns()):
        if pattern.search(text):
            return kind
    return None


@cache
def _known_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns of the detect-secrets library that have a form of their own."""
    from detect_secrets.plugins import (
        artifactory,
        aws,
        azure_storage_key,
        basic_auth,
        github_token,
        gitlab_token,
        jwt,
        npm,
        openai,
        private_key,
        pypi_token,
        slack,
        stripe,
    )

    detectors = (
        artifactory.ArtifactoryDetector,
        aws.AWSKeyDetector,
        azure_storage_key.AzureStorageKeyDetector,
        basic_auth.BasicAuthDetector,
        github_token.GitHubTokenDetector,
        gitlab_token.GitLabTokenDetector,
        jwt.JwtTokenDetector,
        npm.NpmDetector,
        openai.OpenAIDetector,
        private_key.PrivateKeyDetector,
        pypi_token.PypiTokenDetector,
        slack.SlackDetector,
        stripe.StripeDetector,
    )
    return tuple((f"a secret ({one.secret_type})", pattern) for one in detectors for pattern in one.denylist)
