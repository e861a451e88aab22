"""What the native provider serves of Entra ID."""

from __future__ import annotations

from rolecall.systems.entra.app_role_assignment import AppRoleAssignment
from rolecall.systems.entra.application import Application, ServicePrincipal
from rolecall.systems.entra.federated_identity_credential import FederatedIdentityCredential
from rolecall.systems.entra.functions import GetGroupMembers
from rolecall.systems.entra.group import Group
from rolecall.systems.entra.group_membership import GroupMembership

RESOURCES = (Group, GroupMembership, AppRoleAssignment, Application, ServicePrincipal, FederatedIdentityCredential)
FUNCTIONS = (GetGroupMembers,)
