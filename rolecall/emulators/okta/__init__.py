"""An Okta organization: users, groups, group rules, applications, authorization servers, and its token service.

The routes are those of Okta's management API: https://developer.okta.com/docs/api/openapi/okta-management/
"""
