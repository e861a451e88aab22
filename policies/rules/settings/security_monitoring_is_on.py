from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.settings import switch_rule
from rolecall.policies.types import ENHANCED_SECURITY_MONITORING

RULE = switch_rule(
    "security-monitoring-is-on",
    "Compute is watched for intruders.",
    (ENHANCED_SECURITY_MONITORING, "enhancedSecurityMonitoringWorkspace.isEnabled"),
    "enhanced security monitoring is off",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/privacy/enhanced-security-monitoring.html",
    Theme.LOGGING,
)
