"""What a stack declares: the one place that knows which component a slice starts from."""

from __future__ import annotations

import pulumi

from rolecall.components.account import declare_account
from rolecall.components.catalog import declare_catalog_access
from rolecall.components.data_guard import DataGuard, protected
from rolecall.components.environment import declare_project
from rolecall.errors import RolecallError
from rolecall.ids.characters import engine_text
from rolecall.sdk_patches import settle
from rolecall.slices.owner import owner_of
from rolecall.slices.part import Part

# Names of the stack's outputs by which a later run sees that a slice is as it was declared.
DECLARATION, OBJECTS, RESOURCES = "declaration", "objects", "resources"
# Name of the output with the group of each name on the stack's lists.
GROUPS = "groups"


def declare(part: Part, guard: DataGuard | None = None) -> None:
    """Declare a slice, and tell the stack's state what was declared once all of it is there.

    Args:
        part: the slice.
        guard: refuses to delete what holds data; None where the deployment was judged before.

    Raises:
        RunError: something that is needed is not there.
    """
    counted: list[str] = []

    def count(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("pulumi:providers:"):
            counted.append(args.type_)
        if guard is not None:
            guard.note(args)
        return protected(args, part)

    pulumi.runtime.register_stack_transformation(count)

    async def finish() -> dict[str, object] | None:
        if not await settle():
            return None
        if guard is not None:
            guard.check()
        return {
            DECLARATION: part.digest,
            OBJECTS: part.objects_digest,
            RESOURCES: len(counted),
            **owner_of(part.contract, part.slice),
            GROUPS: part.groups,
        }

    pulumi.run(finish)
    try:
        declare_slice(part)
    except (RolecallError, pulumi.RunError) as error:
        raise pulumi.RunError(engine_text(str(error))) from None


def declare_slice(part: Part) -> None:
    """Declare what a slice holds, and nothing about it."""
    if part.slice.environment is None:
        declare_account(part)
    elif part.slice.project is None:
        declare_catalog_access(part)
    else:
        declare_project(part)
