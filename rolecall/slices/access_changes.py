"""Who gains and who loses by the changes that a run makes to access lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from rolecall.contract.contract import Contract
from rolecall.contract.given import given_principals
from rolecall.contract.naming import subject_name
from rolecall.documents.deployment import AccessChangeRow
from rolecall.engine.planned import UNKNOWN, PlannedChange
from rolecall.engine.stack_state import Resource
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import ASSIGNMENT, GRANTS, INTERFACES, LISTS, SECURABLES
from rolecall.kinds.comparison import privilege
from rolecall.kinds.registry import TOKENS
from rolecall.slices.holders import MEMBERSHIPS, NESTED, holders_of, levels_of
from rolecall.slices.listed_objects import described, listed_object

MEMBER = "member"
# Between an unknown id and its number.
MARK = "#"
NEW_PRINCIPAL = "a service principal that the run creates"
_PREFIXES = tuple(prefix for form in INTERFACES for prefix in form.prefixes if prefix)
# The properties with subjects.
_LISTS = tuple(dict.fromkeys(("members", "holders", NESTED, *(form.entries for form in LISTS))))


@dataclass(frozen=True)
class AccessChange:
    """What a run changes of one subject's access to one object.

    Attributes:
        subject: the group, service principal or person.
        object: the object, or the group of which the subject is a member.
        environment: the object's environment; None where environments share it.
        before: what the subject has, in the system's own words; empty where it has nothing.
        after: what it will have; empty where it will have nothing.
        source: type token and name of the resource that lists it.
    """

    subject: str
    object: str
    environment: str | None
    before: str
    after: str
    source: tuple[str, str] = field(default=("", ""), compare=False)

    def to_json(self) -> AccessChangeRow:
        """Return it as a row of a document."""
        return {
            "subject": self.subject,
            "object": self.object,
            "environment": self.environment,
            "before": self.before,
            "after": self.after,
        }


def is_access_list(resource_type: str) -> bool:
    """Return whether a resource type lists subjects with what they have."""
    return resource_type in (ASSIGNMENT.token, GRANTS.single) or holders_of(resource_type, {}) is not None


def given_names(contract: Contract) -> dict[str, str]:
    """Return the names of the service principals that the contract names by their application ids, by these ids."""
    return {found: subject_name(one) for one, found in given_principals(contract).items()}


def principals_in(resources: Iterable[Resource]) -> dict[str, str]:
    """Return the names of the service principals among a stack's resources, by their ids."""
    return {
        str(one.outputs.get("applicationId")): str(one.outputs.get("displayName"))
        for one in resources
        if one.type == TOKENS[Kind.SERVICE_PRINCIPAL]
    }


def access_changes(
    changes: Iterable[PlannedChange], environment: str, project: str, contract: Contract, names: Mapping[str, str]
) -> Iterator[AccessChange]:
    """Yield who gains and who loses.

    Args:
        changes: what the run does to the resources of a stack.
        environment: the stack's environment; empty for the account's.
        project: the stack's project; empty where it is no project's.
        contract: the contract, which may not have an object any more.
        names: names of service principals by their ids.
    """
    planned = [*changes]
    created = _created_principals(planned)
    for change in planned:
        if not is_access_list(change.type):
            continue
        if change.operation == "delete" and change.type in MEMBERSHIPS:
            # Members stay in a group until the group itself goes.
            continue
        before, after = (_held(change.type, one) for one in (change.before, change.after))
        if before is None or after is None:
            # What is known only after the run is no gain and no loss.
            continue
        if change.operation == "delete":
            after = {}
        name, where = _object(change, environment, project, contract)
        new = _new_names(after, created)
        source = change.type, change.name
        for key in sorted({*before, *after}):
            (subject, held), (called, will) = before.get(key, ("", "")), after.get(key, ("", ""))
            if held != will:
                shown = new.get(key) or _subject(called or subject, change, names)
                yield AccessChange(shown, name, where, held, will, source)


def _held(resource_type: str, properties: Mapping[str, object]) -> dict[str, tuple[str, str]] | None:
    """Return each subject's name and what it has, by the name in small letters; None where that is not known yet."""
    if any(properties.get(name) == UNKNOWN for name in _LISTS):
        return None
    if resource_type == ASSIGNMENT.token:
        words = properties.get(ASSIGNMENT.entries)
        return {"": ("", _in_order(map(str, words)))} if isinstance(words, list) and words else {}
    if resource_type == GRANTS.single:
        who, words = properties.get("principal"), properties.get("privileges")
        if UNKNOWN in (who, words):
            return None
        held = _in_order(map(privilege, words)) if isinstance(words, list) else ""
        return {str(who).casefold(): (str(who), held)} if who else {}
    if resource_type in MEMBERSHIPS:
        nested = properties.get(NESTED)
        members = [*(holders_of(resource_type, properties) or ())]
        members += [f"group {one}" for one in nested] if isinstance(nested, list) else []
        return {one.casefold(): (one, MEMBER) for one in members}
    properties = _numbered(properties)
    spelled: Callable[[str], str] = privilege if resource_type == GRANTS.token else str
    return {
        one.casefold(): (one, _in_order(map(spelled, words.split(", "))))
        for one, words in levels_of(resource_type, properties).items()
    }


def _numbered(properties: Mapping[str, object]) -> Mapping[str, object]:
    """Return properties in which two principals whose ids are not known yet are two subjects.

    Where each entry names one subject, each unknown one is another; where an entry names several that hold the same,
    the first unknown one of each entry is the same.
    """
    found = dict(properties)
    for name in _LISTS:
        entries = properties.get(name)
        if not isinstance(entries, list) or UNKNOWN not in str(entries):
            continue
        number = count(1)
        found[name] = [
            {key: _marked(value, number) for key, value in entry.items()} if isinstance(entry, Mapping) else entry
            for entry in entries
        ]
    return found


def _marked(value: object, number: Iterator[int]) -> object:
    if isinstance(value, str) and UNKNOWN in value:
        return f"{value}{MARK}{next(number)}"
    if isinstance(value, list):
        own = count(1)
        return [_marked(one, own) for one in value]
    return value


def _created_principals(changes: Iterable[PlannedChange]) -> list[str]:
    return sorted(
        one.name
        for one in changes
        if one.type == TOKENS[Kind.SERVICE_PRINCIPAL] and one.operation in ("create", "replace")
    )


def _new_names(held: Mapping[str, tuple[str, str]], created: Sequence[str]) -> dict[str, str]:
    """Return how the principals on a list are called that the run creates, by their keys.

    Their ids say nothing yet. They have their own names where it makes no difference which is which.
    """
    unknown = [key for key in sorted(held) if UNKNOWN in key]
    if len(unknown) == len(created) and len({held[key][1] for key in unknown}) == 1:
        return dict(zip(unknown, created, strict=True))
    if len(unknown) < 2:
        return {}
    return {key: f"{NEW_PRINCIPAL} ({one} of {len(unknown)})" for one, key in enumerate(unknown, 1)}


def _in_order(words: Iterable[str]) -> str:
    """Return words in one order: a service answers with them in another than they are declared in."""
    return ", ".join(sorted({*words}))


def _object(change: PlannedChange, environment: str, project: str, contract: Contract) -> tuple[str, str | None]:
    stage = environment or None
    if change.type == ASSIGNMENT.token:
        return f"workspace {change.connection}", stage
    if change.type == GRANTS.single and (shown := _securable(change, contract)):
        return shown, stage
    listed = listed_object(change, environment, project, contract)
    if listed is None:
        return change.name, stage
    return described(listed), listed.environment if isinstance(listed, ObjectId) else None


def _securable(change: PlannedChange, contract: Contract) -> str:
    """Return the object of Unity Catalog that a grant of one subject is on; empty for one of the contract's."""
    properties = {**change.before, **change.after}
    named = next((one for one in SECURABLES if properties.get(one)), "")
    keys = {one.id: key for key, one in contract.metastores.items()}
    return f"{named} {keys.get(str(properties[named]), properties[named])}" if named else ""


def _subject(subject: str, change: PlannedChange, names: Mapping[str, str]) -> str:
    if not subject:
        # An assignment is named after its subject, which it has as a number.
        return change.name.removesuffix(f"/{change.connection}")
    for prefix in _PREFIXES:
        subject = subject.removeprefix(prefix)
    return NEW_PRINCIPAL if UNKNOWN in subject else names.get(subject, subject)
