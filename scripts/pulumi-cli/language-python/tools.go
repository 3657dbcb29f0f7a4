//go:build tools

// Package tools keeps the language host's source in go.mod: go mod tidy would drop what nothing imports. This is the
// last release that has it here; later ones have it in a module of its own that module proxies do not serve.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
