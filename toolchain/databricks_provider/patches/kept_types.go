// Part of the patch of terraform-plugin-sdk that docs/provider-patch.md explains. The build copies this file into its
// copy of internal/configs/configschema; here it belongs to no program.

package configschema

import "github.com/hashicorp/go-cty/cty"

// ImpliedType returns what freshImpliedType, the SDK's own method, returns.
func (b *Block) ImpliedType() cty.Type {
	if b != nil && b.implied != nil {
		return *b.implied
	}
	return b.freshImpliedType()
}

// KeepImpliedTypes keeps the implied types of a block, and of those inside, which nobody may change from here on.
func (b *Block) KeepImpliedTypes() {
	for _, nested := range b.BlockTypes {
		nested.Block.KeepImpliedTypes()
	}
	implied := b.freshImpliedType()
	b.implied = &implied
}

// WithoutImpliedTypes returns a copy of a block that keeps no types.
func (b *Block) WithoutImpliedTypes() *Block {
	copied := *b
	copied.implied = nil
	if b.BlockTypes != nil {
		copied.BlockTypes = make(map[string]*NestedBlock, len(b.BlockTypes))
	}
	for name, nested := range b.BlockTypes {
		own := *nested
		own.Block = *nested.Block.WithoutImpliedTypes()
		copied.BlockTypes[name] = &own
	}
	return &copied
}
