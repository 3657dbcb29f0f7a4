#!/bin/sh
# In the place of portknock: proposes the word that lies beside it, and keeps the arguments that it is called with.
here=${0%/*}
if [ "$1" = completion ]; then
  cat "$here/words"
  : >"$here/asked"
else
  printf '%s\0' "$@" >"$here/arguments.new"
  mv "$here/arguments.new" "$here/arguments"
fi
