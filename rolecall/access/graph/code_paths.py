"""The objects in which code of jobs lies, by path."""

from __future__ import annotations

from rolecall.access.graph.code import paths_in
from rolecall.contract.contract import Contract
from rolecall.contract.naming import object_name
from rolecall.contract.objects import objects_of
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.cluster_policy import CLUSTER_POLICY
from rolecall.kinds.dataset import schema_name
from rolecall.kinds.external_location import ExternalLocation, url_parts


class CodePaths:
    """The contract's objects in an environment by the paths and names under which jobs reach them."""

    def __init__(self, contract: Contract, environment: str) -> None:
        self.by_path: dict[tuple[str, ...], ObjectId] = {}
        self.scopes: dict[str, ObjectId] = {}
        self.policies: dict[tuple[str, str], frozenset[str]] = {}
        self.contract = contract
        self.environment = environment
        for one in objects_of(contract, environment, Kind.FOLDER):
            path = object_name(contract, Kind.FOLDER, one.project, one.key, environment)
            self.by_path[_parts(path)] = one.id_in(environment)
        # Code may lie in the data of another environment.
        for name, settings in contract.environments.items():
            for one in objects_of(contract, name, Kind.EXTERNAL_LOCATION):
                assert isinstance(one.value, ExternalLocation)
                if url := one.value.for_environment(name).url:
                    self.by_path[_parts(url)] = one.id_in(name)
            for one in objects_of(contract, name, Kind.VOLUME) if settings.catalog else ():
                full_name = object_name(contract, Kind.VOLUME, one.project, one.key, name)
                self.by_path[_parts(f"/Volumes/{full_name.replace('.', '/')}")] = one.id_in(name)
            for one in objects_of(contract, name, Kind.DATASET) if settings.catalog else ():
                path = f"/Volumes/{settings.catalog}/{schema_name(one.project, one.key)}"
                self.by_path[_parts(path)] = one.id_in(name)
        for one in objects_of(contract, environment, Kind.SECRET_SCOPE):
            name = object_name(contract, Kind.SECRET_SCOPE, one.project, one.key, environment)
            self.scopes[name] = one.id_in(environment)

    def object_at(self, path: str) -> ObjectId | None:
        """Return the folder, volume, dataset or external location in which a path lies: the innermost."""
        if not self.by_path:
            return None
        parts = _parts(path)
        ends = range(len(parts), 1, -1) if "://" in path else (4, 3)
        return next((found for end in ends if (found := self.by_path.get(parts[:end]))), None)

    def of_policy(self, project: str, key: str) -> frozenset[str]:
        """Return the paths in a cluster policy's definition, such as paths of init scripts."""
        if not self.by_path:
            return frozenset()
        found = self.policies.get((project, key))
        if found is None:
            declared = CLUSTER_POLICY.objects(self.contract.projects[project]).get(key)
            definition = declared.for_environment(self.environment).definition if declared else {}
            found = self.policies[project, key] = paths_in(definition) if definition else frozenset()
        return found


def _parts(path: str) -> tuple[str, ...]:
    if "://" in path:
        return tuple(part.casefold() for part in url_parts(path))
    return tuple(part.casefold() for part in path.split("/") if part)
