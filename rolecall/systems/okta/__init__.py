"""Okta: groups, group rules, assignments to applications, authorization servers."""
