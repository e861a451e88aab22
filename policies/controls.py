"""Controls of compliance frameworks, by theme; a rule names its themes.

SOC 2: Trust Services Criteria 2017 with points of focus of 2022 (AICPA). ISO 27001: Annex A of ISO/IEC 27001:2022.
GDPR: Regulation (EU) 2016/679. CIS: CIS Critical Security Controls 8.1 (Center for Internet Security). Databricks: the
parts of https://docs.databricks.com/en/lakehouse-architecture/security-compliance-and-privacy/best-practices.html.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from itertools import chain

SOC_2, ISO, GDPR, CIS, DATABRICKS = "SOC 2", "ISO 27001", "GDPR", "CIS", "Databricks"
FRAMEWORKS = (SOC_2, ISO, GDPR, CIS, DATABRICKS)
IDENTITY, DATA, NETWORK = "identity and access", "data protection", "network security"
RESPONSIBILITY, PRIVACY, MONITORING = "shared responsibility", "compliance and privacy", "system security monitoring"

Controls = Mapping[str, tuple[str, ...]]


class Theme(Enum):
    """A theme of rules, with the controls that require it."""

    LEAST_PRIVILEGE = {
        SOC_2: ("CC6.3",),
        ISO: ("A.5.15", "A.5.18", "A.8.3"),
        GDPR: ("Art. 25", "Art. 32"),
        CIS: ("3.3", "6.8"),
        DATABRICKS: (IDENTITY,),
    }
    ADMINISTRATORS = {
        SOC_2: ("CC6.3",),
        ISO: ("A.8.2",),
        GDPR: ("Art. 32",),
        CIS: ("5.4", "6.8"),
        DATABRICKS: (IDENTITY,),
    }
    LIFECYCLE = {
        SOC_2: ("CC6.2",),
        ISO: ("A.5.16", "A.5.18"),
        GDPR: ("Art. 32",),
        CIS: ("5.1", "6.1", "6.2"),
        DATABRICKS: (IDENTITY,),
    }
    CREDENTIALS = {
        SOC_2: ("CC6.1",),
        ISO: ("A.5.17", "A.8.5"),
        GDPR: ("Art. 32",),
        CIS: ("3.11", "5.2"),
        DATABRICKS: (IDENTITY,),
    }
    TRACEABILITY = {
        SOC_2: ("CC6.1", "CC7.2"),
        ISO: ("A.5.16", "A.8.15"),
        GDPR: ("Art. 5(2)", "Art. 32"),
        CIS: ("5.1", "8.2"),
        DATABRICKS: (IDENTITY, MONITORING),
    }
    LOGGING = {
        SOC_2: ("CC7.2", "CC7.3"),
        ISO: ("A.8.15", "A.8.16"),
        GDPR: ("Art. 32", "Art. 33"),
        CIS: ("8.2", "8.5"),
        DATABRICKS: (MONITORING,),
    }
    NETWORK = {
        SOC_2: ("CC6.6",),
        ISO: ("A.8.20", "A.8.22"),
        GDPR: ("Art. 32",),
        CIS: ("12.2", "13.4"),
        DATABRICKS: (NETWORK,),
    }
    DATA_OUT = {
        SOC_2: ("CC6.7",),
        ISO: ("A.8.12",),
        GDPR: ("Art. 5(1)(f)", "Art. 32"),
        CIS: ("3.3", "3.13"),
        DATABRICKS: (DATA,),
    }
    ENCRYPTION = {
        SOC_2: ("CC6.1", "CC6.7"),
        ISO: ("A.8.24",),
        GDPR: ("Art. 32",),
        CIS: ("3.10", "3.11"),
        DATABRICKS: (DATA,),
    }
    CONFIGURATION = {
        SOC_2: ("CC6.8", "CC7.1"),
        ISO: ("A.8.9",),
        GDPR: ("Art. 32",),
        CIS: ("4.1", "4.8"),
        DATABRICKS: (RESPONSIBILITY,),
    }
    PATCHES = {
        SOC_2: ("CC7.1",),
        ISO: ("A.8.8",),
        GDPR: ("Art. 32",),
        CIS: ("7.3", "7.4"),
        DATABRICKS: (RESPONSIBILITY,),
    }
    SUPPLY_CHAIN = {
        SOC_2: ("CC6.8", "CC8.1"),
        ISO: ("A.5.21", "A.8.28"),
        GDPR: ("Art. 32",),
        CIS: ("16.4", "16.5"),
        DATABRICKS: (RESPONSIBILITY,),
    }
    CHANGE = {
        SOC_2: ("CC8.1",),
        ISO: ("A.8.25", "A.8.32"),
        GDPR: ("Art. 32",),
        CIS: ("16.1",),
        DATABRICKS: (RESPONSIBILITY,),
    }
    ENVIRONMENTS = {
        SOC_2: ("CC8.1",),
        ISO: ("A.8.31",),
        GDPR: ("Art. 25", "Art. 32"),
        CIS: ("16.8",),
        DATABRICKS: (DATA,),
    }
    RECORDS = {
        SOC_2: ("CC6.1",),
        ISO: ("A.5.9", "A.5.12"),
        GDPR: ("Art. 30",),
        CIS: ("3.2", "3.7"),
        DATABRICKS: (PRIVACY,),
    }
    AVAILABILITY = {
        SOC_2: ("A1.2",),
        ISO: ("A.5.33", "A.8.13"),
        GDPR: ("Art. 32",),
        CIS: ("11.1",),
        DATABRICKS: (DATA,),
    }
    CAPACITY = {SOC_2: ("A1.1",), ISO: ("A.8.6",)}


def controls_of(themes: Collection[Theme]) -> Controls:
    """Return the controls of a rule's themes, by framework."""
    found = {name: [*chain.from_iterable(theme.value.get(name, ()) for theme in themes)] for name in FRAMEWORKS}
    return {name: tuple(dict.fromkeys(controls)) for name, controls in found.items() if controls}
