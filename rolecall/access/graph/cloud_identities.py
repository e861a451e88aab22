"""Steps through identities of the cloud: credentials reach files past the access lists of locations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rolecall.contract.clouds import cloud_of
from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.external_location import ExternalLocation
from rolecall.kinds.storage_credential import CloudIdentity

# What a verb on a credential is worth on the files of a location that its identity reaches.
_FILES = {
    Kind.STORAGE_CREDENTIAL: ((Verb.VIEW, Verb.VIEW), (Verb.EDIT, Verb.EDIT), (Verb.MANAGE, Verb.EDIT)),
    # Code with a service credential holds the identity itself.
    Kind.SERVICE_CREDENTIAL: ((Verb.RUN, Verb.EDIT),),
}


def cloud_steps(contract: Contract) -> Iterator[tuple[ObjectId, Verb, ObjectId, Verb, str]]:
    """Yield an object, a verb on it, and the object and verb that it includes, with the words between them.

    A credential reaches the locations of each storage credential that has its identity, in any environment.
    https://docs.databricks.com/en/connect/unity-catalog/cloud-storage/manage-storage-credentials.html
    """
    by_identity: defaultdict[tuple[str, ...], list[ObjectId]] = defaultdict(list)
    locations: defaultdict[ObjectId, list[ObjectId]] = defaultdict(list)
    for environment, settings in contract.environments.items():
        cloud = cloud_of(contract.workspaces[settings.workspace])
        for one in objects_of(contract, environment, Kind.EXTERNAL_LOCATION):
            assert isinstance(one.value, ExternalLocation)
            target = one.id_in(environment)
            if key := one.value.for_environment(environment).reached_with:
                locations[target.sibling(key, Kind.STORAGE_CREDENTIAL)].append(target)
        for kind in _FILES:
            for one in objects_of(contract, environment, kind):
                assert isinstance(one.value, CloudIdentity)
                target = one.id_in(environment)
                identity = _identity(one.value.for_environment(environment), cloud)
                by_identity[identity or target.parts].append(target)
    for same in by_identity.values():
        for first in same:
            for second in same:
                for location in locations.get(second, ()):
                    why = "reaches" if first == second else f"is the cloud identity of {second}, so may"
                    for held, verb in _FILES[first.kind]:
                        yield first, held, location, verb, why
                if first != second and first.kind is second.kind is Kind.SERVICE_CREDENTIAL:
                    yield first, Verb.RUN, second, Verb.RUN, "is the cloud identity of the other, so may"


def _identity(value: CloudIdentity, cloud: str) -> tuple[str, ...] | None:
    """Return what identifies the cloud's identity; None where Databricks makes one for each credential."""
    if value.existing is not None:
        return None
    if cloud == "aws" and value.aws_iam_role is not None:
        return (value.aws_iam_role,)
    if cloud == "azure" and value.azure_access_connector is not None:
        # A user-assigned identity may be that of several connectors.
        return ((value.azure_managed_identity or value.azure_access_connector).casefold(),)
    return None
