"""Type tokens of the Databricks provider, and of Rolecall's own, that rules are about."""

from __future__ import annotations

from rolecall.ids.verbs import Kind
from rolecall.kinds import access, dataset
from rolecall.kinds.registry import TOKENS

PROVIDERS = "pulumi:providers:"
ACCESS_CONTROL_RULE_SET = access.RULE_SET.token
ACCOUNT_FEDERATION_POLICY = "databricks:index/accountFederationPolicy:AccountFederationPolicy"
ACCOUNT_NETWORK_POLICY = "databricks:index/accountNetworkPolicy:AccountNetworkPolicy"
ACCOUNT_SETTING = "databricks:index/accountSettingV2:AccountSettingV2"
AIBI_DOMAINS = (
    "databricks:index/aibiDashboardEmbeddingApprovedDomainsSetting:AibiDashboardEmbeddingApprovedDomainsSetting"
)
AI_MCP_SERVICE = "databricks:index/aiGatewayMcpService:AiGatewayMcpService"
AI_MODEL_SERVICE = "databricks:index/aiGatewayModelService:AiGatewayModelService"
AI_PROVIDER_SERVICE = "databricks:index/aiGatewayModelProviderService:AiGatewayModelProviderService"
AI_SEARCH_INDEX = "databricks:index/aiSearchIndex:AiSearchIndex"
ALERT = "databricks:index/alert:Alert"
ALERT_V2 = TOKENS[Kind.ALERT]
APP = TOKENS[Kind.APP]
APP_SPACE = "databricks:index/appSpace:AppSpace"
ARTIFACT_ALLOWLIST = "databricks:index/artifactAllowlist:ArtifactAllowlist"
AUTOMATIC_CLUSTER_UPDATE = (
    "databricks:index/automaticClusterUpdateWorkspaceSetting:AutomaticClusterUpdateWorkspaceSetting"
)
AWS_S3_MOUNT = "databricks:index/awsS3Mount:AwsS3Mount"
AZURE_BLOB_MOUNT = "databricks:index/azureBlobMount:AzureBlobMount"
AZURE_GEN1_MOUNT = "databricks:index/azureAdlsGen1Mount:AzureAdlsGen1Mount"
AZURE_GEN2_MOUNT = "databricks:index/azureAdlsGen2Mount:AzureAdlsGen2Mount"
BASE_ENVIRONMENT = "databricks:index/environmentsWorkspaceBaseEnvironment:EnvironmentsWorkspaceBaseEnvironment"
CATALOG = TOKENS[Kind.CATALOG]
CATALOG_BINDING = "databricks:index/catalogWorkspaceBinding:CatalogWorkspaceBinding"
CLUSTER = TOKENS[Kind.CLUSTER]
CLUSTER_POLICY = TOKENS[Kind.CLUSTER_POLICY]
COMPLIANCE_SECURITY_PROFILE = (
    "databricks:index/complianceSecurityProfileWorkspaceSetting:ComplianceSecurityProfileWorkspaceSetting"
)
CONDUCTOR_APPLICATION = "rolecall:conductor:Application"
CONDUCTOR_GROUP = "rolecall:conductor:Group"
CONDUCTOR_PERMISSIONS = "rolecall:conductor:Permissions"
CONDUCTOR_TASK = "rolecall:conductor:TaskDefinition"
CONDUCTOR_WORKFLOW = "rolecall:conductor:WorkflowDefinition"
CONNECTION = "databricks:index/connection:Connection"
CREDENTIAL = "databricks:index/credential:Credential"
CUSTOM_APP = "databricks:index/customAppIntegration:CustomAppIntegration"
DASHBOARD = TOKENS[Kind.DASHBOARD]
DASHBOARD_EMBEDDING = (
    "databricks:index/aibiDashboardEmbeddingAccessPolicySetting:AibiDashboardEmbeddingAccessPolicySetting"
)
DATABASE_INSTANCE = TOKENS[Kind.DATABASE_INSTANCE]
DATABRICKS_PROVIDER = "pulumi:providers:databricks"
DBFS_FILE = "databricks:index/dbfsFile:DbfsFile"
DEFAULT_BASE_ENVIRONMENT = (
    "databricks:index/environmentsDefaultWorkspaceBaseEnvironment:EnvironmentsDefaultWorkspaceBaseEnvironment"
)
DIRECTORY = "databricks:index/directory:Directory"
DISABLE_LEGACY_ACCESS = "databricks:index/disableLegacyAccessSetting:DisableLegacyAccessSetting"
DISABLE_LEGACY_DBFS = "databricks:index/disableLegacyDbfsSetting:DisableLegacyDbfsSetting"
DISABLE_LEGACY_FEATURES = "databricks:index/disableLegacyFeaturesSetting:DisableLegacyFeaturesSetting"
ENHANCED_SECURITY_MONITORING = (
    "databricks:index/enhancedSecurityMonitoringWorkspaceSetting:EnhancedSecurityMonitoringWorkspaceSetting"
)
ENTITLEMENTS = "databricks:index/entitlements:Entitlements"
ENTRA_APP_ROLE_ASSIGNMENT = "rolecall:entra:AppRoleAssignment"
ENTRA_GROUP = "rolecall:entra:Group"
ENTRA_GROUP_MEMBERSHIP = "rolecall:entra:GroupMembership"
EXTERNAL_LOCATION = "databricks:index/externalLocation:ExternalLocation"
FEATURE = "databricks:index/featureEngineeringFeature:FeatureEngineeringFeature"
FEDERATED_IDENTITY_CREDENTIAL = "rolecall:entra:FederatedIdentityCredential"
FILE = "databricks:index/file:File"
GIT_CREDENTIAL = "databricks:index/gitCredential:GitCredential"
GLOBAL_INIT_SCRIPT = "databricks:index/globalInitScript:GlobalInitScript"
GRANT = access.GRANTS.single
GRANTS = access.GRANTS.token
GROUP = "databricks:index/group:Group"
GROUP_INSTANCE_PROFILE = "databricks:index/groupInstanceProfile:GroupInstanceProfile"
GROUP_MEMBER = "databricks:index/groupMember:GroupMember"
GROUP_MEMBERS = "rolecall:databricks:GroupMembers"
GROUP_ROLE = "databricks:index/groupRole:GroupRole"
HARNESS_PERMISSIONS = "rolecall:harness:Permissions"
HARNESS_PIPELINE = "rolecall:harness:Pipeline"
HARNESS_RESOURCE_GROUP = "rolecall:harness:ResourceGroup"
HARNESS_ROLE = "rolecall:harness:Role"
HARNESS_USER_GROUP = "rolecall:harness:UserGroup"
INSTANCE_POOL = TOKENS[Kind.INSTANCE_POOL]
INSTANCE_PROFILE = "databricks:index/instanceProfile:InstanceProfile"
IP_ACCESS_LIST = "databricks:index/ipAccessList:IpAccessList"
JOB = TOKENS[Kind.JOB]
KUBERNETES_OBJECT = "rolecall:kubernetes:Object"
KAFKA_CONFIG = "databricks:index/featureEngineeringKafkaConfig:FeatureEngineeringKafkaConfig"
KNOWLEDGE_SOURCE = "databricks:index/knowledgeAssistantKnowledgeSource:KnowledgeAssistantKnowledgeSource"
LAKEHOUSE_MONITOR = "databricks:index/lakehouseMonitor:LakehouseMonitor"
LIBRARY = "databricks:index/library:Library"
MATERIALIZED_FEATURE = "databricks:index/featureEngineeringMaterializedFeature:FeatureEngineeringMaterializedFeature"
METASTORE = "databricks:index/metastore:Metastore"
METASTORE_DATA_ACCESS = "databricks:index/metastoreDataAccess:MetastoreDataAccess"
METASTORE_PROVIDER = "databricks:index/metastoreProvider:MetastoreProvider"
MLFLOW_EXPERIMENT = TOKENS[Kind.EXPERIMENT]
MLFLOW_WEBHOOK = "databricks:index/mlflowWebhook:MlflowWebhook"
MODEL_SERVING = "databricks:index/modelServing:ModelServing"
MOUNT = "databricks:index/mount:Mount"
MWS_LOG_DELIVERY = "databricks:index/mwsLogDelivery:MwsLogDelivery"
MWS_PERMISSION_ASSIGNMENT = "databricks:index/mwsPermissionAssignment:MwsPermissionAssignment"
MWS_PRIVATE_ACCESS_SETTINGS = "databricks:index/mwsPrivateAccessSettings:MwsPrivateAccessSettings"
MWS_WORKSPACES = TOKENS[Kind.WORKSPACE]
NATIVE_PROVIDER = "pulumi:providers:rolecall"
NOTEBOOK = "databricks:index/notebook:Notebook"
NOTIFICATION_DESTINATION = "databricks:index/notificationDestination:NotificationDestination"
OBO_TOKEN = "databricks:index/oboToken:OboToken"
OKTA_APP_ASSIGNMENT = "rolecall:okta:AppGroupAssignment"
OKTA_GROUP = "rolecall:okta:Group"
OKTA_GROUP_MEMBERSHIP = "rolecall:okta:GroupMembership"
OKTA_GROUP_RULE = "rolecall:okta:GroupRule"
ONLINE_TABLE = "databricks:index/onlineTable:OnlineTable"
PERMISSIONS = access.PERMISSIONS.token
PERMISSION_ASSIGNMENT = access.ASSIGNMENT.token
PIPELINE = TOKENS[Kind.PIPELINE]
POLICY_INFO = "databricks:index/policyInfo:PolicyInfo"
PREFECT_AUTOMATION = "rolecall:prefect:Automation"
PREFECT_DEPLOYMENT = "rolecall:prefect:Deployment"
PREFECT_PERMISSIONS = "rolecall:prefect:Permissions"
PREFECT_SERVICE_ACCOUNT = "rolecall:prefect:ServiceAccount"
PREFECT_TEAM = "rolecall:prefect:Team"
PREFECT_VARIABLE = "rolecall:prefect:Variable"
PREFECT_WORK_POOL = "rolecall:prefect:WorkPool"
PROVISIONED_THROUGHPUT = "databricks:index/modelServingProvisionedThroughput:ModelServingProvisionedThroughput"
QUALITY_MONITOR = "databricks:index/qualityMonitor:QualityMonitor"
QUERY = TOKENS[Kind.QUERY]
RECIPIENT = "databricks:index/recipient:Recipient"
REGISTERED_MODEL = TOKENS[Kind.MODEL]
REPO = "databricks:index/repo:Repo"
RESTRICT_WORKSPACE_ADMINS = "databricks:index/restrictWorkspaceAdminsSetting:RestrictWorkspaceAdminsSetting"
SCHEMA = TOKENS[Kind.DATASET]
SECRET = "databricks:index/secret:Secret"
SECRET_ACCESS = access.SECRET_ACL.token
SECRET_ACL = access.SECRET_ACL.single
SECRET_SCOPE = TOKENS[Kind.SECRET_SCOPE]
SECRET_UC = "databricks:index/secretUc:SecretUc"
SERVICE_PRINCIPAL = TOKENS[Kind.SERVICE_PRINCIPAL]
SERVICE_PRINCIPAL_FEDERATION_POLICY = (
    "databricks:index/servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy"
)
SERVICE_PRINCIPAL_ROLE = "databricks:index/servicePrincipalRole:ServicePrincipalRole"
SERVICE_PRINCIPAL_SECRET = "databricks:index/servicePrincipalSecret:ServicePrincipalSecret"
SHARE = "databricks:index/share:Share"
SQL_ALERT = "databricks:index/sqlAlert:SqlAlert"
SQL_DASHBOARD = "databricks:index/sqlDashboard:SqlDashboard"
SQL_ENDPOINT = TOKENS[Kind.WAREHOUSE]
SQL_GLOBAL_CONFIG = "databricks:index/sqlGlobalConfig:SqlGlobalConfig"
SQL_QUERY = "databricks:index/sqlQuery:SqlQuery"
SQL_TABLE = "databricks:index/sqlTable:SqlTable"
STORAGE_CREDENTIAL = "databricks:index/storageCredential:StorageCredential"
TABLE = "databricks:index/table:Table"
TOKEN = "databricks:index/token:Token"
USER = "databricks:index/user:User"
USER_INSTANCE_PROFILE = "databricks:index/userInstanceProfile:UserInstanceProfile"
USER_ROLE = "databricks:index/userRole:UserRole"
VECTOR_SEARCH_INDEX = "databricks:index/vectorSearchIndex:VectorSearchIndex"
VOLUME = dataset.VOLUME.token
WORKSPACE_BINDING = "databricks:index/workspaceBinding:WorkspaceBinding"
WORKSPACE_CONF = "databricks:index/workspaceConf:WorkspaceConf"
WORKSPACE_FILE = "databricks:index/workspaceFile:WorkspaceFile"
WORKSPACE_SETTING = "databricks:index/workspaceSettingV2:WorkspaceSettingV2"
