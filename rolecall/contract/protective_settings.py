"""Settings that protect a workspace or the account, and what counts as weakening one.

A provider that no longer manages a setting resets it: keys of a workspace's configuration become `false` or empty,
lists of addresses are deleted. So a removed declaration is a change of the workspace, and is judged as one.
https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/workspace_conf
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rolecall.contract.address_space import Network, is_within, networks
from rolecall.contract.removal_override import RemovalOverride, Setting


@dataclass(frozen=True)
class Declared:
    """A resource as a state, a preview or a program has it.

    Attributes:
        type: its type token.
        name: its name among the stack's resources.
        connection: the name of the connection through which it is written.
        inputs: its declared properties.
        host: address that the connection goes to; empty where none is known.
    """

    type: str
    name: str
    connection: str
    inputs: Mapping[str, Any]
    host: str = ""

    def is_beside(self, other: Declared) -> bool:
        """Return whether both are of one workspace: by its address, or by the connection where one has no address."""
        if self.host and other.host:
            return self.host == other.host
        return self.connection == other.connection


@dataclass(frozen=True)
class Weakening:
    """A protective setting that would be reset or weakened.

    Attributes:
        setting: the setting.
        workspace: the name of the connection; for Rolecall's stacks, the workspace's key or `account`.
        what: what changes.
        resource: name of the resource that declares it now.
    """

    setting: Setting
    workspace: str
    what: str
    resource: str


EVERYWHERE = "0.0.0.0/0"
# Returns how strongly a value protects: 0 for not at all.
Strength = Callable[[Any], float]


def _one_of(*wanted: Any) -> Strength:
    texts = {str(one).lower() for one in wanted}
    return lambda value: 1.0 if str(value).lower() in texts else 0.0


def _shorter_is_stronger(value: Any) -> float:
    """Return the strength of a maximum of days; none, zero and what is no number let tokens last for ever."""
    try:
        days = int(str(value))
    except ValueError:
        return 0.0
    return 1 / days if days > 0 else 0.0


_INDEX = "databricks:index/"
_LIST = f"{_INDEX}ipAccessList:IpAccessList"


@dataclass(frozen=True)
class _Protection:
    """A property that protects.

    Attributes:
        setting: the setting.
        type: type token of the resource.
        path: where the property is.
        strength: how strongly a value protects.
        called: the setting in messages.
    """

    setting: Setting
    type: str
    path: str
    strength: Strength
    called: str


def _protection(setting: Setting, token: str, path: str, strength: Strength, called: str) -> _Protection:
    return _Protection(setting, f"{_INDEX}{token[0].lower()}{token[1:]}:{token}", path, strength, called)


_ON, _OFF = _one_of("true"), _one_of("false")
_RESTRICTED = _one_of("RESTRICT_TOKENS_AND_JOB_RUN_AS")
_APPROVED_PAGES = _one_of("ALLOW_APPROVED_DOMAINS", "DENY_ALL_DOMAINS")
_ADMINS, _UPDATES = "the restriction of workspace administrators", "automatic security updates"
_PAGES, _CONF = "the limit on embedded dashboards", "WorkspaceConf"
_PROTECTIONS = (
    _protection(
        Setting.TOKENS,
        _CONF,
        "customConfig.maxTokenLifetimeDays",
        _shorter_is_stronger,
        "the longest life of personal access tokens",
    ),
    _protection(Setting.TOKENS, _CONF, "customConfig.enableTokensConfig", _OFF, "the ban on personal access tokens"),
    _protection(Setting.TOKENS, "Permissions", "authorization", _one_of("tokens"), "the list of token users"),
    _protection(Setting.IP_ACCESS, _CONF, "customConfig.enableIpAccessLists", _ON, "the check of addresses"),
    _protection(Setting.VERBOSE_AUDIT_LOGS, _CONF, "customConfig.enableVerboseAuditLogs", _ON, "verbose audit logging"),
    _protection(
        Setting.RESTRICT_ADMINS,
        "RestrictWorkspaceAdminsSetting",
        "restrictWorkspaceAdmins.status",
        _RESTRICTED,
        _ADMINS,
    ),
    _protection(
        Setting.SECURITY_MONITORING,
        "EnhancedSecurityMonitoringWorkspaceSetting",
        "enhancedSecurityMonitoringWorkspace.isEnabled",
        _ON,
        "enhanced security monitoring",
    ),
    _protection(
        Setting.COMPLIANCE_PROFILE,
        "ComplianceSecurityProfileWorkspaceSetting",
        "complianceSecurityProfileWorkspace.isEnabled",
        _ON,
        "the compliance security profile",
    ),
    _protection(
        Setting.AUTOMATIC_UPDATES,
        "AutomaticClusterUpdateWorkspaceSetting",
        "automaticClusterUpdateWorkspace.enabled",
        _ON,
        _UPDATES,
    ),
    _protection(
        Setting.DASHBOARD_EMBEDDING,
        "AibiDashboardEmbeddingAccessPolicySetting",
        "aibiDashboardEmbeddingAccessPolicy.accessPolicyType",
        _APPROVED_PAGES,
        _PAGES,
    ),
    _protection(
        Setting.LEGACY_ACCESS,
        "DisableLegacyAccessSetting",
        "disableLegacyAccess.value",
        _ON,
        "the ban on the legacy metastore",
    ),
    _protection(
        Setting.LEGACY_ACCESS, "DisableLegacyDbfsSetting", "disableLegacyDbfs.value", _ON, "the ban on legacy DBFS"
    ),
    _protection(
        Setting.LEGACY_ACCESS,
        "DisableLegacyFeaturesSetting",
        "disableLegacyFeatures.value",
        _ON,
        "the ban on legacy features",
    ),
    _protection(
        Setting.NETWORK,
        "AccountNetworkPolicy",
        "egress.networkAccess.restrictionMode",
        _one_of("RESTRICTED_ACCESS"),
        "the limit on outgoing connections",
    ),
    _protection(
        Setting.NETWORK, "MwsPrivateAccessSettings", "publicAccessEnabled", _OFF, "the ban on access from the internet"
    ),
    _protection(
        Setting.AUDIT_LOG_DELIVERY, "MwsLogDelivery", "logType", _one_of("AUDIT_LOGS"), "the delivery of audit logs"
    ),
    *(
        _protection(setting, token, path, strength, called)
        for token in ("AccountSettingV2", "WorkspaceSettingV2")
        for setting, path, strength, called in (
            (Setting.RESTRICT_ADMINS, "restrictWorkspaceAdmins.status", _RESTRICTED, _ADMINS),
            (Setting.AUTOMATIC_UPDATES, "automaticClusterUpdateWorkspace.enabled", _ON, _UPDATES),
            (
                Setting.DASHBOARD_EMBEDDING,
                "aibiDashboardEmbeddingAccessPolicy.accessPolicyType",
                _APPROVED_PAGES,
                _PAGES,
            ),
        )
    ),
)
# Resources of which a workspace has several that each stand for something else.
_MANY = ("Permissions", "AccountNetworkPolicy", "MwsPrivateAccessSettings", "MwsLogDelivery")
_ONE_A_WORKSPACE = frozenset(one.type for one in _PROTECTIONS if one.type.rpartition(":")[2] not in _MANY)
# The types of which a setting is a part.
PROTECTIVE_TYPES = frozenset({_LIST, *(one.type for one in _PROTECTIONS)})


def weakened(before: Mapping[str, Declared], after: Mapping[str, Declared]) -> list[Weakening]:
    """Return the protective settings that a change would reset or weaken.

    Args:
        before: the present declarations; the key identifies a resource under any later name.
        after: what would be declared, by the same keys.
    """
    return [*_values_weakened(before, after), *_lists_weakened(before, after)]


def _values_weakened(before: Mapping[str, Declared], after: Mapping[str, Declared]) -> Iterator[Weakening]:
    for key, held in before.items():
        then = after.get(key)
        if then is not None and held.host and then.host and held.host != then.host:
            # It is written elsewhere then, and its workspace has none any more.
            then = None
        for one in _PROTECTIONS:
            if one.type != held.type:
                continue
            was = _read(held.inputs, one.path)
            new = _read(then.inputs, one.path) if then is not None else None
            if one.strength(new) < one.strength(was):
                what = f"{one.called} would be reset" if new is None else f"{one.called} would go from {was} to {new}"
                yield Weakening(one.setting, held.connection, what, held.name)
            for rival in _rivals(held, before, after) if one.type in _ONE_A_WORKSPACE else ():
                new = _read(rival.inputs, one.path)
                if new is not None and one.strength(new) < one.strength(was):
                    what = f"{one.called} would go from {was} to {new} by a second declaration, {rival.name}"
                    yield Weakening(one.setting, held.connection, what, held.name)


def _rivals(held: Declared, before: Mapping[str, Declared], after: Mapping[str, Declared]) -> Iterator[Declared]:
    """Yield new resources that declare the same setting of the same workspace: the last one that is written counts."""
    for key, one in after.items():
        if key not in before and one.type == held.type and one.is_beside(held):
            yield one


def _lists_weakened(before: Mapping[str, Declared], after: Mapping[str, Declared]) -> Iterator[Weakening]:
    held = {one.host or one.connection: one for one in before.values() if one.type == _LIST}
    for _, first in sorted(held.items()):
        was, then = (_lists(declared, first) for declared in (before, after))
        name = next(one.name for one in before.values() if one.type == _LIST and one.is_beside(first))
        if was["ALLOW"] is not None and then["ALLOW"] is None:
            what = "the list of addresses that may come in would be removed: every address that is not blocked may"
            yield Weakening(Setting.IP_ACCESS, first.connection, what, name)
        elif was["ALLOW"] is not None and then["ALLOW"] is not None:
            added = [str(one) for one in then["ALLOW"] if not is_within([one], was["ALLOW"])]
            if added:
                what = f"{', '.join(added)} could come in, which cannot now"
                yield Weakening(Setting.IP_ACCESS, first.connection, what, name)
        open_again = [str(one) for one in was["BLOCK"] or () if not is_within([one], then["BLOCK"] or ())]
        if open_again:
            what = f"{', '.join(open_again)} would not be blocked any more"
            yield Weakening(Setting.IP_ACCESS, first.connection, what, name)


def _lists(declared: Mapping[str, Declared], of: Declared) -> dict[str, list[Network] | None]:
    """Return the addresses that the lists of one list's workspace allow and block; None where there is no such list."""
    texts: dict[str, list[Any] | None] = {"ALLOW": None, "BLOCK": None}
    for one in declared.values():
        if one.type == _LIST and one.is_beside(of) and one.inputs.get("enabled") is not False:
            sort = "BLOCK" if one.inputs.get("listType") == "BLOCK" else "ALLOW"
            listed = one.inputs.get("ipAddresses")
            texts[sort] = [*(texts[sort] or []), *(listed if isinstance(listed, list | tuple) else [listed])]
    found: dict[str, list[Network] | None] = {}
    for sort, listed in texts.items():
        ranges, unreadable = networks(listed or ())
        # What is not known yet may be anything: it allows all, and blocks none.
        everywhere = networks([EVERYWHERE])[0] if unreadable and sort == "ALLOW" else []
        found[sort] = None if listed is None else [*ranges, *everywhere]
    return found


def _read(values: Any, path: str) -> Any:
    for part in path.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def refusal_of(weakening: Weakening, overrides: Iterable[RemovalOverride], today: date) -> str | None:
    """Return why a protective setting may not be weakened, and what allows it; None where an override does.

    Args:
        weakening: what would be weakened.
        overrides: the contract's `removal_overrides`.
        today: the day on which an override has to hold.
    """
    own = [one for one in overrides if one.setting is weakening.setting and one.object == weakening.workspace]
    if any(one.expires >= today for one in own):
        return None
    ended = f" The override of {own[0].owner} ended on {own[0].expires}." if own else ""
    entry = f"object: {weakening.workspace}, setting: {weakening.setting}, reason: …, owner: …, expires: YYYY-MM-DD"
    return (
        f"workspace {weakening.workspace}: {weakening.what}; nothing was changed.{ended}\n"
        f"If that is right, write `removal_overrides: [{{{entry}}}]` in the contract."
    )
