// Command pulumi-tfgen-databricks writes the Pulumi schema and the bridge's table of tokens.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"

	"rolecall/toolchain/databricks_provider/info"
)

func main() { tfgen.MainWithMuxer("databricks", info.Provider()) }
