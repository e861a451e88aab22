"""What a job's counterpart in an orchestrator is like."""

from __future__ import annotations

from pydantic import Field

from rolecall.ids.model import Model
from rolecall.ids.name_types import GroupName, Name


class Counterpart(Model):
    """A job's counterpart: a workflow, a pipeline or a deployment that triggers it."""

    in_: list[Name] | None = Field(default=None, alias="in", min_length=1)
    """the environments that have it; without it, all that have the job"""
    after: list[Name] = Field(default_factory=list)
    """jobs of the project that it runs before, in this order: train, then validate, then the job itself"""
    approved_by: GroupName | None = None
    """a group of which one has to approve before the job itself runs, other than the user who started it"""

    def is_in(self, environment: str) -> bool:
        """Return whether an environment has it."""
        return self.in_ is None or environment in self.in_

    @property
    def has_stages(self) -> bool:
        """Whether it does more than to run the job."""
        return bool(self.after or self.approved_by)


# As contracts write it: `true`, a list of environments, or the whole.
Written = bool | list[Name] | Counterpart


def counterpart_of(written: Written) -> Counterpart | None:
    """Return a counterpart, however it is written; None where there is none."""
    if isinstance(written, Counterpart):
        return written
    if isinstance(written, list):
        return Counterpart.model_validate({"in": written}) if written else None
    return Counterpart() if written else None
