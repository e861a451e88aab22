"""What a stack declares: the one place that knows which component a slice starts from."""

from __future__ import annotations

import pulumi

from components.account import declare_account
from components.catalog import declare_catalog_access
from components.environment import declare_project
from components.settling import settle
from rolecall.errors import RolecallError
from rolecall.slices.part import Part

# Names of the stack's outputs by which a later run sees that a slice is as it was declared.
DECLARATION, OBJECTS, RESOURCES, ORGANIZATION = "declaration", "objects", "resources", "organization"


def declare(part: Part) -> None:
    """Declare a slice, and tell the stack's state what was declared once all of it is there.

    Raises:
        RunError: something that is needed is not there.
    """
    counted: list[str] = []

    def count(told: pulumi.ResourceTransformationArgs) -> None:
        if not told.type_.startswith("pulumi:providers:"):
            counted.append(told.type_)

    pulumi.runtime.register_stack_transformation(count)

    async def finish() -> dict[str, object] | None:
        if not await settle():
            return None
        return {
            DECLARATION: part.digest,
            OBJECTS: part.objects_digest,
            RESOURCES: len(counted),
            ORGANIZATION: part.contract.organization,
        }

    pulumi.run(finish)
    try:
        declare_slice(part)
    except RolecallError as error:
        raise pulumi.RunError(str(error)) from None


def declare_slice(part: Part) -> None:
    """Declare what a slice holds, and nothing about it."""
    if part.slice.environment is None:
        declare_account(part)
    elif part.slice.project is None:
        declare_catalog_access(part)
    else:
        declare_project(part)
