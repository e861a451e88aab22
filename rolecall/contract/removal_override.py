"""Written permissions to revoke much at once, or to weaken a setting that protects."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from rolecall.ids.model import Model
from rolecall.ids.name_types import GroupName, Name, ObjectPath
from rolecall.ids.verbs import Kind


class Setting(StrEnum):
    """A protective setting, called by the contract's key where it has one."""

    TOKENS = "tokens"
    IP_ACCESS = "ip_access"
    VERBOSE_AUDIT_LOGS = "verbose_audit_logs"
    RESTRICT_ADMINS = "restrict_admins"
    AUDIT_LOG_DELIVERY = "audit_log_delivery"
    AUTOMATIC_UPDATES = "automatic_updates"
    COMPLIANCE_PROFILE = "compliance_profile"
    DASHBOARD_EMBEDDING = "dashboard_embedding"
    LEGACY_ACCESS = "legacy_access"
    NETWORK = "network"
    SECURITY_MONITORING = "security_monitoring"


class RemovalOverride(Model):
    """Allows one group to lose more than a third of its members, one object its holders, or a workspace a setting."""

    group: GroupName | None = None
    """the group"""
    object: ObjectPath | None = None
    """the object, as `rolecall grants` calls it: PROJECT/NAME, or the name of a catalog or workspace"""
    kind: Kind | None = None
    """the object's kind; needed where objects of several kinds have the name"""
    environment: Name | None = None
    """the object's environment; without it, every environment that is not protected"""
    setting: Setting | None = None
    """the protective setting of the workspace that `object` names, which may be weakened or removed"""
    reason: Annotated[str, Field(min_length=1)]
    """why so many go"""
    owner: Annotated[str, Field(min_length=1)]
    """who answers for it"""
    expires: date
    """the last day on which it is valid"""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.group is None) == (self.object is None):
            raise ValueError("write either `group: NAME` or `object: PROJECT/NAME`, and not both")
        if self.object is None and (self.kind is not None or self.environment is not None):
            raise ValueError("`kind` and `environment` belong to `object: PROJECT/NAME`")
        if self.setting is not None and (self.object is None or "/" in self.object):
            raise ValueError("`setting` belongs to a workspace: write `object: WORKSPACE`")
        if self.setting is not None and (self.kind is not None or self.environment is not None):
            raise ValueError("`setting` belongs to a workspace; leave `kind` and `environment` out")
        return self
