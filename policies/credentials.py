"""Rules on secrets and keys in what is declared: they are referred to, never written down."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.contract.secrets import looks_like_secret
from rolecall.policies.context import Context
from rolecall.policies.everybody import is_everybody
from rolecall.policies.properties import texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    CLUSTER,
    CLUSTER_POLICY,
    CONNECTION,
    CREDENTIAL,
    GIT_CREDENTIAL,
    GLOBAL_INIT_SCRIPT,
    METASTORE_DATA_ACCESS,
    MODEL_SERVING,
    MWS_WORKSPACES,
    PERMISSIONS,
    PIPELINE,
    PROVISIONED_THROUGHPUT,
    SECRET,
    SECRET_SCOPE,
    SECRET_UC,
    STORAGE_CREDENTIAL,
)

SECRETS = "https://docs.databricks.com/en/security/secrets/index.html"
REFERENCE = "Put it into a secret scope and refer to it: {{secrets/SCOPE/KEY}}. Then revoke it: it has been read."
# Keys in a storage credential, by the cloud's kind of identity.
KEYS = (
    "azureServicePrincipal.clientSecret",
    "cloudflareApiToken.secretAccessKey",
    "gcpServiceAccountKey.privateKey",
)
# Options of a connection that are passwords: https://docs.databricks.com/en/query-federation/index.html.
PASSWORDS = ("password", "personalAccessToken", "client_secret", "bearer_token", "pem_private_key", "access_token")


def _compute_holds_no_secret(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, text in texts(resource.values):
        if kind := looks_like_secret(text, path.rsplit(".", 1)[-1]):
            yield Finding(f"{path} looks like {kind}", REFERENCE)


def _serving_keys_by_reference(resource: Resource, context: Context) -> Iterator[Finding]:
    resource.properties.read("config.servedEntities")
    for path, _ in texts(resource.values):
        if path.endswith("Plaintext"):
            how = "Use the property without `Plaintext`, and write {{secrets/SCOPE/KEY}}. Then revoke the key."
            yield Finding(f"{path} holds a provider's key itself", how)


def _no_git_token(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("personalAccessToken"):
        how = "Link the Git provider's app, or let jobs read a repository by federation."
        yield Finding("it holds a person's token for the Git provider, which lasts and may write", how)


def _no_storage_keys(resource: Resource, context: Context) -> Iterator[Finding]:
    for path in KEYS:
        if resource.properties.is_set(path):
            how = "Use an IAM role, an access connector's managed identity, or a Databricks service account."
            yield Finding(f"{path} is a key that lasts", how)


def _no_connection_password(resource: Resource, context: Context) -> Iterator[Finding]:
    options = resource.properties.within("options")
    for name in PASSWORDS:
        if options is not None and options.is_set(name):
            how = "Use a connection that signs in with OAuth, or keep the password in a secret and rotate it."
            yield Finding(f"options.{name} is a password that lasts, and stays in the state", how)


def _secret_value_not_declared(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Declare the scope only; a rotation writes the value, so that no state and no program has it."
    yield Finding("it declares a secret's value", how)


def _scope_not_for_everybody(resource: Resource, context: Context) -> Iterator[Finding]:
    if is_everybody(resource.properties.read("initialManagePrincipal")):
        how = "Leave initialManagePrincipal out, and give READ to the principals whose jobs need it."
        yield Finding("everybody in the workspace may read and change its secrets", how)


def _workspace_makes_no_token(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("token"):
        yield Finding("it makes a token for the new workspace", "Leave `token` out, and sign in with OAuth.")


def _no_passwords(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("authorization") == "passwords":
        how = "Take it out: people sign in through the identity provider, which asks for a second factor."
        yield Finding("it lets somebody sign in with a password", how)


def _no_tokens_for_everybody(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("authorization") != "tokens":
        return
    for entry in resource.properties.items("accessControls"):
        if is_everybody(entry.read("groupName")) or entry.is_set("userName"):
            how = "Let service principals and small groups only, or better nobody, make tokens."
            yield Finding(f"{entry.path} lets {entry.read('groupName') or 'a person'} make personal tokens", how)


RULES = (
    Rule(
        "compute-holds-no-secret",
        "No secret stands in the configuration of compute, pipelines, model serving or scripts.",
        (CLUSTER, CLUSTER_POLICY, PIPELINE, MODEL_SERVING, GLOBAL_INIT_SCRIPT),
        _compute_holds_no_secret,
        Severity.CRITICAL,
        SECRETS,
    ),
    Rule(
        "serving-keys-by-reference",
        "Keys of external models are references to secrets.",
        (MODEL_SERVING, PROVISIONED_THROUGHPUT),
        _serving_keys_by_reference,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/generative-ai/external-models/index.html",
    ),
    Rule(
        "no-personal-git-token",
        "No person's token for a Git provider is declared.",
        (GIT_CREDENTIAL,),
        _no_git_token,
        Severity.HIGH,
        "https://docs.databricks.com/en/repos/get-access-tokens-from-git-provider.html",
    ),
    Rule(
        "storage-credential-without-keys",
        "Storage is reached by an identity of the cloud, never by a key.",
        (STORAGE_CREDENTIAL, CREDENTIAL, METASTORE_DATA_ACCESS),
        _no_storage_keys,
        Severity.HIGH,
        "https://docs.databricks.com/en/connect/unity-catalog/cloud-storage/storage-credentials.html",
    ),
    Rule(
        "secret-scope-not-for-everybody",
        "No secret scope is managed by everybody.",
        (SECRET_SCOPE,),
        _scope_not_for_everybody,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/security/auth/access-control/index.html#secret-acls",
    ),
    Rule(
        "workspace-makes-no-token",
        "No token is made with a workspace.",
        (MWS_WORKSPACES,),
        _workspace_makes_no_token,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/dev-tools/auth/pat.html",
    ),
    Rule(
        "no-sign-in-with-password",
        "Nobody signs in to a workspace with a password.",
        (PERMISSIONS,),
        _no_passwords,
        Severity.HIGH,
        "https://docs.databricks.com/en/security/auth/single-sign-on/index.html",
    ),
    Rule(
        "personal-tokens-not-for-everybody",
        "Neither everybody nor a single person may make personal access tokens.",
        (PERMISSIONS,),
        _no_tokens_for_everybody,
        Severity.HIGH,
        "https://docs.databricks.com/en/security/auth/api-access-permissions.html",
    ),
    Rule(
        "secret-value-not-declared",
        "Values of secrets are in no program and no state.",
        (SECRET, SECRET_UC),
        _secret_value_not_declared,
        Severity.MEDIUM,
        SECRETS,
    ),
    Rule(
        "connection-without-password",
        "Connections to other databases hold no password.",
        (CONNECTION,),
        _no_connection_password,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/query-federation/index.html",
    ),
)
