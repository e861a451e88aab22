"""Signed statements: in-toto statements in DSSE envelopes, signed with Ed25519 (RFC 8032)."""
