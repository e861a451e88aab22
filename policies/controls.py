"""Which controls of which framework a rule serves: by what it is about.

SOC 2: Trust Services Criteria 2017 with points of focus of 2022 (AICPA). ISO 27001: Annex A of ISO/IEC 27001:2022.
GDPR: Regulation (EU) 2016/679. CIS: CIS Critical Security Controls 8.1 (Center for Internet Security). Databricks: the
parts of https://docs.databricks.com/en/lakehouse-architecture/security-compliance-and-privacy/best-practices.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from itertools import chain

SOC_2, ISO, GDPR, CIS, DATABRICKS = "SOC 2", "ISO 27001", "GDPR", "CIS", "Databricks"
FRAMEWORKS = (SOC_2, ISO, GDPR, CIS, DATABRICKS)
IDENTITY, DATA, NETWORK = "identity and access", "data protection", "network security"
RESPONSIBILITY, PRIVACY, MONITORING = "shared responsibility", "compliance and privacy", "system security monitoring"

Controls = Mapping[str, tuple[str, ...]]


class Theme(Enum):
    """What a rule is about, with the controls that ask for it."""

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


THEMES: Mapping[str, tuple[Theme, ...]] = {
    "access-mode-is-isolated": (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    "address-list-is-on": (Theme.NETWORK,),
    "address-list-names-known-addresses": (Theme.NETWORK,),
    "address-lists-are-on": (Theme.NETWORK,),
    "addresses-in-sum-are-known": (Theme.NETWORK,),
    "all-users-only-view": (Theme.LEAST_PRIVILEGE,),
    "app-has-few-rights": (Theme.LEAST_PRIVILEGE,),
    "artifact-allowlist-is-narrow": (Theme.CONFIGURATION, Theme.SUPPLY_CHAIN),
    "audit-logs-are-delivered": (Theme.LOGGING,),
    "automation-starts-nothing": (Theme.LEAST_PRIVILEGE,),
    "break-glass-is-named": (Theme.AVAILABILITY,),
    "break-glass-stays": (Theme.AVAILABILITY, Theme.ADMINISTRATORS),
    "cluster-ends-when-idle": (Theme.CAPACITY,),
    "cluster-logs-are-kept": (Theme.LOGGING,),
    "cluster-policy-ends-idle-clusters": (Theme.CAPACITY,),
    "cluster-policy-is-no-way-around": (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    "cluster-policy-limits-size": (Theme.CAPACITY,),
    "clusters-are-small": (Theme.CAPACITY,),
    "code-outside-dbfs": (Theme.CHANGE, Theme.SUPPLY_CHAIN),
    "code-outside-personal-folders": (Theme.CHANGE, Theme.LIFECYCLE),
    "compliance-profile-is-on": (Theme.CONFIGURATION, Theme.PATCHES),
    "compute-carries-tags": (Theme.RECORDS,),
    "compute-holds-no-secret": (Theme.CREDENTIALS,),
    "connection-without-password": (Theme.CREDENTIALS,),
    "credentials-expire": (Theme.CREDENTIALS,),
    "custom-app-without-secret": (Theme.CREDENTIALS,),
    "dashboards-not-embedded-anywhere": (Theme.DATA_OUT,),
    "data-bound-to-workspaces": (Theme.ENVIRONMENTS, Theme.LEAST_PRIVILEGE),
    "data-is-described": (Theme.RECORDS,),
    "data-not-for-everybody": (Theme.LEAST_PRIVILEGE,),
    "data-stays-in-workspace": (Theme.DATA_OUT,),
    "data-survives-its-declaration": (Theme.AVAILABILITY,),
    "data-to-groups-not-persons": (Theme.LEAST_PRIVILEGE, Theme.LIFECYCLE),
    "egress-is-restricted": (Theme.NETWORK, Theme.DATA_OUT),
    "entitlements-to-groups": (Theme.LEAST_PRIVILEGE, Theme.LIFECYCLE),
    "federation-fetches-keys": (Theme.CREDENTIALS,),
    "federation-issuer-is-encrypted": (Theme.CREDENTIALS, Theme.ENCRYPTION),
    "federation-by-the-usual-claim": (Theme.CREDENTIALS, Theme.LEAST_PRIVILEGE),
    "federation-keys-are-the-issuers": (Theme.CREDENTIALS,),
    "federation-names-its-audience": (Theme.CREDENTIALS,),
    "federation-names-one-workload": (Theme.CREDENTIALS, Theme.LEAST_PRIVILEGE),
    "runs-are-limited": (Theme.CAPACITY,),
    "few-workspace-administrators": (Theme.ADMINISTRATORS,),
    "files-hold-no-secret": (Theme.CREDENTIALS,),
    "gateway-holds-no-key": (Theme.CREDENTIALS,),
    "images-are-pinned": (Theme.SUPPLY_CHAIN,),
    "images-without-password": (Theme.CREDENTIALS,),
    "init-scripts-are-protected": (Theme.CONFIGURATION, Theme.CHANGE),
    "job-clusters-under-policy": (Theme.CONFIGURATION,),
    "job-has-timeout": (Theme.CAPACITY,),
    "job-holds-no-secret": (Theme.CREDENTIALS,),
    "job-on-its-own-cluster": (Theme.LEAST_PRIVILEGE,),
    "job-runs-as-service-principal": (Theme.TRACEABILITY, Theme.LEAST_PRIVILEGE),
    "legacy-dbfs-is-off": (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    "legacy-features-are-off": (Theme.CONFIGURATION,),
    "legacy-metastore-is-off": (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    "libraries-are-pinned": (Theme.SUPPLY_CHAIN,),
    "members-come-from-identity-provider": (Theme.LIFECYCLE,),
    "membership-follows-the-contract": (Theme.LEAST_PRIVILEGE, Theme.LIFECYCLE),
    "model-calls-are-recorded": (Theme.LOGGING,),
    "model-service-is-limited": (Theme.CAPACITY, Theme.CONFIGURATION),
    "model-service-sleeps-when-idle": (Theme.CAPACITY,),
    "no-account-wide-federation": (Theme.CREDENTIALS, Theme.LEAST_PRIVILEGE),
    "no-all-privileges": (Theme.LEAST_PRIVILEGE,),
    "no-compute-without-policy": (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    "no-credential-passthrough": (Theme.LEAST_PRIVILEGE, Theme.TRACEABILITY),
    "no-external-engines": (Theme.DATA_OUT,),
    "no-external-use-of-files": (Theme.DATA_OUT, Theme.LEAST_PRIVILEGE),
    "no-forced-takeover": (Theme.LIFECYCLE,),
    "no-global-init-script": (Theme.CONFIGURATION, Theme.CHANGE),
    "no-instance-profile-on-compute": (Theme.LEAST_PRIVILEGE, Theme.TRACEABILITY),
    "no-long-lived-credentials": (Theme.CREDENTIALS,),
    "no-mounts": (Theme.LEAST_PRIVILEGE,),
    "no-native-database-login": (Theme.CREDENTIALS,),
    "no-personal-git-token": (Theme.CREDENTIALS,),
    "no-rights-of-a-machine": (Theme.LEAST_PRIVILEGE, Theme.TRACEABILITY),
    "no-sign-in-with-password": (Theme.CREDENTIALS,),
    "no-spark-submit": (Theme.LEAST_PRIVILEGE,),
    "no-ssh-keys": (Theme.CREDENTIALS, Theme.TRACEABILITY),
    "no-strong-role-by-the-side": (Theme.ADMINISTRATORS,),
    "no-token-of-another-organization": (Theme.CREDENTIALS,),
    "no-web-terminal": (Theme.TRACEABILITY,),
    "nothing-holds-a-secret": (Theme.CREDENTIALS,),
    "nothing-on-dbfs": (Theme.LEAST_PRIVILEGE, Theme.CHANGE),
    "orchestrator-administered-by-few": (Theme.ADMINISTRATORS,),
    "orchestrator-roles-only-let-in": (Theme.LEAST_PRIVILEGE,),
    "owner-is-no-person": (Theme.LIFECYCLE, Theme.RECORDS),
    "exactly-one-owner": (Theme.LIFECYCLE,),
    "permissions-to-groups-not-persons": (Theme.LEAST_PRIVILEGE, Theme.LIFECYCLE),
    "personal-tokens-expire": (Theme.CREDENTIALS,),
    "personal-tokens-not-for-everybody": (Theme.CREDENTIALS,),
    "persons-come-from-identity-provider": (Theme.LIFECYCLE,),
    "pipeline-approved-by-others": (Theme.LEAST_PRIVILEGE, Theme.CHANGE),
    "pipeline-publishes-to-unity-catalog": (Theme.LEAST_PRIVILEGE, Theme.RECORDS),
    "pipeline-rests-outside-production": (Theme.CAPACITY,),
    "pipeline-runs-as-service-principal": (Theme.TRACEABILITY, Theme.LEAST_PRIVILEGE),
    "pipeline-runs-on-named-delegates": (Theme.LEAST_PRIVILEGE,),
    "pool-is-bounded": (Theme.CAPACITY,),
    "pool-releases-idle-machines": (Theme.CAPACITY,),
    "private-access-is-private": (Theme.NETWORK,),
    "production-code-is-pinned": (Theme.CHANGE, Theme.SUPPLY_CHAIN),
    "production-jobs-notify-on-failure": (Theme.LOGGING, Theme.AVAILABILITY),
    "production-data-stays-in-production": (Theme.LEAST_PRIVILEGE,),
    "production-only-for-bound-groups": (Theme.LEAST_PRIVILEGE, Theme.ENVIRONMENTS),
    "production-pipeline-in-production-mode": (Theme.ENVIRONMENTS,),
    "program-signs-in-as-the-run": (Theme.CREDENTIALS, Theme.TRACEABILITY),
    "program-writes-to-known-hosts": (Theme.ENVIRONMENTS, Theme.CREDENTIALS),
    "protective-settings-stay": (Theme.CONFIGURATION, Theme.CHANGE),
    "queries-owned-by-no-person": (Theme.LIFECYCLE, Theme.LEAST_PRIVILEGE),
    "queries-run-with-the-readers-rights": (Theme.LEAST_PRIVILEGE,),
    "recipient-is-restricted": (Theme.CREDENTIALS, Theme.DATA_OUT),
    "required-tags": (Theme.RECORDS,),
    "resource-stays-in-its-workspace": (Theme.ENVIRONMENTS,),
    "resource-group-names-pipelines": (Theme.LEAST_PRIVILEGE,),
    "results-in-own-storage": (Theme.DATA_OUT,),
    "retries-are-limited": (Theme.CAPACITY,),
    "role-is-about-pipelines": (Theme.ADMINISTRATORS, Theme.LEAST_PRIVILEGE),
    "runtime-is-supported": (Theme.PATCHES,),
    "secret-scope-not-for-everybody": (Theme.CREDENTIALS, Theme.LEAST_PRIVILEGE),
    "secret-value-not-declared": (Theme.CREDENTIALS,),
    "secrets-not-for-everybody": (Theme.CREDENTIALS, Theme.LEAST_PRIVILEGE),
    "security-monitoring-is-on": (Theme.LOGGING,),
    "security-updates-are-automatic": (Theme.PATCHES,),
    "service-principals-managed-by-groups": (Theme.ADMINISTRATORS, Theme.LIFECYCLE),
    "serving-keys-by-reference": (Theme.CREDENTIALS,),
    "settings-protect": (Theme.CONFIGURATION, Theme.ADMINISTRATORS),
    "sharing-tokens-expire": (Theme.CREDENTIALS, Theme.DATA_OUT),
    "spot-outside-production": (Theme.CAPACITY,),
    "storage-credential-without-keys": (Theme.CREDENTIALS,),
    "type-is-known": (Theme.CHANGE, Theme.CONFIGURATION),
    "user-group-follows-identity-provider": (Theme.LIFECYCLE,),
    "verbose-audit-logs-are-on": (Theme.LOGGING,),
    "warehouse-is-small": (Theme.CAPACITY,),
    "warehouse-stops-when-idle": (Theme.CAPACITY,),
    "warehouses-ask-unity-catalog": (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    "webhook-holds-no-secret": (Theme.CREDENTIALS, Theme.ENCRYPTION),
    "work-pool-takes-nothing-from-outside": (Theme.LEAST_PRIVILEGE,),
    "workers-only-work": (Theme.LEAST_PRIVILEGE,),
    "workflow-holds-no-secret": (Theme.CREDENTIALS,),
    "workflow-to-groups-not-persons": (Theme.LEAST_PRIVILEGE, Theme.LIFECYCLE),
    "workflow-uses-no-stored-secret": (Theme.CREDENTIALS,),
    "workspace-administrators-are-restricted": (Theme.ADMINISTRATORS,),
    "workspace-has-access-control": (Theme.LEAST_PRIVILEGE,),
    "workspace-in-own-network": (Theme.NETWORK,),
    "workspace-makes-no-token": (Theme.CREDENTIALS,),
    "workspace-keys-are-known": (Theme.CONFIGURATION,),
    "workspace-under-own-keys": (Theme.ENCRYPTION,),
}


def controls_of(rule_id: str) -> Controls:
    """Return the controls that a rule serves, by framework; none for a rule of another pack."""
    themes = THEMES.get(rule_id, ())
    found = {name: [*chain.from_iterable(theme.value.get(name, ()) for theme in themes)] for name in FRAMEWORKS}
    return {name: tuple(dict.fromkeys(controls)) for name, controls in found.items() if controls}
