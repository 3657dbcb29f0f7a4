//go:build tools

// Package tools keeps the language host's source in go.mod: go mod tidy would drop what nothing imports.
package tools

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
