from __future__ import annotations

from collections.abc import Iterator, Mapping

from pulumi_policy import Severity

from rolecall.contract.resource_names import ResourceKey, resource_keys
from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import FEDERATED_IDENTITY_CREDENTIAL, SERVICE_PRINCIPAL_FEDERATION_POLICY


def _subject(resource: Resource) -> str:
    path = "subject" if resource.type == FEDERATED_IDENTITY_CREDENTIAL else "oidcPolicy.subject"
    return str(resource.properties.read(path) or "")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    subject = _subject(resource)
    how = "Name one subject in full, say repo:ORGANIZATION/REPOSITORY:environment:ENVIRONMENT."
    if not subject:
        yield Finding("it names no subject, so that every token of the issuer is trusted", how)
    elif "*" in subject:
        yield Finding(f"subject {subject!r} has a wildcard", how)
    elif "pull_request" in subject and (there := context.production_of(resource)):
        what = f"subject {subject!r} allows every pull request to act in {', '.join(sorted(there))}, which is protected"
        yield Finding(what, "Name a protected branch, a tag, or an environment of the repository.")
    yield from _is_the_contracts(resource, context)


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
        # Outside the engine its owner is unknown: any principal of the contract.
        return frozenset().union(*workloads.values())
    around = resource_keys(resource.urn)
    names = [
        key
        for key in workloads
        for stack, kind, name in around
        if (stack, kind) == key[:2] and (name == key[2] or name.startswith(f"{key[2]}-"))
    ]
    return workloads[max(names, key=lambda key: len(key[2]))] if names else frozenset()


RULE = Rule(
    "federation-names-one-workload",
    "A federation policy trusts exactly one subject, no pull request in production, and what a contract declares.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dev-tools/auth/oauth-federation-policy.html",
    (Theme.CREDENTIALS, Theme.LEAST_PRIVILEGE),
    (SERVICE_PRINCIPAL_FEDERATION_POLICY, FEDERATED_IDENTITY_CREDENTIAL),
    _check,
    Example(
        SERVICE_PRINCIPAL_FEDERATION_POLICY,
        compliant.FEDERATION,
        (
            put("oidcPolicy.subject", "repo:acme/*"),
            put("oidcPolicy.subject", ""),
            without("oidcPolicy.subject"),
        ),
        ("oidcPolicy", "oidcPolicy.subject"),
    ),
)
