"""Parity: live access in every system equals the contract, or the differences are reported."""

from rolecall.parity.compare import compare
from rolecall.parity.report import Report

__all__ = ["Report", "compare"]
