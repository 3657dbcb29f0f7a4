// Command gen-sdk writes the SDK of a schema, as `pulumi package gen-sdk` does. That asks the language's host, and the last
// host of Python that module proxies serve is older than the question.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// noPackages knows no other package: the schema refers to none.
type noPackages struct{ schema.ReferenceLoader }

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: gen-sdk SCHEMA FOLDER")
	}
	text, err := os.ReadFile(os.Args[1])
	must(err)
	var spec schema.PackageSpec
	must(json.Unmarshal(text, &spec))
	bound, diagnostics, err := schema.BindSpec(spec, noPackages{}, schema.ValidationOptions{})
	must(err)
	if diagnostics.HasErrors() {
		log.Fatal(diagnostics)
	}
	files, err := python.GeneratePackage("gen-sdk", bound, nil, noPackages{})
	must(err)
	for name, content := range files {
		path := filepath.Join(os.Args[2], name)
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		must(os.WriteFile(path, content, 0o644))
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
