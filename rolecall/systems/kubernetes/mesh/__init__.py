"""Linkerd's policies: compilation from a contract, and evaluation of what is live."""
