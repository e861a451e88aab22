"""Conductor as Orkes serves it: groups, applications, permissions, definitions and executions.

https://orkes.io/content/access-control-and-security/users-and-groups
"""
