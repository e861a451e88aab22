from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.example import setting_example
from rolecall.policies.rule import Rule
from rolecall.policies.settings import has_value
from rolecall.policies.types import ENHANCED_SECURITY_MONITORING

RULE = Rule(
    "security-monitoring-is-on",
    "Compute is watched for intruders.",
    (ENHANCED_SECURITY_MONITORING,),
    has_value(
        "enhancedSecurityMonitoringWorkspace.isEnabled",
        True,
        "enhanced security monitoring is off",
        "Write isEnabled: true.",
    ),
    Severity.HIGH,
    "https://docs.databricks.com/en/security/privacy/enhanced-security-monitoring.html",
    (Theme.LOGGING,),
    setting_example(ENHANCED_SECURITY_MONITORING, "enhancedSecurityMonitoringWorkspace", "isEnabled", True, False),
)
