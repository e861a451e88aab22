"""Where the demo plays: which contract, which identity provider, and the emulators that it starts with."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from rolecall import settings
from rolecall.console.output import out
from rolecall.console.shown import terminal
from rolecall.local import emulators
from rolecall.local.record import Running
from rolecall.local.variables import use_local_emulators
from rolecall.local_folder import local_folder
from rolecall.project import require_contract

NAMES = {"okta": "Okta", "entra": "Entra ID"}
CONTRACTS = {"okta": Path("stacks/acme/contract.yaml"), "entra": Path("stacks/acme/contract-entra.yaml")}
BLOCKED = Path("stacks/blocked/shadow-project.yaml")
SERVICES = Path("stacks/services/contract.yaml")


@dataclass(frozen=True)
class Stage:
    """What all steps share.

    Attributes:
        identity_provider: `okta` or `entra`.
        contract: the contract's main file.
        running: the emulators.
    """

    identity_provider: str
    contract: Path
    running: Running

    @property
    def name(self) -> str:
        """The identity provider as people call it."""
        return NAMES[self.identity_provider]

    def on_top(self, contract: Path) -> Path:
        """Return a contract that adds to the platform, with this stage's identity provider."""
        if self.identity_provider == "okta":
            return contract
        text = contract.read_text(encoding="utf-8").replace("okta.yaml", f"{self.identity_provider}.yaml")
        text = text.replace("../acme", str(self.contract.absolute().parent))
        path = local_folder(Path.cwd()) / f"{contract.parent.name}-{contract.name}"
        path.write_text(text, encoding="utf-8")
        return path


def prepare(identity_provider: str) -> Stage:
    """Start the emulators; a demo that played with the other identity provider is put away first."""
    root = Path.cwd()
    folder = local_folder(root)
    note = folder / "demo"
    played = note.read_text(encoding="utf-8") if note.exists() else identity_provider
    if not (folder / emulators.STATE).exists() and emulators.status(root) is None:
        # The emulators start empty: state of earlier ones is stale.
        shutil.rmtree(folder / "state", ignore_errors=True)
    elif played != identity_provider:
        out.print(
            f"  the last demo played with {terminal(NAMES.get(played, played))}; its stacks and emulators are put away"
        )
        emulators.down(root)
        (folder / emulators.STATE).unlink(missing_ok=True)
        shutil.rmtree(folder / "state", ignore_errors=True)
    note.write_text(identity_provider, encoding="utf-8")
    if identity_provider != "okta":
        os.environ[settings.CONTRACT.name] = str(CONTRACTS[identity_provider].absolute())
    contract = require_contract(root, None, os.environ)
    running = emulators.up(root, contract.parent / emulators.DESCRIPTION)
    use_local_emulators()
    return Stage(identity_provider, contract, running)
