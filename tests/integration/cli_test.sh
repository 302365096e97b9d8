#!/bin/bash
# The command line against a real hub: cli_test.sh BIN_DIR
#
# Every check is a function named check_*; each starts from the same running hub, and says what it
# expected when it fails.
set -uo pipefail

bin=$(cd "${1:?usage: cli_test.sh BIN_DIR}" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
cd "$work" || exit 1
unset LIAISON_HUB LIAISON_AS LIAISON_TOKEN_FILE
hub_pid=

stop_hub() {
  [[ -n $hub_pid ]] || return 0
  kill -CONT "$hub_pid"
  kill -TERM "$hub_pid"
  wait "$hub_pid" 2>/dev/null
  hub_pid=
}
trap 'stop_hub; rm -rf "$work"' EXIT

# start_hub DATA_DIR [LISTEN]: sets hub_pid and address.
start_hub() {
  mkfifo ready.$$ 2>/dev/null
  "$bin/liaisond" --data-dir "$1" --listen "${2:-127.0.0.1:0}" >ready.$$ 2>>hub.log &
  hub_pid=$!
  local line
  read -r -t 60 line <ready.$$ || { echo "liaisond did not get ready"; cat hub.log; exit 1; }
  rm ready.$$
  address=$(jq -r .grpc <<<"$line")
}

liaison() { "$bin/liaison" --hub "$address" "$@"; }

failures=0
fail() {
  printf '    FAILED: %s\n' "$*"
  [[ ! -s err ]] || sed 's/^/    stderr: /' err
  failures=$((failures + 1))
}
# expect_code CODE COMMAND...: standard output goes to `out`, standard error to `err`.
expect_code() {
  local expected=$1
  shift
  "$@" >out 2>err
  local code=$?
  [[ $code == "$expected" ]] || fail "exit code $code instead of $expected: $*"
}
expect_equal() { [[ $1 == "$2" ]] || fail "got '$1' instead of '$2'${3:+ ($3)}"; }
expect_in() { grep -qF -- "$1" "$2" || fail "no '$1' in $2: $(head -c 400 "$2")"; }

# --- publishing ---------------------------------------------------------------------------------

check_every_example_publishes() {
  local type sequence=0
  # Who is asked for a role is registered first.
  "$bin/liaison" example organisation 2>/dev/null |
    jq -c '.organisation += {organisation: "org/igf-mag", kind: "ORGANISATION_KIND_MAG"}' \
      >draft.json
  expect_code 0 liaison publish draft.json
  # Once there is any cycle, there is the one that the examples name.
  "$bin/liaison" example cycle 2>/dev/null |
    jq -c '.cycle = "2027" | .cycle_body.cycle_id = "2027"' >draft.json
  expect_code 0 liaison publish draft.json
  for type in organisation topic-signal local-report cycle decision support-request attendance \
    liaison key topic-scheme crosswalk; do
    "$bin/liaison" example $type >draft.json 2>/dev/null
    expect_code 0 liaison publish draft.json
    expect_equal "$(wc -l <out)" 1 "$type"
    expect_equal true \
      "$(jq 'has("event_id") and (.sequence | type == "number") and .duplicate == false' out)"
    [[ $(jq .sequence out) -gt $sequence ]] || fail "sequence did not grow"
    sequence=$(jq .sequence out)
  done
}

check_example_into_publish() {
  expect_code 0 bash -o pipefail -c \
    "'$bin/liaison' example topic-signal | '$bin/liaison' publish - --hub $address"
}

check_twice_has_one_effect() {
  "$bin/liaison" example topic-signal |
    jq -c '.event_id = "0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11"' >one.json
  expect_code 0 liaison publish one.json
  local first; first=$(jq -c '[.sequence, .digest, .leaf_hash]' out)
  expect_code 0 liaison publish one.json
  expect_equal "$(jq -c '[.sequence, .digest, .leaf_hash]' out)" "$first"
  expect_equal "$(jq .duplicate out)" true
  jq -c '.topic_signal.title = "other (fictional)"' one.json >other.json
  expect_code 3 liaison publish other.json
  expect_in EVENT_ID_REUSED err
}

check_receipts_come_while_input_is_open() {
  mkfifo slow
  "$bin/liaison" --hub "$address" publish - <slow >slow.out 2>err &
  local pid=$!
  exec 7>slow
  "$bin/liaison" example topic-signal | jq -c . >&7
  local i
  for ((i = 0; i < 600; i++)); do [[ -s slow.out ]] && break; sleep 0.1; done
  expect_equal "$(wc -l <slow.out)" 1 "a receipt before the input ends"
  exec 7>&-
  wait $pid || fail "publish - failed"
}

check_bad_input_is_named() {
  local head; head=$(liaison info --output json | jq .head)
  "$bin/liaison" example topic-signal | jq -c . >bad.jsonl
  echo '{"topic_signal":{"titel":"x"}}' >>bad.jsonl
  expect_code 6 liaison publish bad.jsonl
  expect_equal "$(wc -l <out)" 1 "the good draft keeps its receipt"
  expect_in 'bad.jsonl, line 2 (draft 2)' err
  expect_in topic_signal.titel err
  "$bin/liaison" example topic-signal | sed 's/Community/Caf\xe9/' >latin.json
  expect_code 6 liaison publish latin.json
  expect_in 'is not UTF-8' err
  expect_in 'topic_signal.title' err
  "$bin/liaison" example topic-signal | jq '.author = "Nobody At All"' >shape.json
  expect_code 3 liaison publish shape.json
  expect_in 'shape.json, line 1 (draft 1)' err
  expect_in 'author' err
  ! grep -q 'items\[' err || fail "items[] means nothing to a person"
  expect_equal "$(liaison info --output json | jq .head)" $((head + 1)) "only the good one is there"
}

check_atomic_and_dry_run() {
  local head; head=$(liaison info --output json | jq .head)
  "$bin/liaison" example topic-signal | jq -c . >good.json
  jq -c '.topics = ["No Topic"]' good.json >bad.json
  expect_code 3 liaison publish --atomic good.json bad.json
  expect_in bad.json err
  expect_code 0 liaison publish --dry-run good.json good.json
  expect_equal "$(liaison info --output json | jq .head)" "$head" "nothing was written"
  expect_code 0 liaison publish --atomic good.json good.json
  expect_equal "$(jq -s '.[1].sequence - .[0].sequence' out)" 1
}

# --- reading ------------------------------------------------------------------------------------

check_subscribe_shows_every_leaf() {
  local head; head=$(liaison info --output json | jq .head)
  expect_code 0 liaison subscribe --until-caught-up --output json
  expect_equal "$(jq -s 'map(.sequence) == [range(1; '"$head"' + 1)]' out)" true
  expect_equal "$(jq -s 'all(.[]; has("event_id") and has("type") and has("author"))' out)" true
  expect_code 0 liaison subscribe --after $((head - 2)) --until-caught-up --output json
  expect_equal "$(wc -l <out)" 2
  expect_code 0 liaison subscribe --filter 'type = decision' --until-caught-up --output json
  expect_equal "$(jq -rs 'map(.type) | unique | join(",")' out)" decision
  expect_code 3 liaison subscribe --after 999999 --until-caught-up
  expect_in POSITION_AHEAD_OF_LOG err
  expect_code 3 liaison subscribe --until-caught-up \
    --after 1 --log-id 00000000-0000-4000-8000-000000000000
  expect_in LOG_INCARNATION_CHANGED err
  expect_code 3 liaison subscribe --filter 'colour = red' --until-caught-up
  expect_in FILTER_INVALID err
}

until_live() {  # SEQUENCE: a line of it stands in live.out
  local i
  for ((i = 0; i < 600; i++)); do
    [[ $(tail -1 live.out | jq .sequence 2>/dev/null) != "$1" ]] || return 0
    sleep 0.1
  done
  fail "$1 did not come: $(tail -1 live.out)"
}

check_live_lines_come_at_once_and_across_a_restart() {
  "$bin/liaison" --hub "$address" subscribe --live --output json >live.out 2>live.err &
  local subscriber=$! i first last
  # It says nothing once it listens: what is published until the first line comes may be too early.
  for ((i = 0; i < 60; i++)); do
    "$bin/liaison" example topic-signal | liaison publish - >published.json
    last=$(jq .sequence published.json)
    sleep 1
    [[ ! -s live.out ]] || break
  done
  until_live "$last"
  first=$(head -1 live.out | jq .sequence)
  stop_hub
  start_hub "$work/data" "$address"
  "$bin/liaison" example topic-signal | liaison publish - >published.json
  last=$(jq .sequence published.json)
  until_live "$last"
  sleep 0.5  # whatever came twice
  expect_equal "$(jq -sc 'map(.sequence)' live.out)" "$(jq -nc "[range($first; $last + 1)]")" \
    "each event before and after the restart, once"
  kill $subscriber
  wait $subscriber 2>/dev/null
}

check_get_by_each_key() {
  liaison list --limit 5 --output json | tail -1 >event.json
  local digest; digest=$(jq -r .digest event.json)
  expect_code 0 liaison get "$(jq .sequence event.json)" --output json
  expect_equal "$(jq -r .digest out)" "$digest"
  expect_code 0 liaison get "$digest" --output json
  expect_equal "$(jq .sequence out)" "$(jq .sequence event.json)"
  expect_code 0 liaison get "$(base64 -d <<<"$digest" | od -An -vtx1 | tr -d ' \n')" --output json
  expect_code 0 liaison get --output json \
    "$(jq -r .author event.json)" "$(jq -r .event_id event.json)"
  expect_equal "$(jq .sequence out)" "$(jq .sequence event.json)"
  expect_code 5 liaison get 999999
}

check_a_line_minus_the_logs_fields_is_a_draft_again() {
  liaison get org/example-partner 0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11 --output json |
    jq -c 'del(.sequence, .type, .log_id, .hub_time, .digest, .leaf_hash, .attested)' >again.json
  expect_code 0 liaison publish again.json
  expect_equal "$(jq .duplicate out)" true
  expect_code 0 liaison export --filter 'type = topic-signal'
  mv out exported.jsonl
  expect_code 0 liaison publish exported.jsonl
}

check_info_and_doctor() {
  expect_code 0 liaison info --output json
  expect_equal "$(jq -r .mode out)" development
  expect_code 0 liaison info --output table
  expect_in 'no identities are configured' out
  expect_code 0 liaison doctor --output json
  expect_equal "$(jq -s 'all(.[]; .ok)' out)" true
  expect_in 'their root is the hub' out
}

# --- importing ----------------------------------------------------------------------------------

check_sample_imports_once() {
  expect_code 0 liaison import --sample
  local count; count=$(wc -l <out)
  expect_code 0 liaison import --sample
  expect_equal "$(wc -l <out)" "$count"
  expect_equal "$(jq -s 'all(.[]; .duplicate)' out)" true "a second import adds nothing"
  expect_code 0 liaison subscribe --until-caught-up --output json \
    --filter 'type = topic-signal AND cycle = 2025'
  expect_equal "$(wc -l <out)" 352
  expect_equal "$(jq -s 'map(.recorded_for.individual.id) | unique | length' out)" 352 contributors
  expect_equal "$(jq -rs 'map(.recorded_by) | unique | join(",")' out)" org/igf-secretariat
  expect_equal 132 \
    "$(jq -s 'map(.recorded_for.individual | select(.region == "REGION_AFRICAN")) | length' out)"
  expect_code 0 liaison organisations --output json
  expect_in org/eurodig out
  expect_code 0 liaison schemes --output json
  expect_equal 94 "$(jq -s 'map(select(.scheme | test("igf-|gip-")) | .codes | length) | add' out)"
  expect_code 0 liaison cycles --output json
  expect_in '"2025"' out
}

# --- the work -----------------------------------------------------------------------------------

check_every_verb_of_the_work_has_examples_and_json() {
  local verb
  for verb in requests trail contributions triage reading-plan board decisions formats cycle; do
    expect_code 0 "$bin/liaison" $verb --help
    grep -q "^  liaison .*$verb" out || fail "$verb --help has no example"
  done
  expect_code 0 "$bin/liaison" import datatracker --help
  expect_in 'import datatracker --dry-run' out
  expect_code 0 liaison --as org/igf-secretariat import datatracker --cycle 2027 \
    --organisation itu-t-sg-13=org/itu "$project/client/cli/sample/datatracker/statements.json"
  expect_equal "$(wc -l <out)" 4 "three statements, and the response that one of them is"
  local asked; asked=$(head -1 out | jq .sequence)
  local arguments
  while read -r arguments; do
    # shellcheck disable=SC2086
    expect_code 0 liaison --as org/igf-mag $arguments --output json
    jq -es 'length > 0' out >/dev/null || fail "$arguments prints no JSON"
    # shellcheck disable=SC2086
    expect_code 0 liaison --as org/igf-mag $arguments --output table
    [[ -s out ]] || fail "$arguments prints no table"
  done <<EOF
requests
requests --organisation org/itu --state open
trail $asked
contributions --contributor org/benin-igf --language fr
triage --cycle 2027
reading-plan --cycle 2027 --member org/igf-mag/seat-1
board --cycle 2027 --weight relevance=2
formats --outcome key-messages --by 2099-12-31 --cycle 2027
cycle 2027
EOF
  expect_code 0 liaison decisions --cycle 2027 --output json
  expect_code 0 liaison requests --organisation org/itu --output json
  expect_equal "$(jq -rs '.[0].reply_to[0].email' out)" liaison@study.example.org "whom to answer"
  expect_equal "$(jq -r 'select(.to == "org/apnic") | .state' out)" REQUEST_STATE_ANSWERED \
    "by the statement that answers it"
  expect_code 0 liaison requests --output ical --remind 30,0
  expect_in 'TRIGGER:PT9H' out
}

check_bad_arguments_of_the_work_name_the_way_out() {
  local code said arguments
  while IFS='|' read -r code said arguments; do
    # shellcheck disable=SC2086
    expect_code "$code" liaison --as org/igf-mag $arguments
    expect_in "$said" err
  done <<'EOF'
2|--state: nonsense not in {accepted,|requests --state nonsense
3|organisation: write an organisation as org/name|requests --organisation Nobody
2|--remind: Value 9999 not in range 0 to 366|requests --remind 9999
6|neither a sequence nor a digest|trail x
5|no such event, or none that you may read|trail 999999
3|contributor: whose inputs?|contributions --contributor Nobody
2|--cycle is required|triage
3|cycle: no such cycle; `liaison cycles` has them all|triage --cycle 1888
3|cycle: no such cycle|reading-plan --cycle 1888
3|member: nobody of that name shares the reading|reading-plan --cycle 2027 --member org/nobody
2|--readers: Value 0 not in range 1 to 100|reading-plan --cycle 2027 --readers 0
6|write a weight as relevance=2|board --cycle 2027 --weight x
3|cycle: no such cycle|board --cycle 1888
3|cycle: no such cycle|decisions --cycle 1888
5|no such event|decisions 1
3|outcome: one of nothing, exchange, key-messages|formats --outcome x --by 2099-12-31
3|time_frame: by when?|formats --outcome exchange --by yesterday
3|cycle: no such cycle|cycle 1888
6|/nowhere/statements.json|import datatracker /nowhere/statements.json
2|write it as itu-t-sg-13=org/itu|import datatracker --organisation x statements.json
EOF
  expect_code 3 liaison reading-plan --cycle 2027
  expect_in 'for the MAG and the secretariat' err
}

# by_help COMMAND FIRST [N]: runs the command of that help that begins so, as it is printed.
by_help() {
  "$bin/liaison" "$1" --help | sed -n "\|^  $2|,\|publish -\$|p" |
    sed "s/ get N / get ${3:-} /" >printed
  [[ $(wc -l <printed) -gt 2 ]] || fail "$1 --help does not print it"
  expect_code 0 env PATH="$bin:$PATH" LIAISON_HUB="$address" bash -o pipefail printed
}

check_a_pair_is_confirmed_and_undone_as_the_help_prints_it() {
  liaison duplicates --cycle 2027 --output json >before.json
  expect_equal "$(jq '.duplicates[0] | has("grouping")' before.json)" false
  by_help duplicates 'liaison duplicates --cycle 2027 --output json'
  local group; group=$(jq .sequence out)
  local pair; pair=$(jq -c '[.duplicates[0] | .first, .second | .sequence]' before.json)
  expect_equal "$(liaison duplicates --cycle 2027 --output json |
    jq -c '.duplicates[] | select([.first.sequence, .second.sequence] == '"$pair"')
      | .grouping.sequence')" "$group" "the list shows who confirmed it"
  by_help duplicates 'liaison get N' "$group"
  expect_equal "$(liaison duplicates --cycle 2027 --output json |
    jq '[.duplicates[] | select(has("grouping"))] | length')" 0 "it was dissolved"
}

check_a_digest_is_the_same_in_every_output_and_may_be_typed_in_both_forms() {
  liaison list --limit 1 --filter 'type = topic-signal' --output json >event.json
  local digest; digest=$(jq -r .digest event.json)
  local sequence; sequence=$(jq .sequence event.json)
  expect_code 0 liaison trail "$digest" --output json
  jq -es --arg digest "$digest" --argjson sequence "$sequence" \
    'any(.[] | .. | objects; .digest == $digest and .sequence == $sequence)' out >/dev/null ||
    fail "trail writes digest or sequence in another way: $(head -1 out)"
  local hex; hex=$(base64 -d <<<"$digest" | od -An -vtx1 | tr -d ' \n')
  "$bin/liaison" example topic-signal 2>/dev/null | jq -c --arg digest "$hex" '.references +=
    [{digest: $digest, relation: "RELATION_REFERS_TO"}]' >draft.json
  expect_code 0 liaison publish draft.json
  expect_code 0 liaison get "$(jq .sequence out)" --output json
  expect_equal "$(jq -r '.references[-1].digest' out)" "$digest"
}

check_a_corrected_row_is_named_and_can_be_revised() {
  printf '%s\n' 'source = "votes"' 'id_column = "Id"' '[constants]' \
    'author = "org/igf-secretariat"' 'audience = "igf/public"' \
    'topics = ["unspecified"]' '[columns]' 'title = "Title"' >votes.toml
  { echo Id,Title; for i in {1..300}; do echo "$i,fictional $i"; done; } >votes.csv
  expect_code 0 liaison import --map votes.toml votes.csv
  sed -i 's/fictional 199$/fictional and corrected/' votes.csv
  for i in {301..303}; do echo "$i,fictional $i"; done >>votes.csv
  local head; head=$(liaison info --output json | jq .head)
  local option
  for option in "" --dry-run; do
    # shellcheck disable=SC2086
    expect_code 3 liaison import --map votes.toml $option votes.csv
    expect_in 'votes.csv, row 200: was imported before with other content' err
    expect_in 'column "Title": "fictional 199" is now "fictional and corrected"' err
    expect_in EVENT_ID_REUSED err
  done
  expect_equal "$(liaison info --output json | jq .head)" "$head" "nothing was written"
  expect_code 0 liaison import --map votes.toml --skip-bad votes.csv
  expect_in 'votes.csv, row 200' err
  expect_in '302 accepted: 3 new, 299 there already' err

  # The way out that the help gives: its line of the export, corrected, under an id of its own.
  local new=0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a77
  liaison export --filter 'author = org/igf-secretariat' 2>/dev/null |
    jq -c --arg id $new 'select(.topic_signal.title == "fictional 199")
      | .references_by_name = [{author: .author, event_id: .event_id, relation: "RELATION_REVISES"}]
      | .event_id = $id | .topic_signal.title = "fictional and corrected"' >revision.jsonl
  expect_equal "$(wc -l <revision.jsonl)" 1
  expect_code 0 liaison import revision.jsonl
  expect_code 0 liaison get org/igf-secretariat $new --output json
  expect_equal "$(jq -r '.references[0].relation' out)" RELATION_REVISES
}

check_a_batch_refused_names_the_line() {
  "$bin/liaison" example topic-signal |
    jq -c '.event_id = "0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a22"' >known.json
  expect_code 0 liaison publish known.json
  { jq -c 'del(.event_id)' known.json; jq -c '.topic_signal.title = "other (fictional)"' known.json
  } >batch.jsonl
  local option
  for option in --atomic --dry-run; do
    expect_code 3 liaison publish $option batch.jsonl
    expect_in 'batch.jsonl, line 2 (draft 2)' err
    expect_in EVENT_ID_REUSED err
  done
}

check_a_french_table_comes_back() {
  local maps=$project/client/cli/sample/maps
  expect_code 0 liaison import --map "$maps/formulaire-fr.toml" "$maps/formulaire-fr.csv"
  expect_code 0 liaison export --map "$maps/formulaire-fr.toml"
  cmp out "$maps/formulaire-fr.csv" || fail "the table is not equal"
  expect_code 0 liaison import --map "$maps/formulaire-fr.toml" "$maps/formulaire-fr.csv"
  expect_equal "$(jq -s 'all(.[]; .duplicate)' out)" true
}

# --- letting people in --------------------------------------------------------------------------

# The last one: from its first token on the hub asks for one.
check_tokens_let_in_and_keep_out() {
  unset LIAISON_TOKEN_FILE
  expect_code 0 liaison admin token create org/igf-secretariat --role operator --file operator.token
  expect_equal "$(stat -c %a operator.token)" 600
  expect_code 0 liaison info
  expect_code 3 liaison admin credentials
  expect_in CREDENTIAL_REQUIRED err
  expect_in --token-file err
  export LIAISON_TOKEN_FILE=operator.token
  expect_code 0 liaison admin token create org/eurodig --role administrator --file eurodig.token \
    --label 'import job (fictional)'
  "$bin/liaison" example topic-signal 2>/dev/null | jq -c '.author = "org/eurodig"' >signal.json
  expect_code 0 liaison --token-file eurodig.token publish signal.json
  "$bin/liaison" example topic-signal >foreign.json 2>/dev/null
  expect_code 3 liaison --token-file eurodig.token publish foreign.json
  expect_in 'publish as org/eurodig' err
  expect_code 3 liaison --token-file eurodig.token --as org/apnic info
  expect_code 0 liaison --token-file eurodig.token --as org/eurodig/desk info
  expect_code 3 liaison --token-file eurodig.token admin token create org/apnic
  expect_in NOT_PERMITTED err

  # A file that is there is neither overwritten nor left without its token.
  cp eurodig.token before.token
  expect_code 6 liaison admin token create org/eurodig --file eurodig.token
  cmp -s eurodig.token before.token || fail "the file was overwritten"
  expect_in 'has been revoked' err
  chmod 644 eurodig.token
  expect_code 2 liaison --token-file eurodig.token info
  expect_in 'chmod 600' err
  chmod 600 eurodig.token
  sed 's/.$/_/' operator.token >mistyped.token; chmod 600 mistyped.token
  expect_code 2 liaison --token-file mistyped.token info
  expect_in 'not copied whole' err

  expect_code 0 liaison admin credentials org/eurodig --output table
  expect_in 'import job (fictional)' out
  local id secret
  id=$(liaison admin credentials org/eurodig --output json |
    jq -r 'select(.label != null and .label != "").id')
  expect_code 0 liaison admin revoke "$id"
  expect_code 3 liaison --token-file eurodig.token info
  expect_in CREDENTIAL_INVALID err
  expect_code 0 liaison admin revoke "$id"
  for secret in operator.token eurodig.token; do
    ! grep -qF -f "$secret" hub.log || fail "the hub's log shows a token"
    ! grep -rqF -f "$secret" data || fail "the hub's data shows a token"
  done
  unset LIAISON_TOKEN_FILE
}

# --- without a hub ------------------------------------------------------------------------------

check_a_dead_hub_is_said_in_time() {
  local address=127.0.0.1:1 command
  "$bin/liaison" example topic-signal >draft.json
  for command in "publish draft.json" "subscribe --until-caught-up" "info" "list"; do
    SECONDS=0
    # shellcheck disable=SC2086
    expect_code 4 liaison $command
    [[ $SECONDS -le 15 ]] || fail "$command took $SECONDS s"
    expect_in 127.0.0.1:1 err
  done
}

check_a_silent_hub_is_said_in_time() {
  kill -STOP "$hub_pid"
  local command
  for command in "publish draft.json" "subscribe --until-caught-up" "get 1"; do
    SECONDS=0
    # shellcheck disable=SC2086
    expect_code 4 liaison $command
    [[ $SECONDS -le 15 ]] || fail "$command took $SECONDS s"
    [[ -s err ]] || fail "$command does not say why"
  done
  kill -CONT "$hub_pid"
}

start_hub "$work/data"
for check in check_every_example_publishes check_example_into_publish check_twice_has_one_effect \
  check_receipts_come_while_input_is_open check_bad_input_is_named check_atomic_and_dry_run \
  check_subscribe_shows_every_leaf check_get_by_each_key \
  check_a_line_minus_the_logs_fields_is_a_draft_again check_sample_imports_once \
  check_every_verb_of_the_work_has_examples_and_json \
  check_bad_arguments_of_the_work_name_the_way_out \
  check_a_pair_is_confirmed_and_undone_as_the_help_prints_it \
  check_a_digest_is_the_same_in_every_output_and_may_be_typed_in_both_forms \
  check_a_french_table_comes_back check_a_corrected_row_is_named_and_can_be_revised \
  check_a_batch_refused_names_the_line check_info_and_doctor \
  check_live_lines_come_at_once_and_across_a_restart check_a_dead_hub_is_said_in_time \
  check_a_silent_hub_is_said_in_time check_tokens_let_in_and_keep_out; do
  echo "$check"
  $check
done
stop_hub
[[ $failures == 0 ]] || { echo "$failures failed"; exit 1; }
echo "all passed"
