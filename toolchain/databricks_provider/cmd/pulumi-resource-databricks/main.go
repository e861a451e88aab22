// Command pulumi-resource-databricks is the provider plugin that the Pulumi engine starts.
package main

import (
	"context"
	_ "embed"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"

	"rolecall/toolchain/databricks_provider/info"
)

//go:embed schema.json
var schema []byte

func main() { tfbridge.MainWithMuxer(context.Background(), "databricks", info.Provider(), schema) }
