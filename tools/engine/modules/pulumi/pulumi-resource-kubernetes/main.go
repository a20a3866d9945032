// The Kubernetes provider plugin: the Go module of the provider holds its packages, and a program whose embedded files
// are made by its own build. The installer lays those files beside this one and sets the version.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

var version string

func main() {
	provider.Serve("kubernetes", version, schema, mapping)
}
