"""The translation table: verbs on a job, and access to its deployment in Prefect.

https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/object-access-control-lists
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rolecall.ids.verbs import Verb

VIEW, RUN, MANAGE = "VIEW", "RUN", "MANAGE"
# From the weakest: managing includes running, and running includes viewing.
LEVELS = (VIEW, RUN, MANAGE)
ACCESS: Mapping[Verb, str] = {Verb.VIEW: VIEW, Verb.RUN: RUN, Verb.EDIT: MANAGE}
VERBS: Mapping[str, Verb] = {level: verb for verb, level in ACCESS.items()}


def strongest(levels: Collection[str]) -> str:
    """Return the strongest of some levels; an actor may be in several lists."""
    return max(levels, key=LEVELS.index)
