#!/bin/sh
# find_package(liaison) works from a separate tree: installs the client of the build folder $1 into
# a prefix of its own, then configures, builds and runs a partner's project against nothing but it.
set -eu

build=$1
source=$(cd "$(dirname "$0")/find_package" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

for component in client outbox; do
  cmake --install "$build" --prefix "$work/prefix" --component $component >"$work/install.log"
done
# The project is copied away, so that no header of the checkout can be found by chance.
cp -r "$source" "$work/partner"
cmake -S "$work/partner" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_BUILD_TYPE=Debug >"$work/configure.log" 2>&1 ||
  { cat "$work/configure.log"; exit 1; }
cmake --build "$work/build"
"$work/build/partner"
"$work/build/partner_outbox" "$work/partner.outbox"
"$work/build/partner_test"
echo "find_package(liaison): works"
