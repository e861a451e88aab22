"""What a new repository is for: the choices that `rolecall init` takes as options or asks for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IdentityProviderChoice(StrEnum):
    """Where people and groups live."""

    OKTA = "okta"
    ENTRA = "entra"


class OrchestratorChoice(StrEnum):
    """What triggers jobs beside Databricks."""

    CONDUCTOR = "conductor"
    HARNESS = "harness"
    PREFECT = "prefect"


class CloudChoice(StrEnum):
    """The cloud that the workspaces run on."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"


class CiChoice(StrEnum):
    """What checks a change before it is merged."""

    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"


@dataclass(frozen=True)
class Choices:
    """What a repository is for.

    Attributes:
        organization: short name of the organization.
        identity_provider: where people and groups live.
        orchestrators: what triggers jobs beside Databricks.
        cloud: the cloud that the workspaces run on.
        ci: what checks a change before it is merged.
    """

    organization: str = "acme"
    identity_provider: IdentityProviderChoice = IdentityProviderChoice.OKTA
    orchestrators: tuple[OrchestratorChoice, ...] = ()
    cloud: CloudChoice = CloudChoice.AWS
    ci: CiChoice = CiChoice.GITHUB
