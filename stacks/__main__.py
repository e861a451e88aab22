"""The Pulumi program: load the contract, compile it, declare what this stack holds.

The stack's name says what that is: `account` for what all environments share, else the name of an environment.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pulumi

from components.account import declare_account
from components.environment import declare_environment
from components.settling import settle
from rolecall.compiled import compile_file, environment_named, require_deployer
from rolecall.contract.names import RESERVED
from rolecall.errors import RolecallError
from rolecall.project import require_contract

# Messages name files as the user would, from the project's folder.
os.chdir(pulumi.get_root_directory())
stack = pulumi.get_stack()
# The SDK tells the engine of its every step, in a call that it waits for; a tenth of a preview goes into that.
if not os.environ.get("PULUMI_DEBUG_PROGRAM"):
    pulumi.log.debug = lambda *_, **__: None
pulumi.run(settle)

try:
    compiled = compile_file(require_contract(Path(), stack, os.environ), datetime.now(UTC).date())
    require_deployer(compiled.contract, os.environ)
    if stack == RESERVED:
        declare_account(compiled)
    else:
        declare_environment(compiled, environment_named(compiled.contract, stack))
except RolecallError as error:
    raise pulumi.RunError(str(error)) from None
