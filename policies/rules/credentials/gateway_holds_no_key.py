from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import AI_MCP_SERVICE, AI_MODEL_SERVICE, AI_PROVIDER_SERVICE, KAFKA_CONFIG


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    resource.properties.read("config")
    for path in _plaintexts(resource.values, ""):
        yield Finding(f"{path} is a provider's key", "Use a service credential of Unity Catalog.")


def _plaintexts(value: object, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "plaintext" and item:
                yield f"{path}.{name}"
            else:
                yield from _plaintexts(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _plaintexts(item, f"{path}[{index}]")


RULE = Rule(
    "gateway-holds-no-key",
    "A gateway to models of others contains no key.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/ai-gateway/index.html",
    (Theme.CREDENTIALS,),
    (AI_PROVIDER_SERVICE, AI_MODEL_SERVICE, AI_MCP_SERVICE, KAFKA_CONFIG),
    _check,
    Example(
        AI_PROVIDER_SERVICE,
        {
            "modelProviderServiceId": "azure",
            "parent": "schemas/acme.gateway",
            "config": {
                "providerType": "AZURE_OPENAI",
                "azureOpenai": {"direct": {"serviceCredential": {"name": "azure"}}},
            },
        },
        (put("config.openai", {"direct": {"apiKey": {"plaintext": "k"}}}),),
        ("config",),
    ),
)
