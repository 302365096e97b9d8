#!/bin/bash
# deploy/federation/run: --check passes and says so; what fails makes it fail; without --check both
# hubs stay, every command that README.md shows of them works, and Ctrl-C ends all of it.
set -euo pipefail

[[ $# -eq 1 ]] || { echo "Usage: two_hubs_test.sh BIN_DIR" >&2; exit 2; }
bin=$(realpath "$1")
run=deploy/federation/run
folder=$(mktemp -d)
pid=
# Asked, it ends its hubs, which have sessions of their own.
trap '[[ -z $pid ]] || { kill -TERM "$pid"; wait "$pid" || true; }; rm -rf "$folder"' EXIT

fail() { echo "two_hubs_test: $*" >&2; exit 1; }
says() {  # FILE WORDS
  grep -qF -- "$2" "$1" || { cat "$1" >&2; fail "no '$2' in what it said"; }
}

# --- --check --------------------------------------------------------------------------------------

"$run" --check --bin-dir "$bin" >"$folder/check" 2>&1 || { cat "$folder/check"; fail "it failed"; }
cat "$folder/check"
says "$folder/check" "check passed"
says "$folder/check" "missing 0, twice 0"

# A verifier that finds a fault: the check must not pass.
mkdir "$folder/wrong"
ln -s "$bin/liaisond" "$folder/wrong/liaisond"
cat >"$folder/wrong/liaison" <<STUB
#!/bin/bash
[[ \$1 != verify ]] || { echo '{"valid":false,"events":9}'; exit 7; }
exec "$bin/liaison" "\$@"
STUB
chmod +x "$folder/wrong/liaison"
code=0
"$run" --check --bin-dir "$folder/wrong" >"$folder/refused" 2>&1 || code=$?
[[ $code -eq 1 ]] || fail "exit $code where nothing verifies"
says "$folder/refused" "check FAILED"

"$run" --help | grep -qF "deploy/federation/run --check" || fail "--help shows no example"
code=0
"$run" --nonsense >/dev/null 2>&1 || code=$?
[[ $code -eq 2 ]] || fail "exit $code for an unknown argument"

# --- two hubs that stay ---------------------------------------------------------------------------

stay() {  # WHERE_IT_SAYS
  local waited=0
  : >"$1"
  setsid "$run" --bin-dir "$bin" --data-dir "$folder/data" --igf 127.0.0.1:0 \
    --regional 127.0.0.1:0 >"$1" 2>&1 </dev/null &
  pid=$!
  until grep -qF "Ctrl-C stops them." "$1"; do
    kill -0 "$pid" 2>/dev/null || { cat "$1" >&2; fail "it did not stay"; }
    [[ $waited -lt 900 ]] || { cat "$1" >&2; fail "it is not ready after 90 s"; }
    sleep 0.1
    waited=$((waited + 1))
  done
}
end() {
  # As the shell's Ctrl-C would, which a background process does not hear.
  local code=0
  kill -TERM "$pid"
  wait "$pid" || code=$?
  [[ $code -eq 143 ]] || fail "it ended with $code"
  pgrep -f -- "--data-dir $folder/data" && fail "a hub was left"
  pid=
}
address_of() { sed -nE "s/^  $1 +([0-9.:]+) .*/\1/p" "$2"; }  # HUB WHAT_IT_SAID

stay "$folder/first"
says "$folder/first" "its own hub answers: taken up"
# The blocks of the section that are not about starting it.
awk '/^## / { on = ($0 == "## Two hubs") } on && /^```sh$/ { block = 1; next }
     /^```$/ { block = 0 } on && block && !/deploy\/federation\/run/' README.md |
  sed -e "s#build/release/bin#$bin#" -e "s#127.0.0.1:7422#$(address_of regional "$folder/first")#" \
    -e "s#127.0.0.1:7421#$(address_of igf "$folder/first")#" >"$folder/shown.sh"
[[ $(wc -l <"$folder/shown.sh") -ge 4 ]] || fail "README.md shows fewer commands of two hubs"
(cd "$folder" && HOME=$folder bash -euo pipefail shown.sh) >"$folder/shown" 2>&1 ||
  { cat "$folder/shown.sh" "$folder/shown" >&2; fail "a command of README.md does not work"; }
says "$folder/shown" "taken up (localhost/igf); "
says "$folder/shown" "a decision that rests on it is adopted (localhost/igf)"
says "$folder/shown" '{"kept":{"audience":"regional/partners","rule":"no rule of `send` fits"'
says "$folder/shown" '"settled"'
says "$folder/shown" '{"valid":true,'
# And what it says to try.
sed -n '/^Try:$/,/^$/p' "$folder/first" | sed 1d >"$folder/try.sh"
[[ $(wc -l <"$folder/try.sh") -ge 6 ]] || fail "it says less to try"
(cd "$folder" && bash -euo pipefail try.sh) >"$folder/tried" 2>&1 ||
  { cat "$folder/try.sh" "$folder/tried" >&2; fail "what it says to try does not work"; }
end

stay "$folder/second"
says "$folder/second" "Ctrl-C"
if grep -q "reports at its regional hub" "$folder/second"; then fail "the walk was walked twice"; fi
end
echo "two hubs: checked, refused, tried, stopped"
