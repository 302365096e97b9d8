#!/bin/bash
# The services are shut off from the machine: 2.0 or better, by systemd's own measure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for unit in deploy/systemd/*.service; do
  # The threshold is in tenths.
  systemd-analyze security --offline=true --no-pager --threshold=20 "$unit" | tail -1
done
