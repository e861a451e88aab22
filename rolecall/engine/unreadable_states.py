"""State files that cannot be read: the reason, and how to restore them."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from rolecall.engine.stack_state import StackState, parse

# Exceptions from text that is not a state, including text nested too deeply for the parser.
NO_STATE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def state_in(text: bytes, stack: str, project: str) -> StackState:
    """Return the state in a file or an export.

    A file of another stack, copied or restored under this name, is refused: its resources have the other stack's name
    in their own, so a run would delete all of them and make this stack's again.

    Args:
        text: the text.
        stack: the stack's name.
        project: the project's name.

    Raises:
        OtherStack: it is the state of another stack or project.
        ValueError: it is no state; so are the other errors of `NO_STATE`.
    """
    payload = json.loads(text)
    state = parse(payload.get("checkpoint", payload))
    own = f"urn:pulumi:{stack}::{project}::"
    if other := next((urn for urn in state.urns if not urn.startswith(own)), None):
        name, _, rest = other.removeprefix("urn:pulumi:").partition("::")
        raise OtherStack(f"it is the state of stack {name} of project {rest.partition('::')[0]}")
    return state


class OtherStack(ValueError):
    """A state belongs to another stack or project; its text names it."""


def how_to_restore(file: Path) -> str:
    """Return how to go on where a state file cannot be read, which depends on what lies beside it."""
    backup = file.with_name(f"{file.name}.bak")
    try:
        state = state_in(backup.read_bytes(), file.stem, file.parent.name)
    except FileNotFoundError:
        found = f"There is no {backup} with the state before the last write."
    except OtherStack as error:
        found = f"{backup}, the state before the last write, is none of this stack: {error}."
    except (OSError, *NO_STATE):
        found = f"{backup}, the state before the last write, cannot be read either."
    else:
        if state.anything:
            return (
                f"The state before the last write is {backup}, with {len(state.resources)} resources: look at it, and "
                f"put it back: cp {backup} {file}"
            )
        found = f"{backup}, the state before the last write, is empty."
    return (
        f"{found} Put {file} back from a backup of your own. Without one, import what is there (`pulumi import`): a "
        "run on an empty state would make all of it once more. Nothing was changed."
    )


def reason_of(text: bytes, error: Exception) -> str:
    """Return what is wrong with a state's text."""
    content = text.strip()
    if content in (b"", b"null"):
        return "it is empty" if not content else "it is `null`"
    if isinstance(error, OtherStack):
        return str(error)
    if isinstance(error, ValueError):
        return f"it is no JSON: {error}"
    return "it has not the form of a state"


def remove_half_written_attributes(file: Path) -> None:
    """Remove the attributes of a state file where a killed run has not written them whole: the engine stops at them.

    They hold the file's content type and nothing of the state (gocloud.dev/blob/fileblob).
    """
    attributes = file.with_name(f"{file.name}.attrs")
    with suppress(FileNotFoundError):
        try:
            json.loads(attributes.read_bytes())
        except ValueError:
            attributes.unlink()
