# shellcheck shell=bash
# Sourced: the environment in which pulumi runs this repository's programs, and the lab finds its tools.

portknock_env() {
  local root cli
  root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  cli=$(bash "$root/scripts/pulumi-cli.sh") || return 1
  # The SDK's folder has pulumi-resource-pulumi-nodejs, which runs dynamic providers.
  case :$PATH: in
    *":$cli:$root/node_modules/@pulumi/pulumi:"*) ;;
    *) PATH=$cli:$root/node_modules/@pulumi/pulumi:$PATH:/usr/sbin:/sbin ;;
  esac
  export PATH
  export PULUMI_SKIP_UPDATE_CHECK=true
  # Without this pulumi looks for plugins in the network when one is not on PATH.
  export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true
}
portknock_env
