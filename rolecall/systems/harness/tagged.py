"""Objects of Harness: identified by an immutable identifier, marked by a tag of their owner."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, TypeVar

from pydantic import Field

from rolecall.systems.harness.client import TAG, harness, one, remove
from rolecall.systems.ownership import not_owned
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource


class TaggedInputs(Model):
    """Inputs that say whose an object is."""

    managed_by: str = Field(min_length=1, description="whose it is; written as a tag")


Inputs = TypeVar("Inputs", bound=TaggedInputs)


class Tagged(Resource[Inputs]):
    """A type of object that is known by its identifier and marked by a tag.

    Attributes:
        noun: its name in messages.
        path: the path of its API, before its identifier.
        path_to_read: the path at which it is read, where that is another one.
        envelope: the field of an answer that contains it.
    """

    noun: ClassVar[str]
    path: ClassVar[str]
    path_to_read: ClassVar[str] = ""
    envelope: ClassVar[str]

    @abstractmethod
    def identity(self, inputs: Inputs) -> str:
        """Return its identifier."""

    @abstractmethod
    def body(self, inputs: Inputs) -> Json:
        """Return the body of the requests that create and update it."""

    def found(self, identity: str) -> Json | None:
        """Return it as Harness describes it, or None where it is gone."""
        found = one(f"{self.path_to_read or self.path}/{identity}")
        return dict(found[self.envelope]) if found else None

    def writing(self, inputs: Inputs, *, is_new: bool) -> Request:
        """Return the request that creates or updates it."""
        path = self.path if is_new else f"{self.path}/{self.identity(inputs)}"
        return Request("POST" if is_new else "PUT", path, body=self.body(inputs))

    def create(self, inputs: Inputs) -> Live[Inputs]:
        """Create it, or continue with one that an earlier run has created."""
        identity = self.identity(inputs)
        if self.ours(identity, inputs.managed_by) is not None:
            return self.update(identity, inputs, inputs)

        def made() -> Json | None:
            return self.ours(identity, inputs.managed_by)

        harness().once(made, self.writing(inputs, is_new=True), lambda answer: dict(answer.body))
        return Live(identity, inputs)

    def update(self, identity: str, old: Inputs, new: Inputs) -> Live[Inputs]:
        """Change it in place."""
        harness().send(self.writing(new, is_new=False))
        return Live(identity, new)

    def delete(self, identity: str, declared: Inputs) -> None:
        """Delete it with its dependents, if its tag still names this owner."""
        if self.ours(identity, declared.managed_by) is not None:
            remove(f"{self.path}/{identity}")

    def ours(self, identity: str, managed_by: str) -> Json | None:
        """Return it, or None where it is gone; raise NotOwned for another owner."""
        found = self.found(identity)
        if found is not None and (found.get("tags") or {}).get(TAG) != managed_by:
            raise not_owned(f"Harness {self.noun} {identity!r}")
        return found
