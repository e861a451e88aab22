"""Read resources of Rolecall's own provider in this process, as a refresh does."""

from __future__ import annotations

from rolecall.engine.provider_reads import PropertyDifference, as_text, is_secret, plain_inputs
from rolecall.engine.stack_state import Resource
from rolecall.provider.checking import difference, failures
from rolecall.provider.registry import RESOURCES
from rolecall.provider.values import plain, struct
from rolecall.systems.resource import read_live


def native_differences(resource: Resource) -> list[PropertyDifference] | None:
    """Return every declared property that is live with another value; None where the object does not exist.

    Args:
        resource: the resource as recorded in the state.

    Raises:
        RolecallError: the system refuses the request or does not answer.
    """
    handler = RESOURCES[resource.type]()
    names = {field.alias or name for name, field in handler.model.model_fields.items()}
    given = {key: value for key, value in plain_inputs(resource.inputs).items() if key in names}
    secrets = [key for key, value in resource.inputs.items() if is_secret(value)]
    declared = handler.model.model_validate(given) if not failures(handler.model, given) else None
    live = read_live(handler, resource.id, declared)
    if live is None:
        return None
    # The provider compares values in the form in which gRPC carries them.
    live_inputs, given = plain(struct(live.inputs.properties())), plain(struct(given))
    changed = difference(type(handler), live_inputs, given, secrets).changed
    return [PropertyDifference(name, as_text(given.get(name)), as_text(live_inputs.get(name))) for name in changed]
