"""The objects of a project, each with the whole list of who holds what on it: one component for all kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from pulumi import ComponentResource, Input, Output, ResourceOptions, RunError, get

from rolecall.access.graph.code import code_facts
from rolecall.components.permissions import Identities, declare_access
from rolecall.components.resources import Databricks
from rolecall.components.stage import Stage
from rolecall.contract.facts import facts_of, value_in
from rolecall.contract.objects import Declared
from rolecall.ids.id_text import id_text
from rolecall.ids.ids import ObjectId, ServicePrincipalId
from rolecall.kinds.registry import KINDS, Spec
from rolecall.kinds.spec import Facts, Part, Ref, Scope
from rolecall.kinds.workspace_binding import workspace_of
from rolecall.systems.databricks.permissions import AccessControl

# Outputs by the objects that they are of.
Outputs = Mapping[ObjectId | ServicePrincipalId, Input[str]]


@dataclass(frozen=True)
class Declaration:
    """All that an object and its access list are declared from.

    Attributes:
        value: the object, as the contract has it in the environment.
        facts: what its properties depend on beside that.
        entries: all subjects that hold something on it.
        identities: the names of subjects in the workspace.
        outputs: the ids of the objects that it may refer to.
        workspace: options of resources in the workspace.
        native: options of resources of Rolecall's own provider.
        host: the address of the workspace.
    """

    value: Any
    facts: Facts
    entries: Sequence[AccessControl]
    identities: Identities
    outputs: Outputs
    workspace: ResourceOptions
    native: ResourceOptions
    host: Input[str]


class GovernedObject(ComponentResource):
    """An object of a project and the whole list of who holds what on it.

    Args:
        kind: its kind, which has a resource with properties.
        name: its name among the stack's resources.
        declaration: what it is declared from.
        opts: options of the component.
        token: the type of the component; by default that of the kind.
    """

    identity: Output[str]

    def __init__(
        self,
        kind: Spec,
        name: str,
        declaration: Declaration,
        opts: ResourceOptions | None = None,
        token: str | None = None,
    ) -> None:
        assert kind.resource is not None
        assert kind.resource.properties is not None
        value, facts, outputs = declaration.value, declaration.facts, declaration.outputs
        # Before anything is registered: a wrong value declares nothing.
        declared = kind.resource.properties(value, facts)
        properties = _placed(declared, outputs) if declared is not None else None
        super().__init__(token or kind.component, name, None, opts)
        inside = ResourceOptions(parent=self)
        own = ResourceOptions.merge(declaration.workspace, inside)
        listed_by = kind.access.output
        object_id: Output[str]
        if properties is None:
            # It is managed elsewhere, and known by its name.
            self.identity = object_id = Output.from_input(facts.name)
        else:
            outputs_read = {listed_by: None} if listed_by else {}
            made = Databricks(kind.resource.token, name, {**outputs_read, **properties}, own)
            for part in kind.resource.parts(value, facts):
                placed = _placed(part.properties, {**outputs, facts.id: made.id})
                Databricks(part.token, f"{name}-{part.suffix}", placed, own)
            object_id = get(made, listed_by).apply(id_text) if listed_by else made.id
            self.identity = made.id
        native = ResourceOptions.merge(declaration.native, inside)
        options = native if kind.access.interface.is_native else own
        declare_access(kind, name, object_id, declaration.entries, declaration.identities, options, declaration.host)
        self.register_outputs({"id": self.identity})


def declare_objects(stage: Stage, host: Input[str], bound: Mapping[str, Input[str]]) -> Outputs:
    """Declare everything that projects have in an environment but their service principals; return the ids.

    Args:
        stage: the environment.
        host: address of its workspace.
        bound: ids of the workspaces to which objects are bound.
    """
    outputs: dict[ObjectId | ServicePrincipalId, Input[str]] = {
        one: called for one, called in stage.usable.items() if isinstance(one, ServicePrincipalId)
    }
    outputs |= {workspace_of(name): identity for name, identity in bound.items()}
    for kind in KINDS:
        if kind.resource is None or kind.resource.properties is None:
            continue
        if kind.scope is Scope.CATALOG and stage.contract.environments[stage.environment].catalog is None:
            continue
        for declared in _in_order(stage, kind):
            if kind.resource.container is not None:
                facts = facts_of(stage.contract, declared, stage.environment)
                _declare_container(kind.resource.container(facts), declared, stage, outputs)
            declaration = Declaration(
                value_in(declared, stage.environment),
                facts_of(stage.contract, declared, stage.environment),
                stage.entries(declared),
                stage.identities,
                outputs,
                stage.in_workspace(),
                ResourceOptions(provider=stage.native),
                host,
            )
            made = GovernedObject(kind, declared.resource, declaration)
            outputs[declared.id_in(stage.environment)] = made.identity
    return outputs


def _in_order(stage: Stage, kind: Spec) -> list[Declared]:
    """Return the objects of a kind such that each follows those of its project that it refers to."""
    declared = {(one.project, one.key): one for one in stage.objects(kind.name)}
    before: TopologicalSorter[tuple[str, str]] = TopologicalSorter()
    for (project, key), one in declared.items():
        named = code_facts(kind.executes, one.value, stage.environment).references if kind.executes else ()
        before.add((project, key), *((project, other) for section, other in named if section == kind.section))
    return [declared[one] for one in before.static_order() if one in declared]


def _declare_container(
    part: Part, declared: Declared, stage: Stage, outputs: dict[ObjectId | ServicePrincipalId, Input[str]]
) -> None:
    """Declare what holds all objects of a kind in a project, once."""
    identity = declared.id_in(stage.environment).sibling(part.suffix)
    if identity not in outputs:
        made = Databricks(part.token, f"{declared.project}-{part.suffix}", part.properties, stage.in_workspace())
        outputs[identity] = made.id


def _placed(value: Any, outputs: Outputs) -> Any:
    """Return properties with outputs where they refer to other objects."""
    if isinstance(value, Ref):
        if value.to not in outputs:
            raise RunError(f"{value.to} is not declared here. Write its name, or declare both in a contract.")
        output = outputs[value.to]
        if value.attribute == "schema":
            return Output.from_input(output).apply(lambda full_name: str(full_name).partition(".")[2])
        return output
    if isinstance(value, Mapping):
        return {key: _placed(item, outputs) for key, item in value.items()}
    return [_placed(item, outputs) for item in value] if isinstance(value, list) else value
