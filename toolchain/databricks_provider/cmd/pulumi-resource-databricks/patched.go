//go:build patched

package main

import (
	"fmt"
	"os"

	sdkschema "github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"rolecall/toolchain/databricks_provider/info"
)

const (
	// checkCopiesFlag makes the plugin compare what the patch of the SDK answers with what the SDK does, and end.
	checkCopiesFlag = "--check-copies"
	// unpatched is the environment variable that turns the patch off, for comparisons.
	unpatched = "ROLECALL_PROVIDER_UNPATCHED"
)

func init() {
	if os.Getenv(unpatched) != "" {
		sdkschema.ReflectiveCopies = true
		return
	}
	seal = sdkschema.SealCoreSchemas
	more[checkCopiesFlag] = checkCopies
}

func checkCopies() error {
	_, sdk := info.ProviderAndSDK()
	sdkschema.SealCoreSchemas(sdk)
	count, err := sdkschema.CheckCopies(sdk)
	if err == nil {
		fmt.Println(count)
	}
	return err
}
