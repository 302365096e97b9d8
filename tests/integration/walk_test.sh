#!/bin/bash
# The roadmap walk on the sample data, twice: a cycle of its own each time.
# Needs $LIAISON_HUB and the built programs on the PATH (support/with_hub.py).
set -euo pipefail

liaison import --sample --quiet >/dev/null
liaison_walk --hub "$LIAISON_HUB"
liaison_walk --hub "$LIAISON_HUB"
echo "walked twice"
