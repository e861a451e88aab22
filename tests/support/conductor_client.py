"""Names of conductor-python, imported on use: the import costs half a second in each worker that collects tests."""

from __future__ import annotations

from conductor.client.configuration.configuration import Configuration
from conductor.client.configuration.settings.authentication_settings import AuthenticationSettings
from conductor.client.http.models import SaveScheduleRequest, StartWorkflowRequest
from conductor.client.http.models.create_or_update_application_request import CreateOrUpdateApplicationRequest
from conductor.client.http.models.subject_ref import SubjectRef, SubjectType
from conductor.client.http.models.target_ref import TargetRef, TargetType
from conductor.client.http.models.task_def import TaskDef
from conductor.client.http.models.upsert_group_request import UpsertGroupRequest
from conductor.client.http.models.upsert_user_request import UpsertUserRequest
from conductor.client.http.models.workflow_def import WorkflowDef
from conductor.client.http.models.workflow_task import WorkflowTask
from conductor.client.http.rest import ApiException
from conductor.client.orkes.models.access_type import AccessType
from conductor.client.orkes.models.metadata_tag import MetadataTag
from conductor.client.orkes_clients import OrkesClients

__all__ = [
    "AccessType",
    "ApiException",
    "AuthenticationSettings",
    "Configuration",
    "CreateOrUpdateApplicationRequest",
    "MetadataTag",
    "OrkesClients",
    "SaveScheduleRequest",
    "StartWorkflowRequest",
    "SubjectRef",
    "SubjectType",
    "TargetRef",
    "TargetType",
    "TaskDef",
    "UpsertGroupRequest",
    "UpsertUserRequest",
    "WorkflowDef",
    "WorkflowTask",
]
