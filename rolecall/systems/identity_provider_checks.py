"""Checks of a contract's identity provider: it is installed, and has the features that the contract uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rolecall.access.observation import Role
from rolecall.contract import LoadedContract
from rolecall.contract.problems import one_of
from rolecall.errors import Problem
from rolecall.systems.registry import BY_NAME, SYSTEMS
from rolecall.systems.spec import IdentityFeatures, SystemSpec

IDENTITY_PROVIDERS: tuple[str, ...] = tuple(spec.name for spec in SYSTEMS if spec.role is Role.IDENTITY_PROVIDER)


def check_identity_provider(loaded: LoadedContract) -> Iterator[Problem]:
    """Yield a problem for an unknown identity provider, and for each missing feature."""
    identity = loaded.contract.identity
    if identity is not None and identity.provider not in IDENTITY_PROVIDERS:
        place = loaded.places.of("identity", "provider")
        what = f"there is no identity provider {identity.provider!r}"
        yield Problem("wrong-value", place, what, one_of(identity.provider, IDENTITY_PROVIDERS))
        return
    spec = BY_NAME[identity.provider] if identity is not None else None
    features = spec.identity if spec is not None and spec.identity is not None else IdentityFeatures()
    title = spec.title if spec is not None else "none"
    if spec is not None:
        yield from _provisioning(loaded, spec, features)
    for project, declared in loaded.contract.projects.items():
        for key, principal in declared.service_principals.items():
            if principal.azure and not features.azure:
                place = loaded.places.of("projects", project, "service_principals", key, "azure")
                able = _able(lambda one: one.azure)
                what = f"service principal {key!r} needs Azure, which needs {able}; the identity provider is {title}"
                yield Problem("wrong-value", place, what, "Remove `azure: true`.")


def _provisioning(loaded: LoadedContract, spec: SystemSpec, features: IdentityFeatures) -> Iterator[Problem]:
    contract, places = loaded.contract, loaded.places
    mode = contract.databricks.provisioning
    if mode == "automatic" and not features.automatic:
        able = _able(lambda one: one.automatic)
        what = f"automatic identity management supports {able}; the identity provider is {spec.title}"
        yield Problem("wrong-value", places.of("databricks", "provisioning"), what, "Write scim or rolecall.")
    if mode == "scim" and not features.pushes_nested:
        for name, group in contract.groups.items():
            if group.includes:
                what = (
                    f"group {name!r} includes others, and {spec.title} provisions only direct members to Databricks: "
                    "its members would differ between the two"
                )
                how = "Write `provisioning: automatic` or `rolecall` under `databricks`, or include no groups here."
                yield Problem("nesting-not-provisioned", places.of("groups", name, "includes"), what, how)


def _able(has: Callable[[IdentityFeatures], bool]) -> str:
    """Return the titles of the installed identity providers that have a feature."""
    titles = [spec.title for spec in SYSTEMS if spec.identity is not None and has(spec.identity)]
    return " or ".join(titles) or "no installed identity provider"
