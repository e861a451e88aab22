from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.properties import texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import MODEL_SERVING, PROVISIONED_THROUGHPUT


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    resource.properties.read("config.servedEntities")
    for path, _ in texts(resource.values):
        if path.endswith("Plaintext"):
            how = "Use the property without `Plaintext`, and write {{secrets/SCOPE/KEY}}. Then revoke the key."
            yield Finding(f"{path} contains a provider's key itself", how)


RULE = Rule(
    "serving-keys-by-reference",
    "Keys of external models are references to secrets.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/generative-ai/external-models/index.html",
    (Theme.CREDENTIALS,),
    (MODEL_SERVING, PROVISIONED_THROUGHPUT),
    _check,
    Example(
        MODEL_SERVING,
        {
            "name": "churn",
            "config": {
                "servedEntities": [
                    {
                        "name": "gpt",
                        "externalModel": {
                            "name": "gpt",
                            "provider": "openai",
                            "task": "llm/v1/chat",
                            "openaiConfig": {"openaiApiKey": "{{secrets/keys/openai}}"},
                        },
                    }
                ]
            },
        },
        (put("config.servedEntities.0.externalModel.openaiConfig", {"openaiApiKeyPlaintext": "not a reference"}),),
        ("config", "config.servedEntities"),
    ),
)
