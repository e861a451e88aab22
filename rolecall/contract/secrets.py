"""Refuse what looks like a secret: a contract is read by many and kept for ever."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote

from rolecall.contract.environment_variables import looks_like_credential
from rolecall.contract.secret_names import is_secret_name
from rolecall.contract.source import Path, Places
from rolecall.deferred import deferred
from rolecall.errors import Problem

SECRET = "secret-in-contract"  # noqa: S105 - a problem's id
# Tokens and keys by the forms that their vendors document. None asks what stands before or behind: a letter there hides
# nothing from whoever takes it off. What the detect-secrets library knows is added to them.
_OWN_PATTERNS = (
    # https://docs.databricks.com/en/dev-tools/auth/pat.html; Databricks' entries in GitHub's secret scanning.
    ("a Databricks token", r"(?:dapi|dkea|doseed|dsapi|ddct|dptk)[0-9a-f]{32}"),
    ("a Databricks OAuth secret", r"dose[0-9a-f]{32}"),
    # https://developer.okta.com/docs/guides/create-an-api-token: small, capital, digits.
    ("an Okta API token", r"00(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[a-z])(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{40}"),
    # https://learn.microsoft.com/purview/sit-defn-azure-ad-client-secret
    ("an Entra client secret", r"[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31}"),
    ("an Azure key", r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/=]{40}|[?&]sig=[A-Za-z0-9%+/]{40}"),
    # https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys
    ("a Harness token", r"(?:pat|sat)\.[A-Za-z0-9_-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}"),
    # https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/api-keys
    ("a Prefect API key", r"pn[ub]_[A-Za-z0-9]{36}"),
    # https://github.blog/engineering/behind-githubs-new-authentication-token-formats
    ("a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22}"),
    # https://docs.gitlab.com/security/tokens/#token-prefixes
    ("a GitLab token", r"gl(?:pat|dt|rt|rtr|ptt|oas|imt|soat|ft|agent|ffct)-[A-Za-z0-9_-]{20}"),
    # https://docs.slack.dev/authentication/tokens
    ("a Slack token", r"xox[a-z](?:-|\.xox[a-z]-)[A-Za-z0-9-]{10}|xapp-[0-9]-[A-Za-z0-9-]{10}"),
    ("a Stripe key", r"(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{16}|whsec_[A-Za-z0-9+/]{24}"),
    (
        "a key of a model's vendor",
        r"sk-(?:proj|ant|svcacct|admin|or-v1)-[A-Za-z0-9_-]{20}|(?<![A-Za-z])sk-[A-Za-z0-9]{32}",
    ),
    ("a Hugging Face token", r"hf_[A-Za-z0-9]{34}|api_org_[A-Za-z0-9]{34}"),
    ("a Google key", r"AIza[0-9A-Za-z_-]{35}|GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{20}"),
    ("an npm token", r"npm_[A-Za-z0-9]{36}"),
    ("a PyPI token", r"pypi-[A-Za-z0-9_-]{50}"),
    ("a Vault token", r"hv[sbr]\.[A-Za-z0-9_-]{20}"),
    ("a Terraform token", r"\.atlasv1\.[A-Za-z0-9_-]{60}"),
    ("a Pulumi token", r"pul-[0-9a-f]{40}"),
    ("a Docker token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20}"),
    ("a DigitalOcean token", r"do[opr]_v1_[0-9a-f]{64}"),
    ("a SendGrid key", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("a Shopify token", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    ("a Grafana token", r"gl(?:sa|c)_[A-Za-z0-9+/=]{32}"),
    ("an Atlassian token", r"AT(?:ATT|CTT|BB)3x?[A-Za-z0-9_=-]{24}"),
    ("a New Relic key", r"NRAK-[A-Z0-9]{27}"),
    ("a Linear key", r"lin_(?:api|oauth)_[A-Za-z0-9]{32}"),
    ("a Square token", r"sq0[a-z]{3}-[0-9A-Za-z_-]{22}|EAAA[a-zA-Z0-9]{60}"),
    ("an age key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ("a bearer token", r"(?i:bearer|SSWS|basic)\s+(?=[A-Za-z._~+/=-]*[0-9])[A-Za-z0-9._~+/=-]{16}"),
    ("a private key", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"),
    # Whoever has the address may write there.
    (
        "the address of a webhook",
        (
            r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20}"
            r"|discord(?:app)?\.com/api/webhooks/\d+/|outlook\.office\.com/webhook/|\.webhook\.office\.com/webhookb?2?/"
            r"|\.logic\.azure\.com[:/].*[?&]sig=|chat\.googleapis\.com/v1/spaces/[^?\s]+\?.*key="
        ),
    ),
)
# A text in Base64, in which a secret may be: https://datatracker.ietf.org/doc/html/rfc4648
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
# Texts of which the form is remembered: more than a contract of 10,000 resources has.
MOST_TEXTS = 200_000
# No secret by its form is shorter, and none goes without one of these.
_MAY_HOLD_SECRET = re.compile(r"[\w~.+/=-]{15}|://|BEGIN|(?i:pass|secret|token|pwd|key|cred|auth)")
# Where a secret is, which is no secret: https://docs.databricks.com/en/security/secrets/
_SECRET_REFERENCE = re.compile(r"\{\{\s*secrets/[^/{}\s]+/[^/{}\s]+\s*\}\}")
# What a job puts there when it runs: https://docs.databricks.com/en/jobs/dynamic-value-references.html
_DYNAMIC_VALUE = re.compile(r"\{\{\s*(?:job|task|tasks|workspace|input|backfill|sql)\b[^{}]*\}\}")
# Another object of the contract, or a variable of a bundle or a program.
_VARIABLE = re.compile(r"\$\{?[A-Za-z_][A-Za-z0-9_.-]*\}?|\$\{env:[A-Za-z0-9_]+\}")
# Code that reads a secret when it runs: https://docs.databricks.com/en/dev-tools/databricks-utils.html#secrets-utility
_READ_BY_CODE = re.compile(r"(?:\w+\.)*dbutils\.secrets\.get(?:Bytes)?\(|os\.(?:environ(?:\[|\.get\()|getenv\()")
# Characters that may stand around a reference, such as `Bearer `, and of which a secret under its name has at least.
AROUND_REFERENCE, MIN_SECRET = 8, 6
# Characters from which on the value of a variable is told from an ordinary word.
MIN_CREDENTIAL = 16
_PLAIN_WORDS = frozenset({"disabled", "enabled", "required", "optional", "unlimited", "default", "unknown", "redacted"})
# NAME=VALUE, NAME: VALUE and --NAME VALUE inside of a text.
_ASSIGNMENT = re.compile(
    r"""(?P<name>[A-Za-z][\w.-]*)["']?\s*(?P<sign>:=|=>|==?|:)\s*["']?(?P<value>[^\s"'&;,}<]{6,})"""
    r"""|--?(?P<option>[A-Za-z][\w-]*)\s+["']?(?P<given>[^\s"'&;,}<-][^\s"'&;,}<]{5,})"""
)


def _named(path: Path) -> str:
    """Return what a message calls a value: its key, and its position where it is in a list."""
    key = next((part for part in reversed(path) if isinstance(part, str)), None)
    if key is None:
        return "a value"
    position = f"item {path[-1] + 1} of " if isinstance(path[-1], int) else ""
    return f"{position}{key!r}"


def secret_problem(kind: str, path: Path, places: Places) -> Problem:
    """Return the problem of a possible secret; its value is never repeated."""
    return Problem(
        SECRET,
        places.of(*path),
        f"{_named(path)} looks like {kind}; it is not shown here",
        "Take it out and revoke it. Rolecall signs in with OAuth from the environment; jobs read secrets as "
        "{{secrets/SCOPE/KEY}}.",
    )


def secrets_in(mapping: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a mapping whose values are secrets by the name beside them: `{name: password, default: …}`."""
    name = mapping.get("name", mapping.get("key"))
    if isinstance(name, str):
        for key in ("default", "value", "string_value"):
            if (value := mapping.get(key)) is not None and key not in ("name", "key"):
                kind = looks_like_secret(value, name)
                if kind:
                    yield key, kind


def looks_like_secret(value: Any, key: str) -> str | None:
    """Return what sort of secret a value looks like, or None.

    Args:
        value: a text, or a number.
        key: the name that it stands under, which may tell.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = value if isinstance(value, str) else str(value)
    if isinstance(value, str) and (kind := form_of_secret(text)):
        return kind
    return "a secret, by its name" if is_secret_name(key) and _is_value(text) else None


def option_before(text: str) -> str:
    """Return the name of an option that takes the next text of a list as its value: `--password`; empty for none."""
    return text.lstrip("-") if text.startswith("-") and "=" not in text and " " not in text else ""


@lru_cache(MOST_TEXTS)
def form_of_secret(text: str) -> str | None:
    """Return what sort of secret a text has the form of, or None; values are repeated, and looked at more than once."""
    if not _MAY_HOLD_SECRET.search(text):
        return None
    for kind, pattern in _patterns():
        if pattern.search(text):
            return kind
    for match in _ENCODED.finditer(text):
        decoded = _decoded(match[0])
        if decoded and any(pattern.search(decoded) for _, pattern in _patterns()):
            return "a secret in Base64"
    for match in _ASSIGNMENT.finditer(text):
        name, value = match["name"] or match["option"], match["value"] or match["given"]
        # Prose has colons, too: what stands behind one there is a word.
        is_prose = match["sign"] == ":" and not any(letter.isdigit() for letter in value)
        if is_secret_name(name) and not is_prose and _is_value(value):
            return "a secret, by the name before it"
    return None


def _decoded(text: str) -> str:
    """Return what a text in Base64 says; empty where it is no Base64, or says no plain text."""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        told = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode("ascii")
    except ValueError:
        return ""
    return told if told.isprintable() else ""


def credentials_in(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the credentials of an environment that a contract may hold nowhere: the variable's name by each form."""
    found: dict[str, str] = {}
    for name, value in environment.items():
        if looks_like_credential(name) and len(value) >= MIN_CREDENTIAL and any(one.isdigit() for one in value):
            encoded = base64.b64encode(value.encode()).decode().rstrip("=")
            found |= dict.fromkeys((value, quote(value, safe=""), encoded), name)
    return found


def _is_value(text: str) -> bool:
    """Return whether a text under the name of a secret is one, and not the place of one."""
    rest = _SECRET_REFERENCE.sub("", text)
    if rest != text:
        return len(rest.strip()) > AROUND_REFERENCE
    plain = text.strip()
    is_elsewhere = _DYNAMIC_VALUE.fullmatch(plain) or _VARIABLE.fullmatch(plain) or _READ_BY_CODE.match(plain)
    return len(plain) >= MIN_SECRET and not is_elsewhere and plain.lower() not in _PLAIN_WORDS


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return all patterns: our own, and those of the detect-secrets library that have a form of their own."""
    # Its detectors import it to verify secrets with the services, which is not done here.
    with deferred("requests"):
        from detect_secrets.plugins import (
            artifactory,
            aws,
            azure_storage_key,
            basic_auth,
            discord,
            github_token,
            gitlab_token,
            jwt,
            mailchimp,
            npm,
            openai,
            private_key,
            pypi_token,
            sendgrid,
            slack,
            square_oauth,
            stripe,
            telegram_token,
            twilio,
        )

    detectors = (
        artifactory.ArtifactoryDetector,
        aws.AWSKeyDetector,
        azure_storage_key.AzureStorageKeyDetector,
        basic_auth.BasicAuthDetector,
        discord.DiscordBotTokenDetector,
        github_token.GitHubTokenDetector,
        gitlab_token.GitLabTokenDetector,
        jwt.JwtTokenDetector,
        mailchimp.MailchimpDetector,
        npm.NpmDetector,
        openai.OpenAIDetector,
        private_key.PrivateKeyDetector,
        pypi_token.PypiTokenDetector,
        sendgrid.SendGridDetector,
        slack.SlackDetector,
        square_oauth.SquareOAuthDetector,
        stripe.StripeDetector,
        telegram_token.TelegramBotTokenDetector,
        twilio.TwilioKeyDetector,
    )
    known = ((f"a secret ({one.secret_type})", pattern) for one in detectors for pattern in one.denylist)
    return (*((kind, re.compile(pattern)) for kind, pattern in _OWN_PATTERNS), *known)
