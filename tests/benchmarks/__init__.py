"""Benchmarks: what preview, up, no-op and parity cost at several sizes. Not tests: they assert nothing about time."""
