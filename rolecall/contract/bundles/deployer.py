"""Names of the deployer that a bundle can refer to.

Source: libs/iamutil and libs/textutil of the bundles' command.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Deployment:
    """Values of a deployment that a bundle can refer to.

    Attributes:
        deployer: who deploys: a user's name, or the application id of a service principal.
        hosts: the address of each environment's workspace.
        display_name: the deployer's name in Databricks; empty if unknown.
    """

    deployer: str
    hosts: Mapping[str, str]
    display_name: str = ""

    @property
    def names(self) -> dict[str, str]:
        """The deployer's names by field; without a display name a service principal has no short one."""
        found = {"userName": self.deployer}
        name = self.display_name if _is_application(self.deployer) else self.deployer
        if name:
            short = re.sub(r"_+", "_", re.sub(r"[\W_]", "_", name.partition("@")[0].lower())).strip("_")
            found["short_name"] = short
            found["domain_friendly_name"] = re.sub(r"[^A-Za-z0-9]", "-", _without_marks(short)).lower()
        return found


def _is_application(name: str) -> bool:
    try:
        uuid.UUID(name)
    except ValueError:
        return False
    return True


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(one for one in decomposed if unicodedata.category(one) != "Mn"))
