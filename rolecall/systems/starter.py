"""What `rolecall init` writes for a system: lines of the contract and of the emulators' content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class PipelineSignIn:
    """How a CI job signs in to a system.

    Attributes:
        variables: names of variables with addresses and ids, which are not secret.
        secrets: names of secrets.
        fixed: variables with one value.
        federated: whether it signs in to Entra ID with a token of the CI platform.
    """

    variables: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    federated: bool = False


@dataclass(frozen=True, kw_only=True)
class Starter:
    """The part of a new repository that belongs to one system.

    Attributes:
        contract: lines of the main contract file, at the top level; only identity providers have them.
        provisioning: how groups reach Databricks, where that is not `scim`.
        variables: environment variables for addresses and ids that the lines read.
        group: id of the group of the first project in the emulator.
        emulator: lines of the system's section of `emulators.yaml`; `users` with their groups come last.
        users_have_groups: whether the emulator's users name their groups.
        extra: the extra of the distribution that its workers need.
        counterpart: the value of an orchestrator's key among a job's `counterparts`.
        sign_in: how jobs of a CI platform sign in.
    """

    contract: tuple[str, ...] = ()
    provisioning: str = ""
    variables: tuple[str, ...] = ()
    group: str = ""
    emulator: tuple[str, ...] = ()
    users_have_groups: bool = True
    extra: str = ""
    counterpart: str = "true"
    sign_in: PipelineSignIn = PipelineSignIn()
