// Package info describes the Databricks Terraform provider to the Pulumi bridge: the same description serves the
// generator, which writes the Pulumi schema, and the provider plugin, which answers the engine.
package info

import (
	"context"
	_ "embed"
	"io"
	"log"
	"strings"

	sdkschema "github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimschema "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/databricks/terraform-provider-databricks/shim"
)

// Version is the version of the pulumi-databricks package that this provider answers for; the linker sets it.
var Version = "0.0.0"

//go:embed bridge-metadata.json
var bridgeMetadata []byte

// Upstream writes debug lines with the standard log package; on the plugin's stderr they would be shown to the user.
func init() { log.SetOutput(io.Discard) }

// Provider returns the bridged provider: both halves of upstream's provider under one set of Pulumi tokens.
func Provider() tfbridge.ProviderInfo {
	provider, _ := ProviderAndSDK()
	return provider
}

// ProviderAndSDK returns the bridged provider, and the half of upstream's provider in it that is written on
// terraform-plugin-sdk.
func ProviderAndSDK() (tfbridge.ProviderInfo, *sdkschema.Provider) {
	sdk := shim.SDKProvider()
	muxed := pfbridge.MuxShimWithPF(
		context.Background(),
		shimv2.NewProvider(sdk, shimv2.WithPlanResourceChange(func(string) bool { return true })),
		shim.FrameworkProvider(),
	)
	provider := tfbridge.ProviderInfo{
		P:                muxed,
		Name:             "databricks",
		DisplayName:      "Databricks",
		Version:          Version,
		Description:      "Databricks resources, bridged from the Terraform provider.",
		License:          "Apache-2.0",
		GitHubOrg:        "databricks",
		MetadataInfo:     tfbridge.NewProviderMetadata(bridgeMetadata),
		UpstreamRepoPath: ".",
		IgnoreMappings:   unfinished(muxed),
		Resources: map[string]*tfbridge.ResourceInfo{
			// A resource named "provider" would clash with the provider itself.
			"databricks_provider": {Tok: tfbridge.MakeResource("databricks", "index", "MetastoreProvider")},
		},
	}
	provider.MustComputeTokens(tokens.SingleModule("databricks_", "index", tokens.MakeStandard("databricks")))
	keepWorkspaceIDsStrings(&provider)
	provider.MustApplyAutoAliases()
	computeMissingIDs(&provider)
	return provider, sdk
}

// unfinished names what upstream keeps only for its own move from one framework to the other.
func unfinished(provider shimschema.Provider) []string {
	var names []string
	collect := func(name string) {
		if strings.Contains(name, "_pluginframework") {
			names = append(names, name)
		}
	}
	provider.ResourcesMap().Range(func(name string, _ shimschema.Resource) bool { collect(name); return true })
	provider.DataSourcesMap().Range(func(name string, _ shimschema.Resource) bool { collect(name); return true })
	return names
}

// keepWorkspaceIDsStrings types every top-level workspace_id as a string, as the published pulumi-databricks does:
// the ids have 16 digits, more than a JSON number holds exactly.
func keepWorkspaceIDsStrings(provider *tfbridge.ProviderInfo) {
	asString := func(schema shimschema.SchemaMap, fields *map[string]*tfbridge.SchemaInfo) {
		if _, has := schema.GetOk("workspace_id"); !has {
			return
		}
		if *fields == nil {
			*fields = map[string]*tfbridge.SchemaInfo{}
		}
		(*fields)["workspace_id"] = &tfbridge.SchemaInfo{Type: "string"}
	}
	for name, res := range provider.Resources {
		asString(provider.P.ResourcesMap().Get(name).Schema(), &res.Fields)
	}
	for name, source := range provider.DataSources {
		asString(provider.P.DataSourcesMap().Get(name).Schema(), &source.Fields)
	}
}

// computeMissingIDs gives framework resources without an "id" of their own one that is made of what identifies them:
// the bridge needs an id for each.
func computeMissingIDs(provider *tfbridge.ProviderInfo) {
	for name, res := range provider.Resources {
		if res.ComputeID != nil {
			continue
		}
		if _, has := provider.P.ResourcesMap().Get(name).Schema().GetOk("id"); has {
			continue
		}
		res.ComputeID = identify
	}
}

// identify returns the first property that names a resource in Databricks' own APIs.
func identify(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	for _, key := range []resource.PropertyKey{"name", "fullName", "statementId", "uid", "policyId", "etag"} {
		if value, has := state[key]; has && value.IsString() && value.StringValue() != "" {
			return resource.ID(value.StringValue()), nil
		}
	}
	return resource.ID("none"), nil
}
