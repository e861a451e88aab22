// Part of the patch of terraform-plugin-sdk that docs/provider-patch.md explains. The build copies this file into its
// copy of helper/schema; here it belongs to no program.

package schema

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/mitchellh/copystructure"

	"github.com/hashicorp/terraform-plugin-sdk/v2/internal/configs/configschema"
)

// ReflectiveCopies makes DeepCopy use reflection, as the SDK does without the patch. Tests compare both.
var ReflectiveCopies bool

// DeepCopy returns a copy of this schemaMap. The copy can be safely modified without affecting the original.
//
// A node that occurs in several places is copied for each of them, as by copystructure: what CustomizeDiff changes in
// one place must not change another.
func (m *schemaMap) DeepCopy() schemaMap {
	if ReflectiveCopies {
		return m.reflectiveCopy()
	}
	return copySchemaMap(*m)
}

func (m *schemaMap) reflectiveCopy() schemaMap {
	copied, err := copystructure.Config{Lock: true}.Copy(m)
	if err != nil {
		panic(err)
	}
	return *copied.(*schemaMap)
}

func copySchemaMap(m map[string]*Schema) map[string]*Schema {
	if m == nil {
		return nil
	}
	copied := make(map[string]*Schema, len(m))
	for name, schema := range m {
		copied[name] = copySchema(schema)
	}
	return copied
}

func copySchema(s *Schema) *Schema {
	if s == nil {
		return nil
	}
	copied := *s
	copied.Default = copyDefault(s.Default)
	switch elem := s.Elem.(type) {
	case *Schema:
		copied.Elem = copySchema(elem)
	case *Resource:
		copied.Elem = copyResource(elem)
	}
	copied.ComputedWhen = slices.Clone(s.ComputedWhen)
	copied.ConflictsWith = slices.Clone(s.ConflictsWith)
	copied.ExactlyOneOf = slices.Clone(s.ExactlyOneOf)
	copied.AtLeastOneOf = slices.Clone(s.AtLeastOneOf)
	copied.RequiredWith = slices.Clone(s.RequiredWith)
	return &copied
}

// copyDefault copies a default, which is a plain value in all but unusual schemas.
func copyDefault(value any) any {
	switch value.(type) {
	case nil, string, bool, int, int64, float64:
		return value
	}
	return copystructure.Must(copystructure.Copy(value))
}

func copyResource(r *Resource) *Resource {
	if r == nil {
		return nil
	}
	copied := *r
	copied.Schema = copySchemaMap(r.Schema)
	// The upgraders' types are immutable; reflection loses them.
	copied.StateUpgraders = slices.Clone(r.StateUpgraders)
	copied.ValidateRawResourceConfigFuncs = slices.Clone(r.ValidateRawResourceConfigFuncs)
	if r.Identity != nil {
		identity := *r.Identity
		identity.IdentityUpgraders = slices.Clone(r.Identity.IdentityUpgraders)
		copied.Identity = &identity
	}
	if r.Importer != nil {
		importer := *r.Importer
		copied.Importer = &importer
	}
	if r.Timeouts != nil {
		copied.Timeouts = &ResourceTimeout{
			Create:  copyDuration(r.Timeouts.Create),
			Read:    copyDuration(r.Timeouts.Read),
			Update:  copyDuration(r.Timeouts.Update),
			Delete:  copyDuration(r.Timeouts.Delete),
			Default: copyDuration(r.Timeouts.Default),
		}
	}
	return &copied
}

func copyDuration(duration *time.Duration) *time.Duration {
	if duration == nil {
		return nil
	}
	copied := *duration
	return &copied
}

// sealed holds the core schemas of resources that do not change any more, by *Resource.
var sealed sync.Map

// SealCoreSchemas makes CoreConfigSchema answer the same block at every call for the resources of a provider. Call it
// when the provider is complete: what changes in its schemas afterwards has no effect on that block.
func SealCoreSchemas(p *Provider) {
	for _, resource := range p.ResourcesMap {
		sealed.LoadOrStore(resource, sync.OnceValue(func() *configschema.Block {
			block := resource.freshCoreConfigSchema()
			block.KeepImpliedTypes()
			return block
		}))
	}
}

// CoreConfigSchema returns what freshCoreConfigSchema, the SDK's own method, returns. Nobody may change it.
func (r *Resource) CoreConfigSchema() *configschema.Block {
	if block, found := sealed.Load(r); found {
		return block.(func() *configschema.Block)()
	}
	return r.freshCoreConfigSchema()
}

// CheckCopies compares the typed copy with the one by reflection, for each resource type of a provider, and makes sure
// that the typed copy and its original have nothing in common that could be changed. It compares sealed core schemas
// with fresh ones, too, and returns the number of resource types.
func CheckCopies(p *Provider) (int, error) {
	for name, resource := range p.ResourcesMap {
		original := schemaMap(resource.SchemaMap())
		typed, reflective := copySchemaMap(original), original.reflectiveCopy()
		if err := equalTrees(reflect.ValueOf(schemaMap(typed)), reflect.ValueOf(reflective), name); err != nil {
			return 0, err
		}
		if err := equalTrees(reflect.ValueOf(schemaMap(typed)), reflect.ValueOf(original), name); err != nil {
			return 0, err
		}
		own := map[uintptr]string{}
		mutable(reflect.ValueOf(original), name, func(address uintptr, path string) { own[address] = path })
		var shared error
		mutable(reflect.ValueOf(typed), name, func(address uintptr, path string) {
			if place, found := own[address]; found {
				shared = fmt.Errorf("%s of the copy is %s of the original", path, place)
			}
		})
		if shared != nil {
			return 0, shared
		}
		fresh, kept := resource.freshCoreConfigSchema(), resource.CoreConfigSchema()
		if !kept.ImpliedType().Equals(fresh.ImpliedType()) {
			return 0, fmt.Errorf("%s: the sealed schema implies another type", name)
		}
		kept = kept.WithoutImpliedTypes()
		if !reflect.DeepEqual(fresh, kept) {
			return 0, fmt.Errorf("%s: the sealed schema is not the fresh one", name)
		}
	}
	return len(p.ResourcesMap), nil
}

// equalTrees compares values as reflect.DeepEqual does, but takes functions for equal that have the same code.
func equalTrees(a, b reflect.Value, path string) error {
	differ := fmt.Errorf("%s differs", path)
	if a.IsValid() != b.IsValid() {
		return differ
	}
	if !a.IsValid() {
		return nil
	}
	if a.Type() != b.Type() {
		return differ
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() != b.IsNil() {
			return differ
		}
		if a.IsNil() {
			return nil
		}
		return equalTrees(a.Elem(), b.Elem(), path)
	case reflect.Map:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return differ
		}
		for _, key := range a.MapKeys() {
			if err := equalTrees(a.MapIndex(key), b.MapIndex(key), fmt.Sprintf("%s.%v", path, key)); err != nil {
				return err
			}
		}
	case reflect.Slice:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return differ
		}
		for index := range a.Len() {
			if err := equalTrees(a.Index(index), b.Index(index), fmt.Sprintf("%s[%d]", path, index)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for index := range a.NumField() {
			field := a.Type().Field(index)
			if err := equalTrees(a.Field(index), b.Field(index), path+"."+field.Name); err != nil {
				return err
			}
		}
	case reflect.Func:
		if a.Pointer() != b.Pointer() {
			return differ
		}
	default:
		if !a.Equal(b) {
			return differ
		}
	}
	return nil
}

// mutable calls found with the address of everything in a tree that could be changed through it.
func mutable(value reflect.Value, path string, found func(uintptr, string)) {
	switch value.Kind() {
	case reflect.Interface:
		mutable(value.Elem(), path, found)
	case reflect.Pointer:
		if !value.IsNil() {
			found(value.Pointer(), path)
			mutable(value.Elem(), path, found)
		}
	case reflect.Map:
		if !value.IsNil() {
			found(value.Pointer(), path)
		}
		for _, key := range value.MapKeys() {
			mutable(value.MapIndex(key), fmt.Sprintf("%s.%v", path, key), found)
		}
	case reflect.Slice:
		// All empty slices lie in one place, in which there is nothing to change.
		if value.Cap() > 0 {
			found(value.Pointer(), path)
		}
		for index := range value.Len() {
			mutable(value.Index(index), fmt.Sprintf("%s[%d]", path, index), found)
		}
	case reflect.Struct:
		for index := range value.NumField() {
			if field := value.Type().Field(index); field.IsExported() && field.Name != "Type" {
				mutable(value.Field(index), path+"."+field.Name, found)
			}
		}
	}
}
