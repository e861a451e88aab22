"""The systems that Rolecall knows. Adding one is adding its folder and one line here."""

from __future__ import annotations

from rolecall.access.observation import System
from rolecall.systems.databricks import system as databricks
from rolecall.systems.entra import system as entra
from rolecall.systems.okta import system as okta

SYSTEMS: tuple[System, ...] = (okta.SYSTEM, entra.SYSTEM, databricks.SYSTEM)
