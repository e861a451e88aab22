"""The choices behind a new repository: options or prompts of `rolecall init`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CloudChoice(StrEnum):
    """The cloud that the workspaces run on."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"


class CiChoice(StrEnum):
    """The CI service that checks a change before it is merged."""

    GITHUB = "github"
    GITLAB = "gitlab"
    HARNESS = "harness"
    AZURE_DEVOPS = "azure-devops"
    NONE = "none"


@dataclass(frozen=True)
class Choices:
    """The choices behind a repository.

    Attributes:
        organization: short name of the organization.
        identity_provider: the identity provider of people and groups, by its system's name.
        orchestrators: the orchestrators that trigger jobs, in addition to Databricks, by their systems' names.
        cloud: the cloud that the workspaces run on.
        ci: the CI service that checks a change before it is merged.
    """

    organization: str = "acme"
    identity_provider: str = "okta"
    orchestrators: tuple[str, ...] = ()
    cloud: CloudChoice = CloudChoice.AWS
    ci: CiChoice = CiChoice.GITHUB
