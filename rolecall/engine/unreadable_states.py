"""State files that cannot be read: the reason, and how to restore them."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from rolecall.engine.stack_state import parse


def how_to_restore(file: Path) -> str:
    """Return how to go on where a state file cannot be read, which depends on what lies beside it."""
    backup = file.with_name(f"{file.name}.bak")
    try:
        state = parse(json.loads(backup.read_bytes())["checkpoint"])
    except FileNotFoundError:
        found = f"There is no {backup} with the state before the last write."
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
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
