#!/bin/bash
# A hub can be explored without its .proto files: buf lists services by reflection and calls one.
# Needs $LIAISON_HUB (support/with_hub.py) and buf, which tests/run installs into build/tools.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
buf=${BUF:-$project/build/tools/node_modules/.bin/buf}
curl=("$buf" curl --protocol grpc --http2-prior-knowledge)
# buf keeps its cache in the home folder, which a service account may not have.
XDG_CACHE_HOME=$(mktemp -d)
export XDG_CACHE_HOME
trap 'rm -rf "$XDG_CACHE_HOME"' EXIT

methods=$("${curl[@]}" --list-methods "http://$LIAISON_HUB")
echo "$methods"
for method in PublishService/Publish PublishService/PublishStream EventService/GetEvent \
  EventService/ListEvents EventService/Subscribe DirectoryService/GetHub RadarService/GetRadar \
  RadarService/WatchView SubscriptionService/Consume; do
  grep -qx "igf.liaison.v1.$method" <<<"$methods" || { echo "reflection has no $method"; exit 1; }
done
grep -qx 'grpc.health.v1.Health/Check' <<<"$methods" || { echo "reflection has no Health"; exit 1; }

hub=$("${curl[@]}" "http://$LIAISON_HUB/igf.liaison.v1.DirectoryService/GetHub")
echo "$hub"
grep -q '"developmentMode": *true' <<<"$hub"
grep -q '"root": *"[A-Za-z0-9+/]\{43\}="' <<<"$hub"
grep -q SERVING <<<"$("${curl[@]}" "http://$LIAISON_HUB/grpc.health.v1.Health/Check")"
echo "buf: services listed and called"
