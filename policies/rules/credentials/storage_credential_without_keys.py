from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import is_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import CREDENTIAL, METASTORE_DATA_ACCESS, STORAGE_CREDENTIAL

# Keys in a storage credential, by the cloud's kind of identity.
KEYS = (
    "azureServicePrincipal.clientSecret",
    "cloudflareApiToken.secretAccessKey",
    "gcpServiceAccountKey.privateKey",
)


RULE = Rule(
    "storage-credential-without-keys",
    "Storage is reached by an identity of the cloud, never by a key.",
    Severity.HIGH,
    "https://docs.databricks.com/en/connect/unity-catalog/cloud-storage/storage-credentials.html",
    (Theme.CREDENTIALS,),
    (STORAGE_CREDENTIAL, CREDENTIAL, METASTORE_DATA_ACCESS),
    refuse(
        is_set(*KEYS),
        "{value} is a key that lasts",
        "Use an IAM role, an access connector's managed identity, or a Databricks service account.",
    ),
    Example(
        STORAGE_CREDENTIAL,
        {"name": "lake", "awsIamRole": {"roleArn": "arn:aws:iam::1:role/lake"}},
        (
            put("azureServicePrincipal", {"directoryId": "d", "applicationId": "a", "clientSecret": "s"}),
            put("gcpServiceAccountKey", {"email": "e", "privateKeyId": "i", "privateKey": "k"}),
        ),
        ("azureServicePrincipal",),
    ),
)
