"""Type tokens of the Databricks provider that rules are about."""

from __future__ import annotations

ACCESS_CONTROL_RULE_SET = "databricks:index/accessControlRuleSet:AccessControlRuleSet"
CLUSTER = "databricks:index/cluster:Cluster"
CLUSTER_POLICY = "databricks:index/clusterPolicy:ClusterPolicy"
ENTITLEMENTS = "databricks:index/entitlements:Entitlements"
FEDERATED_IDENTITY_CREDENTIAL = "rolecall:entra:FederatedIdentityCredential"
GRANT = "databricks:index/grant:Grant"
GRANTS = "databricks:index/grants:Grants"
GROUP = "databricks:index/group:Group"
JOB = "databricks:index/job:Job"
MWS_PERMISSION_ASSIGNMENT = "databricks:index/mwsPermissionAssignment:MwsPermissionAssignment"
OBO_TOKEN = "databricks:index/oboToken:OboToken"
PERMISSION_ASSIGNMENT = "databricks:index/permissionAssignment:PermissionAssignment"
PERMISSIONS = "databricks:index/permissions:Permissions"
SECRET_ACCESS = "rolecall:databricks:SecretAccess"
SECRET_ACL = "databricks:index/secretAcl:SecretAcl"
SERVICE_PRINCIPAL = "databricks:index/servicePrincipal:ServicePrincipal"
SERVICE_PRINCIPAL_FEDERATION_POLICY = (
    "databricks:index/servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy"
)
SERVICE_PRINCIPAL_SECRET = "databricks:index/servicePrincipalSecret:ServicePrincipalSecret"
TOKEN = "databricks:index/token:Token"
