"""Objects of the account with roles on them: governed tags and budget policies."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from rolecall.ids.model import Model
from rolecall.ids.name_types import Description, GroupName

# https://docs.databricks.com/en/admin/tag-policies/manage-tag-policies.html
TagValue = Annotated[str, StringConstraints(min_length=1, max_length=256)]
# https://docs.databricks.com/en/database-objects/tags.html (constraints)
TagKey = Annotated[
    str,
    StringConstraints(pattern=r"^[^\s.,=/:](?:[^.,=/:\x00-\x1f\x7f]*[^\s.,=/:])?$", max_length=255),
    Field(description="a key of a tag, of at most 255 characters, without '.', ',', '=', '/' and ':'"),
]
# databricks-sdk-py, databricks/sdk/service/billing.py `BudgetPolicy.policy_name`; names with ':' are the service's own.
PolicyName = Annotated[
    str,
    StringConstraints(pattern=r"^[\x21-\x39\x3b-\x7e\xa1-\xff](?:[\x20-\x39\x3b-\x7e\xa0-\xff]*)$", max_length=127),
    Field(description="a name in letters of Latin-1, without ':'"),
]

TAG_POLICY = "databricks:index/tagPolicy:TagPolicy"


class AccountObject(Model):
    """An object of the account with role assignments."""

    managers: list[GroupName] = Field(default_factory=list)
    """groups that change it and its roles"""


class GovernedTag(AccountObject):
    """A governed tag: policies grant and mask data by it, so its assignment is restricted."""

    description: Description = ""
    """its meaning"""
    values: list[TagValue] = Field(default_factory=list)
    """the values that it may have; without any, all"""
    assigners: list[GroupName] = Field(default_factory=list)
    """groups that put it on objects"""


class BudgetPolicy(AccountObject):
    """A budget policy: tags on the usage of serverless compute, by which costs are attributed."""

    tags: dict[Annotated[str, Field(min_length=1)], str] = Field(default_factory=dict, max_length=20)
    """the tags of all usage under it"""
    users: list[GroupName] = Field(default_factory=list)
    """groups whose serverless compute may run under it"""
