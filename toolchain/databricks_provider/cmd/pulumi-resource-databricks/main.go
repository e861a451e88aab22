// Command pulumi-resource-databricks is the provider plugin that the Pulumi engine starts.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"

	"rolecall/toolchain/databricks_provider/info"
)

//go:embed schema.json
var schema []byte

// more holds what the plugin does besides serving one engine, by the flag that asks for it.
var more = map[string]func() error{sharedFlag: serveShared}

func main() {
	if len(os.Args) == 2 {
		if command := more[os.Args[1]]; command != nil {
			if err := command(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		}
	}
	tfbridge.MainWithMuxer(context.Background(), "databricks", info.Provider(), schema)
}
