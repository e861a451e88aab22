"""What a process needs in its environment so that plain `pulumi preview` and `pulumi up` work."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from rolecall import settings
from rolecall.engine.debug_log import switch_debug_log
from rolecall.engine.garbage import available_memory, garbage_settings
from rolecall.engine.local_backend import without_attributes
from rolecall.local_folder import passphrase_file, state_backend
from rolecall.toolchain.cache import cache_folder
from rolecall.toolchain.install import Toolchain

# Performance settings of the engine and its plugins; variables that are already set keep their value.
TUNED = {
    # A copy of each state besides the one that lies next to it, kept for ever, at every write.
    "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
    # A stack's salt is in its state too; a checkout that has no configuration of a new stack yet can do without.
    "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
}


# Variables that change a run's outcome, such as its targets or error handling; Rolecall passes flags instead.
# Every flag has a variable of that form: https://www.pulumi.com/blog/controlling-the-cli-through-environment-variables/
OPTIONS = "PULUMI_OPTION_"
_OTHER_OPTIONS = frozenset(
    {
        "PULUMI_CONTINUE_ON_ERROR",
        "PULUMI_DISABLE_REFRESH_BEFORE_UPDATE",
        "PULUMI_LEGACY_PROVIDER_PREVIEW",
        "PULUMI_RUN_PROGRAM",
        "PULUMI_SKIP_CHECKPOINTS",
    }
)


def without_options(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without variables that set command-line flags of the engine.

    A leftover target, for example, would deploy a part of the stack but record a complete deployment.
    """
    return {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(OPTIONS) and name not in _OTHER_OPTIONS
    }


def engine_environment(root: Path, toolchain: Toolchain, present: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to set.

    The engine's debug log is switched on or off, where the Pulumi home lies in our cache. The toolchain's folder goes
    first on PATH; by default, state is kept in the checkout's local folder.

    Args:
        root: the project's folder.
        toolchain: what was found or built.
        present: the environment as it is; a backend that is chosen there is kept, local files without attributes.
    """
    variables = toolchain.environment()
    path = present.get("PATH", "")
    if path.split(os.pathsep)[0] != toolchain.bin:
        variables["PATH"] = f"{toolchain.bin}{os.pathsep}{path}"
    tuned = {**TUNED, **garbage_settings(available_memory())}
    variables |= {name: value for name, value in tuned.items() if name not in present}
    home = toolchain.home or present.get("PULUMI_HOME")
    # Engines of ours are found on PATH, with their home, where a shell has the variables of `rolecall env`.
    if home is not None and Path(home).is_relative_to(cache_folder()):
        switch_debug_log(Path(home), on=settings.ENGINE_LOG.read(present))
    chosen = present.get("PULUMI_BACKEND_URL")
    backend = without_attributes(state_backend(root) if chosen is None else chosen)
    if backend != chosen:
        variables["PULUMI_BACKEND_URL"] = backend
    if not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & present.keys():
        variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase_file(root))
    return variables
