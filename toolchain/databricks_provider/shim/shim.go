// Package shim opens two constructors that upstream keeps internal. The build copies this file into its copy of
// github.com/databricks/terraform-provider-databricks, because Go lets only packages inside a module import that
// module's internal packages.
package shim

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"github.com/databricks/terraform-provider-databricks/internal/providers/pluginfw"
	"github.com/databricks/terraform-provider-databricks/internal/providers/sdkv2"
)

// SDKProvider returns the half of the provider that is written on terraform-plugin-sdk v2.
func SDKProvider() *schema.Provider {
	return sdkv2.DatabricksProvider(sdkv2.WithConfigCustomizer(pace))
}

// FrameworkProvider returns the half of the provider that is written on terraform-plugin-framework.
func FrameworkProvider() provider.Provider {
	return pluginfw.GetDatabricksProviderPluginFramework(pluginfw.WithConfigCustomizer(pace))
}
