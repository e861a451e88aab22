"""Volumes of a cluster: encrypted storage classes of Longhorn, their backups, and who may mount and change claims."""
