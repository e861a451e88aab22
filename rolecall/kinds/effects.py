"""Effects of a right on a kind's objects: the run-as principal, the jobs it controls, and grants that are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Verb
from rolecall.kinds.naming import Value

# Reason for steps from the code source of a job or pipeline to its principal.
HOLDS_CODE = "holds code that runs as"


@dataclass(frozen=True)
class Execution(Generic[Value]):
    """The run-as principal of an object: a step of an escalation.

    Attributes:
        principal: returns the project's key of its run-as service principal; None if it has none.
        controlled_from: the lowest verb that includes control of its code, and so of that principal.
        settings: returns its settings in an environment, with the field names of the contract: code,
            compute, parameters, with references to objects of the project.
        as_caller: returns whether it runs in an environment with the rights of each caller, and as no principal.
        otherwise: message for an object that runs neither as a principal nor as its caller, but as the deployer.
        instead: how to go on then.
    """

    principal: Callable[[Value, ObjectId], str | None]
    controlled_from: Verb
    settings: Callable[[Value, str], Mapping[str, Any]] = lambda _value, _environment: {}
    as_caller: Callable[[Value, str], bool] = lambda _value, _environment: False
    otherwise: str = "has no `run_as` and would run as the deployer"
    instead: str = "Write `run_as: NAME`, one of the project's service_principals."


@dataclass(frozen=True)
class Refusal:
    """Why a grant on an object is not allowed.

    Attributes:
        id: the problem's id.
        because: follows the grant in the message.
        how: how to go on.
        of_object: the object itself refuses, and the message names its line; otherwise a binding is reported once for
            all objects that it is about.
    """

    id: str
    because: str
    how: str
    of_object: bool = False


@dataclass(frozen=True)
class Steering:
    """Control of a job through an object that it refers to.

    Attributes:
        from_verb: the lowest verb with which they do.
        why: how, as a phrase between the object and the service principal of the job.
        by_code: only where code, a script or a library of the job is in it.
    """

    from_verb: Verb
    why: str
    by_code: bool = False
