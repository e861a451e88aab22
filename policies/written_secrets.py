"""Rules on secrets wherever a program can write them down: files, notebooks, webhooks, connections, custom apps."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies.context import MAX_TOKEN_DAYS, Context
from rolecall.policies.properties import Properties
from rolecall.policies.rule import EVERY_TYPE, Finding, Resource, Rule
from rolecall.policies.sources import content_of
from rolecall.policies.texts import secret_like, secrets_in
from rolecall.policies.types import (
    AI_MCP_SERVICE,
    AI_MODEL_SERVICE,
    AI_PROVIDER_SERVICE,
    CLUSTER,
    CUSTOM_APP,
    DATABASE_INSTANCE,
    FILE,
    INSTANCE_POOL,
    KAFKA_CONFIG,
    METASTORE_PROVIDER,
    MLFLOW_WEBHOOK,
    NOTEBOOK,
    NOTIFICATION_DESTINATION,
    SECRET,
    SECRET_UC,
    WORKSPACE_FILE,
)

SECRETS = "https://docs.databricks.com/en/security/secrets/index.html"
REFERENCE = "Put it into a secret scope and refer to it: {{secrets/SCOPE/KEY}}. Then revoke it: it has been read."
# Types whose values are secrets by nature; `secret-value-not-declared` refuses them.
_OWN_RULE = frozenset({SECRET, SECRET_UC})
# What a webhook or a notification signs in with; a Slack or Teams address is a secret by itself.
_WEBHOOK = (
    "httpUrlSpec.secret",
    "httpUrlSpec.authorization",
    "jobSpec.accessToken",
    "config.genericWebhook.password",
    "config.slack.oauthToken",
    "config.pagerduty.integrationKey",
    "config.microsoftTeams.authSecret",
)
_ADDRESSES = ("httpUrlSpec.url", "config.genericWebhook.url", "config.slack.url", "config.microsoftTeams.url")
_MINUTES_A_DAY = 24 * 60
LOCAL = ("localhost", "127.0.0.1", "::1")


def _holds_no_secret(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.type in _OWN_RULE:
        return
    for path, kind in secrets_in(resource.values):
        yield Finding(f"{path} looks like {kind}", REFERENCE)


def _file_holds_no_secret(resource: Resource, context: Context) -> Iterator[Finding]:
    source = resource.properties.read("source")
    if source is None:
        return
    content = content_of(source)
    if content is None:
        how = "Use a path from the project's folder, or write contentBase64."
        yield Finding(f"the file {source!r} cannot be read here, so its content is unknown", how)
    elif kind := secret_like(content, "content"):
        yield Finding(f"the file {source!r} holds what looks like {kind}", REFERENCE)


def _webhook_holds_no_secret(resource: Resource, context: Context) -> Iterator[Finding]:
    for path in _WEBHOOK:
        if resource.properties.is_set(path):
            how = "Set it by hand, or by a rotation, so that no program and no state has it."
            yield Finding(f"{path} is a secret that lasts", how)
    if resource.properties.read("httpUrlSpec.enableSslVerification") is False:
        yield Finding("it does not check whom it sends to", "Leave enableSslVerification out.")
    for path in _ADDRESSES:
        if str(resource.properties.read(path) or "").lower().startswith("http:"):
            yield Finding(f"{path} is sent over an unencrypted connection", "Write an address with https.")


def _app_is_public_and_short(resource: Resource, context: Context) -> Iterator[Finding]:
    properties = resource.properties
    if properties.read("confidential") or properties.is_set("clientSecret"):
        how = "Write confidential: false; an app that people sign in to needs no secret (OAuth with PKCE)."
        yield Finding("it makes a client secret that lasts", how)
    for address in properties.read("redirectUrls") or []:
        parts = urlsplit(str(address))
        if "*" in str(address) or (parts.scheme != "https" and parts.hostname not in LOCAL):
            yield Finding(f"it sends people's codes to {address}", "Name an address in full, with https.")
    limit = context.max_token_days * _MINUTES_A_DAY
    for name in ("refreshTokenTtlInMinutes", "absoluteSessionLifetimeInMinutes", "accessTokenTtlInMinutes"):
        minutes = properties.read(f"tokenAccessPolicy.{name}")
        most = _MINUTES_A_DAY if name.startswith("access") else limit
        if minutes is not None and float(minutes) > most:
            yield Finding(f"{name} is {minutes}", f"Allowed: up to {most} minutes.")


def _image_has_no_password(resource: Resource, context: Context) -> Iterator[Finding]:
    for image in _images(resource):
        if image.is_set("basicAuth"):
            how = "Let the cloud's identity fetch the image, or use a registry of the workspace."
            yield Finding(f"{image.path}.basicAuth is a password for a registry", how)


def _image_is_pinned(resource: Resource, context: Context) -> Iterator[Finding]:
    for image in _images(resource):
        address = str(image.read("url") or "")
        tag = address.rpartition("/")[2].partition(":")[2]
        if "@sha256:" not in address and tag in ("", "latest", "stable", "main", "master"):
            yield Finding(f"{image.path} is whatever {address!r} is on that day", "Write its digest, @sha256:….")


def _images(resource: Resource) -> Iterator[Properties]:
    if resource.type == INSTANCE_POOL:
        yield from resource.properties.items("preloadedDockerImages")
    elif image := resource.properties.within("dockerImage"):
        yield image


def _no_profile(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Let the other organization write the token into Databricks itself, or share by OIDC."
    yield Finding("it writes down a token of another organization", how)


def _no_native_login(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("enablePgNativeLogin"):
        yield Finding("people sign in with passwords of the database", "Leave enablePgNativeLogin out.")


def _no_key_of_a_provider(resource: Resource, context: Context) -> Iterator[Finding]:
    resource.properties.read("config")
    for path in _plaintexts(resource.values.get("config"), "config"):
        yield Finding(f"{path} is a provider's key", "Use a service credential of Unity Catalog.")


def _plaintexts(value: object, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "plaintext" and item:
                yield f"{path}.{name}"
            else:
                yield from _plaintexts(item, f"{path}.{name}")


RULES = (
    Rule(
        "nothing-holds-a-secret",
        "No property, file or notebook holds a secret.",
        EVERY_TYPE,
        _holds_no_secret,
        Severity.CRITICAL,
        SECRETS,
    ),
    Rule(
        "files-hold-no-secret",
        "No file that is uploaded holds a secret.",
        (NOTEBOOK, WORKSPACE_FILE, FILE),
        _file_holds_no_secret,
        Severity.CRITICAL,
        SECRETS,
    ),
    Rule(
        "webhook-holds-no-secret",
        "Webhooks and notifications carry no secret, and go over encrypted connections.",
        (MLFLOW_WEBHOOK, NOTIFICATION_DESTINATION),
        _webhook_holds_no_secret,
        Severity.HIGH,
        "https://docs.databricks.com/en/mlflow/model-registry-webhooks.html",
    ),
    Rule(
        "custom-app-without-secret",
        "An app that signs people in has no secret, and its tokens end.",
        (CUSTOM_APP,),
        _app_is_public_and_short,
        Severity.HIGH,
        "https://docs.databricks.com/en/integrations/enable-disable-oauth.html",
        PolicyConfigSchema(properties={"max_token_days": {"type": "integer", "minimum": 1, "default": MAX_TOKEN_DAYS}}),
    ),
    Rule(
        "images-without-password",
        "No password for a registry of images is written down.",
        (INSTANCE_POOL, CLUSTER),
        _image_has_no_password,
        Severity.HIGH,
        "https://docs.databricks.com/en/compute/custom-containers.html",
    ),
    Rule(
        "images-are-pinned",
        "An image is named by its digest or by a version.",
        (INSTANCE_POOL, CLUSTER),
        _image_is_pinned,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/compute/custom-containers.html",
    ),
    Rule(
        "no-token-of-another-organization",
        "No token of a data provider is written down.",
        (METASTORE_PROVIDER,),
        _no_profile,
        Severity.HIGH,
        "https://docs.databricks.com/en/delta-sharing/read-data-open.html",
    ),
    Rule(
        "no-native-database-login",
        "No database is accessed with a password.",
        (DATABASE_INSTANCE,),
        _no_native_login,
        Severity.HIGH,
        "https://docs.databricks.com/en/oltp/instances/authentication.html",
    ),
    Rule(
        "gateway-holds-no-key",
        "A gateway to models of others holds no key.",
        (AI_PROVIDER_SERVICE, AI_MODEL_SERVICE, AI_MCP_SERVICE, KAFKA_CONFIG),
        _no_key_of_a_provider,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/ai-gateway/index.html",
    ),
)
