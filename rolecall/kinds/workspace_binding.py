"""Bindings: the workspaces from which an isolated object of a metastore can be used, beside that of its environment.

https://docs.databricks.com/en/catalogs/binding.html; terraform-provider-databricks
docs/resources/workspace_binding.md: an object that the provider isolates is bound to the workspace of its connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.spec import Facts, Part, Ref, Resource

BINDING = "databricks:index/workspaceBinding:WorkspaceBinding"
BindingMode = Literal["read", "write"]
# A catalog alone is bound for reading only: https://docs.databricks.com/api/workspace/workspacebindings/updatebindings
BINDING_TYPES: Mapping[BindingMode, str] = {"read": "BINDING_TYPE_READ_ONLY", "write": "BINDING_TYPE_READ_WRITE"}


def workspace_of(name: str) -> ObjectId:
    """Return the id by which a declared binding refers to a workspace of the contract."""
    return ObjectId(None, Kind.WORKSPACE, None, name)


def bound_resource(
    token: str, securable: str, properties: Callable[[Any, Facts], Mapping[str, object] | None]
) -> Resource[Any]:
    """Return how an object with `workspaces` is declared: found by its name, with a binding for each of them.

    Args:
        token: the type of its resource.
        securable: its type in the API of bindings.
        properties: returns its properties; None if it is managed elsewhere.
    """

    def bindings(value: Any, facts: Facts) -> Iterator[Part]:
        for name in sorted({*value.workspaces}):
            bound = {
                "securableName": Ref(facts.id),
                "securableType": securable,
                "workspaceId": Ref(workspace_of(name)),
            }
            yield Part(BINDING, f"in-{name}", bound)

    return Resource(token, full_name=("name",), properties=properties, parts=bindings)
