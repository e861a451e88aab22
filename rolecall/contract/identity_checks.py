"""What must hold of groups and of workloads that act without keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from rolecall.contract.account_roles import holders_of_roles
from rolecall.contract.contract import Contract
from rolecall.contract.group import Group
from rolecall.contract.group_roles import FIELDS
from rolecall.contract.problems import known
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.kinds.service_principal import Federation

# https://docs.databricks.com/en/resources/limits.html: levels of nested groups.
MAX_LEVELS = 10
# https://docs.databricks.com/en/dev-tools/auth/oauth-federation-policy.html: policies of a service principal; federated
# credentials of an application in Entra are as many.
MAX_FEDERATION = 20
# The name of the identity provider's own issuer.
IDENTITY = "identity"


def check_identity(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield everything that is wrong with groups, provisioning and federation."""
    yield from _previewer(contract, places)
    yield from _provisioning(contract, places)
    for name, group in contract.groups.items():
        yield from _group(contract, name, group, places)
    for path, holders in holders_of_roles(contract):
        for position, holder in enumerate(holders):
            yield from known("group", holder, contract.groups, places, (*path, position))
    yield from _cycles(contract.groups, places)
    for index, override in enumerate(contract.removal_overrides):
        if override.group is not None:
            yield from known("group", override.group, contract.groups, places, ("removal_overrides", index, "group"))
    yield from _federation(contract, places)
    yield from _shared_subjects(contract, places)


def _previewer(contract: Contract, places: Places) -> Iterator[Problem]:
    deployer, previewer = contract.databricks.deployer, contract.databricks.previewer
    if previewer is not None and previewer.casefold() == deployer.casefold():
        yield Problem(
            "previewer-is-deployer",
            places.of("databricks", "previewer"),
            f"the previewer is {previewer}, the deployer, who may write",
            "Write the application id of a service principal that may only read, or take the line out.",
        )


def _provisioning(contract: Contract, places: Places) -> Iterator[Problem]:
    identity, mode = contract.identity, contract.databricks.provisioning
    at: Path = ("databricks", "provisioning")
    if identity is None:
        if mode != "scim":
            what = f"provisioning is {mode}, but the contract names no identity provider"
            yield Problem("missing-key", places.of(*at), what, "Add `identity: {provider: …, issuer: …}`.")
        return
    if mode == "scim" and identity.application is None:
        what = "the identity provider pushes groups to Databricks, but `identity` does not say by which application"
        how = "Add `application: ID`, or say `provisioning: rolecall` under `databricks`."
        yield Problem("missing-key", places.of("identity"), what, how)


def _group(contract: Contract, name: str, group: Group, places: Places) -> Iterator[Problem]:
    at: Path = ("groups", name)
    for position, inner in enumerate(group.includes):
        yield from known("group", inner, contract.groups, places, (*at, "includes", position))
    for field in FIELDS.values():
        for position, holder in enumerate(getattr(group, field) or []):
            yield from known("group", holder, contract.groups, places, (*at, field, position))
    if group.includes and contract.identity is None:
        what = f"group {name!r} includes others, but the contract names no identity provider that could keep it so"
        yield Problem("missing-key", places.of(*at, "includes"), what, "Add `identity: {provider: …, issuer: …}`.")
    if group.members is not None:
        if contract.break_glass is None or contract.break_glass.group != name:
            what = f"group {name!r} lists persons; only the break-glass group may"
            how = "Put people into groups in the identity provider; rights follow groups."
            yield Problem("persons-in-group", places.of(*at, "members"), what, how)
        if group.includes:
            what = f"group {name!r} lists members and includes groups: two writers on one membership"
            yield Problem("declared-twice", places.of(*at, "members"), what, "Keep one of both.")
        if contract.identity is None:
            what = f"group {name!r} lists members, but the contract names no identity provider"
            yield Problem("missing-key", places.of(*at, "members"), what, "Add `identity: {provider: …, issuer: …}`.")


def _cycles(groups: Mapping[str, Group], places: Places) -> Iterator[Problem]:
    """Name each group that is in itself, and each that is nested too deep, once."""
    reported: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> Iterator[Problem]:
        if name in above:
            ring = (*above[above.index(name) :], name)
            if not reported & set(ring):
                reported.update(ring)
                what = f"groups include one another: {' → '.join(ring)}"
                yield Problem("group-cycle", places.of("groups", name, "includes"), what, "Take one of them out.")
            return
        if len(above) >= MAX_LEVELS:
            if above[0] not in reported:
                reported.add(above[0])
                what = f"group {above[0]!r} is nested more than {MAX_LEVELS} levels deep"
                yield Problem("nested-too-deep", places.of("groups", above[0]), what, "Databricks allows no more.")
            return
        for inner in groups[name].includes if name in groups else ():
            yield from walk(inner, (*above, name))

    for name in groups:
        yield from walk(name, ())


def _federation(contract: Contract, places: Places) -> Iterator[Problem]:
    issuers = issuer_addresses(contract)
    for project, declared in contract.projects.items():
        for key, principal in declared.service_principals.items():
            at: Path = ("projects", project, "service_principals", key)
            for index, one in enumerate(principal.federation):
                where: Path = (*at, "federation", index)
                yield from known("issuer", one.issuer, issuers, places, (*where, "issuer"))
                for position, environment in enumerate(one.in_ or []):
                    yield from known(
                        "environment", environment, contract.environments, places, (*where, "in", position)
                    )
                yield from _subject(contract, one, places, where)
            for environment in contract.environments:
                count = len(principal.federation_in(environment))
                if count > MAX_FEDERATION:
                    what = f"service principal {key!r} has {count} workloads in {environment}"
                    how = f"Databricks allows {MAX_FEDERATION} federation policies: split it by job."
                    yield Problem("too-many-federation-policies", places.of(*at, "federation"), what, how)


def _subject(contract: Contract, one: Federation, places: Places, where: Path) -> Iterator[Problem]:
    """Refuse subjects that more than one workload has."""
    protected = [
        name
        for name, stage in contract.environments.items()
        if stage.protected and (one.in_ is None or name in one.in_)
    ]
    if "*" in one.subject:
        what = f"subject {one.subject!r} has a wildcard; Databricks and Entra compare subjects exactly"
        yield Problem("wildcard-subject", places.of(*where, "subject"), what, "Name one subject in full.")
    # A part of its own: a repository or a branch may be called so (docs.github.com, "Example subject claims").
    if protected and "pull_request" in one.subject.split(":"):
        what = f"subject {one.subject!r} allows every pull request to act in {protected[0]}, which is protected"
        how = "Name a protected branch, a tag, or an environment of the repository."
        yield Problem("pull-request-subject", places.of(*where, "subject"), what, how)


def _shared_subjects(contract: Contract, places: Places) -> Iterator[Problem]:
    """Refuse one workload that may act in a protected environment and in one that is not."""
    found: dict[tuple[str, str], dict[bool, tuple[str, Path]]] = defaultdict(dict)
    for project, declared in contract.projects.items():
        for key, principal in declared.service_principals.items():
            for environment, stage in contract.environments.items():
                for one in principal.federation_in(environment):
                    index = principal.federation.index(one)
                    at: Path = ("projects", project, "service_principals", key, "federation", index)
                    workload = (one.issuer, one.subject_in(environment))
                    found[workload].setdefault(stage.protected, (environment, at))
    for (_, subject), by_protection in found.items():
        if len(by_protection) > 1:
            (safe, _), (other, at) = by_protection[True], by_protection[False]
            what = f"one workload, {subject!r}, may act in {safe}, which is protected, and in {other}"
            how = "Give each environment its own subject, say with {environment} in it."
            yield Problem("subject-shared-with-protected", places.of(*at, "subject"), what, how)


def issuer_addresses(contract: Contract) -> dict[str, str]:
    """Return the address of each issuer by its name; the identity provider's own is called `identity`."""
    own = {IDENTITY: contract.identity.issuer} if contract.identity else {}
    return {**own, **{name: issuer.address for name, issuer in contract.issuers.items()}}
