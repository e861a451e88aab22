"""How an emulator's package describes it. This module imports no server: every command reads the specs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rolecall.emulators.clock import Clock
    from rolecall.emulators.descriptions import Description
    from rolecall.emulators.system import EmulatedSystem


@dataclass(frozen=True)
class Surroundings:
    """What an installation passes to each system.

    Attributes:
        clock: the clock that all systems share.
        folder: a folder of the system's own.
        small_pages: answer lists in small pages, so that tests exercise paging.
        saved: what `to_json` returned earlier; None for a new system.
        written: called after everything that may have changed the system.
    """

    clock: Clock
    folder: Path
    small_pages: bool = False
    saved: dict[str, Any] | None = None
    written: Callable[[], None] = lambda: None


@dataclass(frozen=True, kw_only=True)
class EmulatorSpec:
    """An emulator, as its package publishes it under the entry-point group `rolecall.emulators`.

    Attributes:
        name: its section of the description, and its name in addresses.
        system: returns the function that makes the system from its section of the description.
        description: returns the model of its section of the description; None where the section is not checked.
        address_variables: variables of `variables()` that hold an address, to which a path may be added.
        credential_variables: variables that hold an id or a credential.
        https: serve it with a certificate.
        extras: modules that it needs, and the extra of Rolecall that installs each.
        order: position of its port; ports are part of addresses in states, so that it never changes.
    """

    name: str
    system: Callable[[], Callable[[dict[str, Any], Surroundings], EmulatedSystem]]
    description: Callable[[], type[Description]] | None = None
    address_variables: frozenset[str] = frozenset()
    credential_variables: frozenset[str] = frozenset()
    https: bool = False
    extras: Mapping[str, str] = field(default_factory=dict)
    order: int = 100
