from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.settings import has_value
from rolecall.policies.types import COMPLIANCE_SECURITY_PROFILE

RULE = Rule(
    "compliance-profile-is-on",
    "The compliance security profile is switched on.",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/privacy/security-profile.html",
    (Theme.CONFIGURATION, Theme.PATCHES),
    (COMPLIANCE_SECURITY_PROFILE,),
    has_value(
        "complianceSecurityProfileWorkspace.isEnabled",
        True,
        "the compliance security profile is off",
        "Write isEnabled: true.",
    ),
    Example(
        COMPLIANCE_SECURITY_PROFILE,
        {"complianceSecurityProfileWorkspace": {"isEnabled": True, "complianceStandards": ["HIPAA"]}},
        (put("complianceSecurityProfileWorkspace.isEnabled", False),),
        ("complianceSecurityProfileWorkspace", "complianceSecurityProfileWorkspace.isEnabled"),
    ),
)
