"""The Pulumi program: load the contract, compile it, declare what this stack holds.

The stack's name says what that is: `account` for what all environments share, ENVIRONMENT.PROJECT for what a project
has in an environment, ENVIRONMENT for who may use the environment's catalog.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pulumi

from components.data_guard import DataGuard
from components.debugging import quiet
from components.declare import declare
from rolecall.compiled import compile_file, require_deployer
from rolecall.deploy.plain_engine import refuse_removals, require_packs
from rolecall.engine.journal import file_of
from rolecall.engine.state import states_beside_engine
from rolecall.errors import RolecallError
from rolecall.project import require_contract
from rolecall.slices.part import part_of
from rolecall.slices.slice import slice_named
from rolecall.systems.databricks.caller import require_signed_in_deployer
from rolecall.systems.databricks.lookups import look_up

# Messages name files as the user would, from the project's folder.
os.chdir(pulumi.get_root_directory())
stack = pulumi.get_stack()
quiet(os.environ)

try:
    compiled = compile_file(require_contract(Path(), stack, os.environ), datetime.now(UTC).date())
    require_deployer(compiled.contract, os.environ, previews=pulumi.runtime.is_dry_run())
    if not pulumi.runtime.is_dry_run():
        require_signed_in_deployer(compiled.contract)
    part = part_of(compiled, slice_named(compiled.contract, stack), look_up(compiled.contract))
    state = states_beside_engine(pulumi.get_project(), os.environ).read(stack)
except RolecallError as error:
    raise pulumi.RunError(str(error)) from None
today = datetime.now(UTC).date()
if not pulumi.runtime.is_dry_run():
    try:
        require_packs(compiled.contract, Path())
        refuse_removals(compiled.contract, part, state, today)
    except RolecallError as error:
        raise pulumi.RunError(f"{error.what}. {error.how_to_go_on}") from None
noted = file_of(os.environ.get("PULUMI_BACKEND_URL", ""), pulumi.get_project(), stack)
if noted is not None and noted.exists() and not pulumi.runtime.is_dry_run():
    raise pulumi.RunError(
        f"a run of `rolecall up` on the stack {stack} was killed, and what it has made is not in the state yet. "
        "Run `rolecall up` once: it takes that over."
    )
declare(part, DataGuard(compiled.contract, part, state, today))
