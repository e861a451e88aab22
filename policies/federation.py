"""Rules on workloads that act without keys: whose tokens are trusted, and for whom they are meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.contract.resource_names import ResourceKey, resource_keys
from rolecall.policies.context import Context
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    ACCOUNT_FEDERATION_POLICY,
    FEDERATED_IDENTITY_CREDENTIAL,
    SERVICE_PRINCIPAL_FEDERATION_POLICY,
)

SOURCE = "https://docs.databricks.com/en/dev-tools/auth/oauth-federation-policy.html"


def _subject(resource: Resource) -> str:
    path = "subject" if resource.type == FEDERATED_IDENTITY_CREDENTIAL else "oidcPolicy.subject"
    return str(resource.properties.read(path) or "")


def _names_one_workload(resource: Resource, context: Context) -> Iterator[Finding]:
    subject = _subject(resource)
    how = "Name one subject in full, say repo:ORGANIZATION/REPOSITORY:environment:ENVIRONMENT."
    if not subject:
        yield Finding("it names no subject, so that every token of the issuer is trusted", how)
    elif "*" in subject:
        yield Finding(f"subject {subject!r} has a wildcard", how)
    elif "pull_request" in subject and resource.stack in context.protected:
        what = f"subject {subject!r} lets every pull request act in {resource.stack}, which is protected"
        yield Finding(what, "Name a protected branch, a tag, or an environment of the repository.")
    yield from _is_the_contracts(resource, context)


def _by_the_usual_claim(resource: Resource, context: Context) -> Iterator[Finding]:
    """Another claim is the same in the tokens of many workloads, whatever its value is called."""
    issuer = str(resource.properties.read("oidcPolicy.issuer") or "")
    if issuer.rstrip("/") in {one.rstrip("/") for one in context.account_issuers}:
        return  # it names people, by the claim that the identity provider has for them
    claim = resource.properties.read("oidcPolicy.subjectClaim")
    if claim not in (None, "", "sub"):
        how = "Leave subjectClaim out: the subject is then the claim `sub`, which names one workload."
        yield Finding(f"its subject is compared with the claim {claim!r}, which other workloads have too", how)


def _is_the_contracts(resource: Resource, context: Context) -> Iterator[Finding]:
    """Compare with the workloads of the contract; a program beside it declares none."""
    if context.workloads is None:
        return
    path = "" if resource.type == FEDERATED_IDENTITY_CREDENTIAL else "oidcPolicy."
    issuer = str(resource.properties.read(f"{path}issuer") or "")
    declared = _workloads_of(resource, context.workloads)
    if (issuer, _subject(resource)) not in declared:
        how = "Declare it in the contract: `federation` of the service principal, with an issuer of the contract."
        yield Finding(f"the contract lets no workload {_subject(resource)!r} of {issuer} act as this principal", how)


def _workloads_of(
    resource: Resource, workloads: Mapping[ResourceKey, frozenset[tuple[str, str]]]
) -> frozenset[tuple[str, str]]:
    """Return the workloads of the service principal whose component a resource is in, and is called after."""
    if not resource.urn:
        # Outside the engine nothing says whose it is: any principal's of the contract.
        return frozenset().union(*workloads.values())
    around = resource_keys(resource.urn)
    names = [
        key
        for key in workloads
        for stack, kind, name in around
        if (stack, kind) == key[:2] and (name == key[2] or name.startswith(f"{key[2]}-"))
    ]
    return workloads[max(names, key=lambda key: len(key[2]))] if names else frozenset()


def _keys_are_the_issuers(resource: Resource, context: Context) -> Iterator[Finding]:
    issuer = urlsplit(str(resource.properties.read("oidcPolicy.issuer") or ""))
    address = resource.properties.read("oidcPolicy.jwksUri")
    if context.workloads is not None and resource.properties.is_set("oidcPolicy.jwksJson"):
        how = "Leave jwksJson out: Databricks asks the issuer for its keys."
        yield Finding("its tokens are checked with keys that the program brings along", how)
    if address and urlsplit(str(address))[:2] != issuer[:2]:
        how = "Leave jwksUri out: Databricks asks the issuer where its keys are."
        yield Finding(f"its tokens are checked with keys from {address}, which is not its issuer's address", how)


def _names_its_audience(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.type == FEDERATED_IDENTITY_CREDENTIAL:
        audience = resource.properties.read("audience")
    else:
        audience = resource.properties.read("oidcPolicy.audiences")
    if not audience:
        how = "Name the audience that the workload asks its issuer for; a token for another service must not do here."
        yield Finding("it names no audience", how)


def _issuer_is_encrypted(resource: Resource, context: Context) -> Iterator[Finding]:
    path = "issuer" if resource.type == FEDERATED_IDENTITY_CREDENTIAL else "oidcPolicy.issuer"
    address = urlsplit(str(resource.properties.read(path) or ""))
    # Emulators and tests serve their own issuer on this machine.
    if address.scheme != "https" and address.hostname not in ("localhost", "127.0.0.1", "::1"):
        how = "Write the issuer's address with https: whoever is on the way could serve other keys."
        yield Finding(f"the keys of issuer {address.geturl() or 'none'} come over an unencrypted connection", how)


def _keys_are_fetched(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("oidcPolicy.jwksJson"):
        how = "Leave jwksJson out: Databricks fetches the issuer's keys, and notices when one is withdrawn."
        yield Finding("it pins the issuer's keys, so that a withdrawn one is still trusted", how)


RULES = (
    Rule(
        "federation-names-one-workload",
        "A federation policy trusts exactly one subject, no pull request in production, and what a contract declares.",
        (SERVICE_PRINCIPAL_FEDERATION_POLICY, FEDERATED_IDENTITY_CREDENTIAL),
        _names_one_workload,
        Severity.CRITICAL,
        SOURCE,
    ),
    Rule(
        "federation-by-the-usual-claim",
        "A federation policy compares its subject with the claim that names one workload.",
        (SERVICE_PRINCIPAL_FEDERATION_POLICY, ACCOUNT_FEDERATION_POLICY),
        _by_the_usual_claim,
        Severity.CRITICAL,
        SOURCE,
        PolicyConfigSchema(
            properties={"account_issuers": {"type": "array", "items": {"type": "string"}, "default": []}}
        ),
    ),
    Rule(
        "federation-keys-are-the-issuers",
        "Tokens are checked with keys from their issuer's own address.",
        (SERVICE_PRINCIPAL_FEDERATION_POLICY, ACCOUNT_FEDERATION_POLICY),
        _keys_are_the_issuers,
        Severity.CRITICAL,
        SOURCE,
    ),
    Rule(
        "federation-names-its-audience",
        "A federation policy says for whom the tokens that it trusts have to be meant.",
        (SERVICE_PRINCIPAL_FEDERATION_POLICY, ACCOUNT_FEDERATION_POLICY, FEDERATED_IDENTITY_CREDENTIAL),
        _names_its_audience,
        Severity.HIGH,
        SOURCE,
    ),
    Rule(
        "federation-issuer-is-encrypted",
        "An issuer's keys come over an encrypted connection.",
        (SERVICE_PRINCIPAL_FEDERATION_POLICY, ACCOUNT_FEDERATION_POLICY, FEDERATED_IDENTITY_CREDENTIAL),
        _issuer_is_encrypted,
        Severity.CRITICAL,
        "https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig",
    ),
)
COMPLIANCE_RULES = (
    Rule(
        "federation-fetches-keys",
        "An issuer's keys are fetched from it, so that a withdrawn one is not trusted any more.",
        (SERVICE_PRINCIPAL_FEDERATION_POLICY, ACCOUNT_FEDERATION_POLICY),
        _keys_are_fetched,
        Severity.MEDIUM,
        SOURCE,
    ),
)
