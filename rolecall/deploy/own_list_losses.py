"""Who loses by the first write or the deletion of a list of Rolecall's own provider; read before any write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.provider.registry import RESOURCES
from rolecall.slices.own_lists import OwnList
from rolecall.systems.access_list import Lost
from rolecall.systems.resource import Resource, live_state, read_live


def added_by_hand(one: OwnList, recorded: Mapping[str, Any]) -> Lost:
    """Return the access that subjects of a list got outside of any run and lose in its next write, by subject.

    Args:
        one: the list, as the run writes it.
        recorded: its properties in the state.

    Raises:
        RolecallError: its system refuses the caller or does not answer.
    """
    resource: Resource[Any] = RESOURCES[one.token]()
    form = resource.access_list
    assert form is not None
    # A system with other names for subjects translates back only the declared ones that are passed to the read.
    entries = [*one.properties.get(form.entries, ()), *recorded.get(form.entries, ())]
    with live_state():
        # A state may be that of another release.
        known = resource.model.model_validate({**one.properties, form.entries: entries})
    live = read_live(resource, form.id_of(one.properties), known)
    if live is None:
        return {}
    found = live.inputs.properties()
    unrecorded, lost = form.lost(found, recorded), form.lost(found, one.properties)
    return {name: words for name in unrecorded if (words := unrecorded[name] & lost.get(name, set()))}


def lost_by(one: OwnList) -> Lost:
    """Return the access that subjects of a list would lose, by subject; empty for a new list.

    Raises:
        RolecallError: its system refuses the caller or does not answer.
    """
    resource: Resource[Any] = RESOURCES[one.token]()
    form = resource.access_list
    assert form is not None
    properties = dict(one.properties)
    if one.group is not None:
        token, named = one.group
        group: Resource[Any] = RESOURCES[token]()
        identity = group.existing(group.model.model_validate(named))
        if identity is None:
            return {}
        properties |= dict.fromkeys(form.identity, identity)
    names = {field.alias or name for name, field in resource.model.model_fields.items()}
    with live_state():
        inputs = resource.model.model_validate({key: value for key, value in properties.items() if key in names})
    return resource.last_losses(form.id_of(properties), inputs) if one.ends else resource.first_losses(inputs)
