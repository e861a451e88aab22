"""Entra ID: groups, assignments to applications, applications with federated credentials."""
