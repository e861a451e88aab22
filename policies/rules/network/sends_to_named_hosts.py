from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pulumi_policy import Severity

from rolecall.policies.clusters import clusters_of
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.hosts import address
from rolecall.policies.parameters import list_parameter
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.texts import all_texts
from rolecall.policies.types import (
    AI_PROVIDER_SERVICE,
    ALERT_V2,
    CLUSTER,
    CONNECTION,
    CUSTOM_APP,
    JOB,
    MLFLOW_WEBHOOK,
    MODEL_SERVING,
    NOTIFICATION_DESTINATION,
    PIPELINE,
)

LOCAL = ("localhost", "127.0.0.1", "::1")
_CLUSTERS = (CLUSTER, JOB, PIPELINE)
# Addresses by type. https://docs.databricks.com/api/workspace/notificationdestinations/create,
# https://docs.databricks.com/en/machine-learning/foundation-models/external-models
_ADDRESSES = {
    NOTIFICATION_DESTINATION: (
        "config.genericWebhook.url",
        "config.slack.url",
        "config.microsoftTeams.url",
        "config.microsoftTeams.channelUrl",
    ),
    MLFLOW_WEBHOOK: ("httpUrlSpec.url", "jobSpec.workspaceUrl"),
    AI_PROVIDER_SERVICE: tuple(
        f"config.{vendor}.direct.baseUrl" for vendor in ("custom", "azureOpenai", "openai", "microsoftFoundry")
    ),
}
_OF_MODELS = (
    "customProviderConfig.customProviderUrl",
    "databricksModelServingConfig.databricksWorkspaceUrl",
    "openaiConfig.openaiApiBase",
    "cohereConfig.cohereApiBase",
)
# https://docs.databricks.com/en/compute/configure.html: a service of another cloud that answers as S3 does.
_OF_CLUSTERS = ("clusterLogConf.s3.endpoint",)
# https://docs.databricks.com/en/query-federation/index.html: options of connections that name another system.
_ADDRESS_OPTION = re.compile(r"(?i)host|server|url|uri|endpoint")
_CREDENTIAL = "credential"
# Where jobs, tasks, pipelines, alerts and destinations have addresses for e-mail.
_MAIL = re.compile(r"(?i)\b(?:emailNotifications|emailRecipients|userEmail|email\.addresses)\b")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    hosts = context.hosts_for(resource)
    own = {*hosts.environments, hosts.account, hosts.of_run} - {None}
    named: tuple[str, ...] = tuple(one.lower().lstrip("*.") for one in context.destinations)
    for path, target in _addresses(resource):
        if "@" in target.partition("?")[0]:
            yield Finding(f"{path} has a name or a password in its address", "Write the host alone.")
        host = address(target.removeprefix("jdbc:")).rsplit(":", 1)[0]
        if address(target) not in own and not _is_named(host, named):
            how = "Have the platform team name it: the rule's parameter `destinations`, a host or a domain."
            yield Finding(f"{path} sends to {host or target!r}, which is no host that the organization has named", how)
    if resource.type == CUSTOM_APP:
        for target in map(str, resource.properties.read("redirectUrls") or []):
            if address(target) not in own and not _is_named(urlsplit(target).hostname or "", (*named, *LOCAL)):
                how = "Have the platform team name it: the rule's parameter `destinations`, a host or a domain."
                yield Finding(
                    f"redirectUrls sends people's codes to {target!r}, which the organization has not named", how
                )
        return
    for path, one in all_texts(resource.values) if named else ():
        if "@" in one and _MAIL.search(path) and not _is_named(one.strip(" >").rpartition("@")[2].lower(), named):
            yield Finding(f"{path} sends to {one}", f"Allowed: addresses of {', '.join(named)}.")


def _is_named(host: str, named: tuple[str, ...]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in named if one)


def _addresses(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield the addresses that something is sent to, each with its path."""
    if resource.type in _CLUSTERS:
        for cluster in clusters_of(resource):
            yield from _set(cluster, _OF_CLUSTERS)
            for script in cluster.items("initScripts"):
                yield from _set(script, ("s3.endpoint",))
    elif resource.type == MODEL_SERVING:
        configuration = resource.properties.within("config")
        for entity in configuration.items("servedEntities") if configuration else ():
            if model := entity.within("externalModel"):
                yield from _set(model, _OF_MODELS)
    elif resource.type == CONNECTION:
        yield from _of_connection(resource)
    else:
        yield from _set(resource.properties, _ADDRESSES.get(resource.type, ()))


def _of_connection(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield the options of a connection that are addresses: the systems call them by many names."""
    options = resource.properties.within("options")
    for name in options.names if options is not None else ():
        assert options is not None
        # A service credential that is made in the same run has no id yet, and its name is no address.
        known = options.known_or_none(name) if name == _CREDENTIAL else options.read(name)
        value = str(known or "")
        is_flag = value.lower() in ("true", "false", "")
        if not is_flag and "scope" not in name.lower() and (_ADDRESS_OPTION.search(name) or "://" in value):
            yield f"options.{name}", value


def _set(properties: Properties, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        if target := properties.read(name):
            yield f"{properties.path}.{name}" if properties.path else name, str(target)


RULE = Rule(
    "sends-to-named-hosts",
    "Messages, prompts and logs go to hosts that the organization has named.",
    Severity.HIGH,
    "https://docs.databricks.com/en/admin/workspace-settings/notification-destinations.html",
    (Theme.NETWORK, Theme.DATA_OUT),
    (
        NOTIFICATION_DESTINATION,
        MLFLOW_WEBHOOK,
        AI_PROVIDER_SERVICE,
        MODEL_SERVING,
        CONNECTION,
        CUSTOM_APP,
        ALERT_V2,
        *_CLUSTERS,
    ),
    _check,
    Example(
        NOTIFICATION_DESTINATION,
        {"displayName": "on call", "config": {"genericWebhook": {"url": "https://hooks.acme.example/x"}}},
        (
            put("config.genericWebhook.url", "https://collect.example.net/x"),
            put("config", {"microsoftTeams": {"url": "https://collect.example.net/x"}}),
        ),
        ("config", "config.genericWebhook", "config.genericWebhook.url"),
    ),
    parameters=list_parameter(
        "destinations",
        "hosts, or domains with all that is below them, that a workspace may send to; "
        "where there are any, addresses for e-mail are compared with them, too",
    ),
)
