#!/bin/bash
# The roadmap walk on the sample data, twice: a cycle of its own each time. Without a hub, or
# without the sample data, it says at once what to do.
# Needs $LIAISON_HUB and the built programs on the PATH (support/with_hub.py).
set -euo pipefail

stops() {  # WORDS COMMAND...: fails within the time, and says the words
  local words=$1 said
  shift
  if said=$(timeout 20 "$@" 2>&1); then
    echo "walk_test: it went on: $said" >&2
    exit 1
  fi
  grep -qF -- "$words" <<<"$said" || { echo "walk_test: no '$words' in: $said" >&2; exit 1; }
}

stops ./deploy/run liaison_walk --hub 127.0.0.1:1
stops "import --sample" liaison_walk --hub "$LIAISON_HUB"
liaison import --sample --quiet >/dev/null
liaison_walk --hub "$LIAISON_HUB"
liaison_walk --hub "$LIAISON_HUB"
stops "cannot be written" bash -c "liaison_walk --hub '$LIAISON_HUB' 2>&1 >/dev/full"
echo "walked twice"
