"""Parity: what is live in every system equals what the contract gives, or it says where not."""

from rolecall.parity.compare import compare
from rolecall.parity.report import Report

__all__ = ["Report", "compare"]
