# shellcheck shell=sh
# Reads the owned rules. Changes nothing.

main() {
  begin
  fit
  report
  finish
}

main
