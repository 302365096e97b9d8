# Builds, starts and stops hubs, and says what a check saw: what deploy/run and
# deploy/federation/run share. Whoever sources it has set `program`, its own name, and `project`,
# the project's folder.

bin=$project/build/release/bin
hub_pid=
address=
failures=0

die() { echo "$program: $*" >&2; exit 1; }

# --- building -------------------------------------------------------------------------------------

# Only what is named; a build folder that has tests in it keeps them.
build() {  # PROGRAM...
  "$project/deploy/install-packages" build
  cd "$project"
  local log=$project/build/deploy-build.log
  mkdir -p build
  local tests=()
  [[ -f build/release/CMakeCache.txt ]] || tests=(-DLIAISON_BUILD_TESTS=OFF)
  cmake --preset release "${tests[@]}" >"$log" 2>&1 || { tail -20 "$log" >&2; die "cmake failed"; }
  if [[ -t 1 ]]; then
    cmake --build --preset release --target "$@" || die "the build failed"
  else
    NINJA_STATUS='[%f/%t] ' cmake --build --preset release --target "$@" >>"$log" 2>&1 ||
      { tail -40 "$log" >&2; die "the build failed; all of it is in build/deploy-build.log"; }
  fi
}

# --- hubs -----------------------------------------------------------------------------------------

# Starts a hub and waits for its ready line. Sets hub_pid and address.
start_hub() {  # DATA_DIR LISTEN FOLDER_FOR_OUTPUT [FLAG...]
  local output=$3 waited=0
  mkdir -p "$output"
  : >"$output/ready.json"
  # A group of its own: Ctrl-C reaches this script, which then asks the hub to stop.
  setsid "$bin/liaisond" --data-dir "$1" --listen "$2" "${@:4}" \
    >"$output/ready.json" 2>>"$output/liaisond.log" </dev/null &
  hub_pid=$!
  # At once: whatever becomes of this script, --stop finds the hub.
  echo "$hub_pid" >"$output/liaisond.pid"
  until grep -q '"ready"' "$output/ready.json"; do
    if ! kill -0 "$hub_pid" 2>/dev/null; then
      tail -5 "$output/liaisond.log" >&2
      die "the hub did not start; its log is $output/liaisond.log"
    fi
    [[ $waited -lt 600 ]] || { kill "$hub_pid"; die "the hub is not ready after 60 s"; }
    sleep 0.1
    waited=$((waited + 1))
  done
  address=$(field grpc <"$output/ready.json")
  [[ -n $address ]] || die "the ready line names no address: $(cat "$output/ready.json")"
}

# Asks the hub to stop and waits. The exit code is the hub's.
stop_hub() {  # PID
  [[ -n $1 ]] && kill -TERM "$1" 2>/dev/null || return 0
  wait "$1"
}

is_taken() {  # ADDRESS
  (exec 3<>"/dev/tcp/${1%:*}/${1##*:}") 2>/dev/null
}

# --- checks ---------------------------------------------------------------------------------------

saw() {  # RESULT WHAT
  if [[ $1 == ok ]]; then echo "ok      $2"; else echo "FAILED  $2"; failures=$((failures + 1)); fi
}
# Compares, and shows both where they differ.
same() {  # WHAT EXPECTED FOUND
  if [[ $2 == "$3" ]]; then saw ok "$1"; else saw FAILED "$1: expected '$2', found '$3'"; fi
}
# Of each line of JSON, the last value under that name.
field() { sed -nE "s/.*\"$1\": *\"?([^\",}]*).*/\1/p"; }
