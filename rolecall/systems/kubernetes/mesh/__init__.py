"""Linkerd's policies: compilation from a contract, and evaluation of the live objects."""
