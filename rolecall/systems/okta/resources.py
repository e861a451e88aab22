"""What the native provider serves of Okta."""

from __future__ import annotations

from rolecall.systems.okta.application_assignment import AppGroupAssignment
from rolecall.systems.okta.authorization_server import AuthorizationServer
from rolecall.systems.okta.functions import GetGroupMembers
from rolecall.systems.okta.group import Group
from rolecall.systems.okta.group_membership import GroupMembership
from rolecall.systems.okta.group_rule import GroupRule

RESOURCES = (Group, GroupRule, AppGroupAssignment, GroupMembership, AuthorizationServer)
FUNCTIONS = (GetGroupMembers,)
