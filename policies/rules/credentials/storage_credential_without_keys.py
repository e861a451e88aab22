from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CREDENTIAL, METASTORE_DATA_ACCESS, STORAGE_CREDENTIAL

# Keys in a storage credential, by the cloud's kind of identity.
KEYS = (
    "azureServicePrincipal.clientSecret",
    "cloudflareApiToken.secretAccessKey",
    "gcpServiceAccountKey.privateKey",
)


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for path in KEYS:
        if resource.properties.is_set(path):
            how = "Use an IAM role, an access connector's managed identity, or a Databricks service account."
            yield Finding(f"{path} is a key that lasts", how)


RULE = Rule(
    "storage-credential-without-keys",
    "Storage is reached by an identity of the cloud, never by a key.",
    (STORAGE_CREDENTIAL, CREDENTIAL, METASTORE_DATA_ACCESS),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/connect/unity-catalog/cloud-storage/storage-credentials.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(
        STORAGE_CREDENTIAL,
        {"name": "lake", "awsIamRole": {"roleArn": "arn:aws:iam::1:role/lake"}},
        (
            put("azureServicePrincipal", value={"directoryId": "d", "applicationId": "a", "clientSecret": "s"}),
            put("gcpServiceAccountKey", value={"email": "e", "privateKeyId": "i", "privateKey": "k"}),
        ),
        (("azureServicePrincipal",),),
    ),
)
