"""Reads resources of Rolecall's own provider as a refresh does, in this process."""

from __future__ import annotations

from rolecall.engine.provider_reads import PropertyDifference, as_text, is_secret, plain_inputs
from rolecall.engine.stack_state import Resource
from rolecall.provider.checking import difference, failures
from rolecall.provider.registry import RESOURCES
from rolecall.provider.values import plain, struct


def native_differences(resource: Resource) -> list[PropertyDifference] | None:
    """Return every declared property that is live with another value; None where the object does not exist.

    Args:
        resource: the resource as its state has it.

    Raises:
        RolecallError: its system refuses the caller, or does not answer.
    """
    made = RESOURCES[resource.type]()
    names = {field.alias or name for name, field in made.model.model_fields.items()}
    given = {key: value for key, value in plain_inputs(resource.inputs).items() if key in names}
    secrets = [key for key, value in resource.inputs.items() if is_secret(value)]
    declared = made.model.model_validate(given) if not failures(made.model, given) else None
    live = made.read(resource.id, declared)
    if live is None:
        return None
    # As they travel between engine and provider, in which form the provider compares them.
    found, given = plain(struct(live.inputs.properties())), plain(struct(given))
    changed = difference(type(made), found, given, secrets).changed
    return [PropertyDifference(name, as_text(given.get(name)), as_text(found.get(name))) for name in changed]
