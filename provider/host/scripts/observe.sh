# shellcheck shell=sh
# Reads the owned rules. Changes nothing.

main() {
  begin
  require_tools
  report
  finish
}

main
