"""What a process needs in its environment so that plain `pulumi preview` and `pulumi up` work."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from rolecall.local.folder import passphrase_file, state_backend
from toolchain.install import Toolchain

# What makes the engine and its plugins cheaper; each is left as it is where the environment says otherwise.
TUNED = {
    # A copy of each state besides the one that lies next to it, kept for ever, at every write.
    "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
    # Several engines run side by side, and none has much to collect: little room between two collections of garbage
    # halves what they hold, for a few percent of CPU (https://go.dev/doc/gc-guide#GOGC).
    "GOGC": "25",
    # A stack's salt is in its state too; a checkout that has no configuration of a new stack yet can do without.
    "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
}


def engine_environment(root: Path, toolchain: Toolchain, present: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to set.

    The toolchain's folder goes first on PATH; where nothing says otherwise, state is kept in the checkout's local
    folder.

    Args:
        root: the project's folder.
        toolchain: what was found or built.
        present: the environment as it is; a backend that is chosen there is kept.
    """
    variables = toolchain.environment()
    path = present.get("PATH", "")
    if path.split(os.pathsep)[0] != toolchain.bin:
        variables["PATH"] = f"{toolchain.bin}{os.pathsep}{path}"
    variables |= {name: value for name, value in TUNED.items() if name not in present}
    if "PULUMI_BACKEND_URL" not in present:
        variables["PULUMI_BACKEND_URL"] = state_backend(root)
    if not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & present.keys():
        variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase_file(root))
    return variables
