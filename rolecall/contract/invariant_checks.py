"""Checks of invariants: names that exist, powers that the objects know, and objects at all."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.contract.invariant import Invariant, Power, What, listed
from rolecall.contract.naming import ALL_USERS
from rolecall.contract.objects import Declared, objects_of, tags_of
from rolecall.contract.problems import known
from rolecall.contract.schema_checks import parts_of
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.job import JobBase
from rolecall.kinds.registry import BY_NAME, KINDS, SECTIONS

# The lowest verb that changes something.
CHANGES = Verb.EDIT


def check_invariants(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield what is wrong with the invariants themselves."""
    seen: set[str] = set()
    for index, one in enumerate(contract.invariants):
        at: Path = ("invariants", index)
        if one.id in seen:
            what = f"two invariants are called {one.id!r}"
            yield Problem("declared-twice", places.of(*at, "id"), what, "Rename one of them.")
        seen.add(one.id)
        names = [*_who(contract, one, places, at), *_names(contract, one.never.what, places, (*at, "never", "what"))]
        yield from names
        if not names:
            yield from _objects(contract, one, places, at)


def _who(contract: Contract, one: Invariant, places: Places, at: Path) -> Iterator[Problem]:
    who = one.never.who
    principals = [f"{name}/{key}" for name, its in contract.projects.items() for key in its.service_principals]
    allowed = [*contract.groups, *ALL_USERS, *principals, *(f"{name}/*" for name in contract.projects)]
    for key, names in (("outside", who.outside), ("inside", who.inside)):
        for position, name in enumerate(names or []):
            # A person is known only where an identity provider is read.
            if "@" not in name or name in contract.groups:
                yield from known("group", name, allowed, places, (*at, "never", "who", key, position))
    powers = list(one.never.powers())
    place = (*at, "never", "can")
    if not powers:
        yield Problem("wrong-value", places.of(*place), "`can` is an empty list", "Write a verb, for example `change`.")
    elif who.same and len(set(powers)) < 2:
        what = f"`same` is about one who may do several things, and `can` names only {powers[0]}"
        yield Problem("wrong-value", places.of(*place), what, "Write two or more: `can: [approve, run]`.")


def _names(contract: Contract, what: What, places: Places, at: Path) -> Iterator[Problem]:
    objects = {
        f"{name}/{key}"
        for name, its in contract.projects.items()
        for kind in (SECTIONS if what.object is not None else ())
        for key in BY_NAME[kind].objects(its)
    }
    tables = (
        ("environment", what.environment, contract.environments),
        ("project", what.project, contract.projects),
        ("object", what.object, objects),
    )
    for noun, written, allowed in tables:
        for position, name in enumerate(listed(written)):
            path = (*at, noun, position) if isinstance(written, list) else (*at, noun)
            yield from known(noun, name, allowed, places, path)


def _objects(contract: Contract, one: Invariant, places: Places, at: Path) -> Iterator[Problem]:
    targets = targets_of(contract, one.never.what)
    if not targets:
        how = "Nothing would ever break it. Correct it, or take it out until there is such an object."
        what = f"invariant {one.id!r} is about no object of the contract"
        yield Problem("invariant-about-nothing", places.of(*at, "never", "what"), what, how)
        return
    for position, power in enumerate(one.never.powers()):
        if not any(_knows(contract, target, power) for target in targets):
            path = (*at, "never", "can", position) if isinstance(one.never.can, list) else (*at, "never", "can")
            what = f"no subject can {power} any of the {len(targets):,} objects of invariant {one.id!r}"
            kinds = {target.kind for target in targets}
            verbs = sorted({verb.value for kind in kinds for verb in BY_NAME[kind].verbs})
            how = (
                f"Their verbs are {', '.join(verbs)}; jobs that an orchestrator has with `approved_by` have `approve`."
            )
            yield Problem("verb-not-on-kind", places.of(*path), what, how)


def _knows(contract: Contract, target: ObjectId, power: Power) -> bool:
    if power is not Power.APPROVE:
        return bool(verbs_at_least(target.kind, power))
    job = contract.projects[target.own_project].jobs.get(target.key) if target.kind is Kind.JOB else None
    return isinstance(job, JobBase) and any(
        (found := job.counterpart(name)) is not None
        and found.approved_by is not None
        and job.has_counterpart(name, target.own_environment)
        for name in job.counterparts
    )


def verbs_at_least(kind: Kind, power: Power) -> list[Verb]:
    """Return the verbs of a kind that allow an action; an approval is no verb."""
    if power is Power.APPROVE:
        return []
    lowest = CHANGES if power is Power.CHANGE else Verb(power.value)
    return [verb for verb in BY_NAME[kind].verbs if verb.rank >= lowest.rank]


def targets_of(contract: Contract, what: What) -> list[ObjectId]:
    """Return the contract's objects that an invariant is about, in order."""
    environments = listed(what.environment) or list(contract.environments)
    kinds = [Kind(one) for one in listed(what.kind)] or [kind.name for kind in KINDS]
    found: list[ObjectId] = []
    for environment in environments:
        for kind in kinds:
            if kind in SECTIONS:
                declared = objects_of(contract, environment, kind)
                found += [one.id_in(environment) for one in declared if _is_about(contract, what, one, environment)]
                if kind is Kind.DATASET:
                    found += parts_of(contract, environment, found)
            elif not (what.project or what.object or what.tags or what.sensitive is not None):
                found += _of_environment(contract, environment, kind)
    return sorted({*found})


def _of_environment(contract: Contract, environment: str, kind: Kind) -> Iterator[ObjectId]:
    settings = contract.environments[environment]
    metastore = contract.workspaces[settings.workspace].metastore
    keys = {"workspace": settings.workspace, "catalog": settings.catalog, "metastore": metastore}
    if key := keys[BY_NAME[kind].one_for_each or "workspace"]:
        yield ObjectId(environment, kind, None, key)


def _is_about(contract: Contract, what: What, declared: Declared, environment: str) -> bool:
    if what.project and declared.project not in listed(what.project):
        return False
    if what.object and declared.name not in listed(what.object):
        return False
    if what.sensitive is not None and getattr(declared.value, "sensitive", None) is not what.sensitive:
        return False
    return not what.tags or what.tags.items() <= tags_of(contract, declared, environment).items()
