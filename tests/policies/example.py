"""The examples of all rules, and the context in which they are judged."""

from __future__ import annotations

from rolecall.policies.catalogue import RULES
from rolecall.policies.context import Context
from rolecall.policies.example import Example
from rolecall.policies.hosts import Hosts
from rolecall.policies.identity_facts import IdentityFacts, KnownGroup

EXAMPLES: dict[str, Example] = {rule.id: rule.example for rule in RULES if rule.example is not None}
CONTEXT = Context(
    is_known=True,
    break_glass="emergency",
    protected=frozenset({"prod"}),
    bound={"dev": frozenset({"engineers", "emergency"}), "prod": frozenset({"analysts", "emergency"})},
    destinations=("acme.example",),
    counterparts={"prod-churn-train": frozenset({"prod-churn-trainer"})},
    hosts=Hosts(catalogs={"acme_dev": frozenset({"dev"}), "acme_prod": frozenset({"prod"})}),
    identity=IdentityFacts(
        {
            "emergency": KnownGroup("emergency", None, False, frozenset({"00u-ada"}), (), ()),
            "analysts": KnownGroup("analysts", "00g-analysts", False, None, (), ()),
            "readers": KnownGroup("readers", None, False, None, ("analysts",), ("analysts",)),
        },
        {f"rolecall:acme:group:{key}": key for key in ("emergency", "analysts", "readers")},
        "0oa-databricks",
        "scim",
    ),
)
