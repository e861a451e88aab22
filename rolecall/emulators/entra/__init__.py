"""A tenant of Entra ID: Microsoft Graph v1.0 and the token service, on one address.

The routes are those of https://learn.microsoft.com/graph/api/overview and https://learn.microsoft.com/entra/identity-platform/.
"""
