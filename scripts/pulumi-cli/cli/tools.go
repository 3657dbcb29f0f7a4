//go:build tools

// Package tools keeps the command line's source in go.mod: go mod tidy would drop what nothing imports.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
