# What deploy/federation/run plays between its two hubs, and what it looks at. Sourced by it.
# Whoever speaks here is invented, but for the seat of the sample data's MAG.

nri=org/fictional-coast-igf
seat=org/igf-mag/seat-1
patience_s=60
in_the_cut=25  # events that each hub takes while it does not hear the other

# --- telling and asking ---------------------------------------------------------------------------

tell() { printf '\n%s\n' "$*"; }

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
as_seconds() {  # MILLISECONDS
  echo "$(($1 / 1000)).$(($1 % 1000 / 100)) s"
}
# Waits until the command succeeds. Sets `took`.
took=
until_true() {  # COMMAND...
  local since now
  since=$(now_ms)
  until "$@"; do
    now=$(now_ms)
    if ((now - since > patience_s * 1000)); then took="more than $patience_s s"; return 1; fi
    sleep 0.1
  done
  took=$(as_seconds $(($(now_ms) - since)))
}
# Says whether it came to that, and after how long.
comes() {  # WHAT COMMAND...
  local result=ok
  until_true "${@:2}" || result=FAILED
  saw "$result" "$1, after $took"
}

# A draft goes in, its receipt is in `receipt`.
publish() {  # HUB
  receipt=$(at "$1" publish -) || { saw FAILED "the $1 hub takes what is published"; receipt=; }
}
digest() { sed -nE 's/.*"digest":"([^"]*)","leaf_hash".*/\1/p'; }

events() {  # HUB: all that everybody may read there, a line each
  at "$1" subscribe --until-caught-up --output json
}
# What is published at the hub and goes to the other by its policy; and what of it is there.
leaves() {  # HUB
  local types='.'
  [[ $1 == igf ]] || types='"type":"(local-report|topic-signal)"'
  events "$1" | grep -v '"relayed":' | grep "\"audience\":\"$1/public\"" |
    grep -v '"type":"rules"' | grep -E "$types" | digest | sort
}
arrived() {  # HUB
  events "${other[$1]}" | grep '"relayed":' | grep -F "\"origin\":\"${origin[$1]}\"" | digest | sort
}
missing() {  # HUB
  comm -23 <(leaves "$1") <(arrived "$1" | uniq) | wc -l
}
twice() {  # HUB
  arrived "$1" | uniq -d | wc -l
}
nothing_is_missing() {
  [[ $(missing igf) == 0 && $(missing regional) == 0 ]]
}
has() {  # HUB DIGEST
  events "$1" | grep -qF "\"digest\":\"$2\",\"leaf_hash\""
}

# --- the walk -------------------------------------------------------------------------------------

draft() {  # AUTHOR AUDIENCE REST
  echo "{\"author\":\"$1\",\"audience\":\"$2\",\"language\":\"en\",$3}"
}
in_2027='"cycle":"2027","topics":["unspecified"]'

report_at_home() {
  tell "An initiative reports at its regional hub."
  publish regional < <(draft org/fictional-region regional/public "\"organisation\":{
    \"organisation\":\"$nri\",\"kind\":\"ORGANISATION_KIND_NRI_NATIONAL\",
    \"name\":\"Coast IGF (fictional)\"}")
  publish regional < <(draft "$nri" regional/public "$in_2027,\"addressees\":[\"org/igf-mag\"],
    \"local_report\":{\"title\":\"What the Coast IGF heard (fictional)\",
    \"convergence\":\"Islands need a second cable before a faster one. (fictional)\"}")
  report=$(digest <<<"$receipt")
  same "$nri has reported, as event $(field sequence <<<"$receipt") there" 44 ${#report}
  publish regional < <(draft "$nri" regional/partners "$in_2027,
    \"topic_signal\":{\"purpose\":\"PURPOSE_INFORMATION\",
    \"title\":\"For our partners alone (fictional)\"}")
  local kept
  kept=$(at regional federation what-would-leave igf --output json |
    grep '"kept":' | grep '"regional/partners"' | field events)
  same "what it said to the region's partners alone stays there: ${kept:-0} event" 1 "${kept:-0}"
  comes "the IGF's hub has the report, as one of the regional hub's" has igf "$report"
}

decide_at_the_igf() {
  tell "The MAG decides at the IGF's hub."
  local session='"title":"Who pays for a second cable (fictional)",
    "work_format":"WORK_FORMAT_MAIN_SESSION"' proposal
  publish igf < <(draft "$seat" igf/public \
    "$in_2027,\"decision\":{\"state\":\"DECISION_STATE_PROPOSED\",$session}")
  proposal=$(digest <<<"$receipt")
  publish igf < <(draft "$seat" igf/public "\"cycle\":\"2027\",\"disposition\":{\"inputs\":[
    {\"input\":\"$report\",\"kind\":\"DISPOSITION_KIND_TAKEN_UP\"}],\"into\":\"$proposal\",
    \"reason\":\"Three regions say so. (fictional)\"}")
  same "it takes the report up, with its reason" 44 "$(digest <<<"$receipt" | tr -d '\n' | wc -c)"
  publish igf < <(draft "$seat" igf/public "$in_2027,\"references\":[
    {\"digest\":\"$proposal\",\"relation\":\"RELATION_REVISES\"},
    {\"digest\":\"$report\",\"relation\":\"RELATION_CONSIDERS\"}],
    \"decision\":{\"state\":\"DECISION_STATE_ADOPTED\",$session,\"priority\":1,
    \"focus_question\":\"Who pays for the second cable? (fictional)\",
    \"time_frame\":{\"starts_on\":\"$(day 1)\",\"ends_on\":\"$(day 300)\"},
    \"outcome_product\":\"A page for ministries (fictional)\",
    \"outcome_owner\":\"org/igf-secretariat\",\"outcome_due_on\":\"$(day 290)\",
    \"outcome_test\":\"Three islands use it (fictional)\",\"steward\":\"$seat\",
    \"reasons\":\"The coast asks for it. (fictional)\"}")
  decision=$(digest <<<"$receipt")
  same "it adopts a main session that considers the report" 44 ${#decision}
}
day() { date -u -d "+$1 days" +%F; }

learn_at_home() {
  tell "What became of my input? The initiative asks at home."
  comes "the regional hub has the decision, as one of the IGF's" has regional "$decision"
  local line words
  line=$(at regional contributions --contributor "$nri" --output json)
  words=$(field in_words <<<"$line")
  local said="taken up (localhost/igf); a decision that rests on it is adopted (localhost/igf)"
  same "its own hub answers: $words" "DECISION_STATE_ADOPTED $said" \
    "$(grep -o 'DECISION_STATE_ADOPTED' <<<"$line" | head -1) $words"
  same "with the MAG's reason: Three regions say so. (fictional)" \
    1 "$(grep -cF '"reason":"Three regions say so. (fictional)"' <<<"$line" || true)"
  same "and the trail leads from its report to the IGF's decision" \
    1 "$(at regional trail "$report" --output json | grep TRAIL_DIRECTION_LED_TO |
      grep -cF "\"digest\":\"$decision\"" || true)"
}

walk() {
  tell "The IGF's hub takes the sample data in."
  at igf import --sample >/dev/null || saw FAILED "the sample data is imported"
  comes "all $(leaves igf | wc -l) events of it are at the regional hub too" nothing_is_missing
  report_at_home
  decide_at_the_igf
  learn_at_home
}

# --- proof ----------------------------------------------------------------------------------------

prove() {
  tell "Nobody has to believe either hub: \`liaison verify\`, with the keys of both."
  local hub bundle told relayed events
  for hub in "${hubs[@]}"; do
    bundle=$folder/$hub.bundle
    at "$hub" export --bundle "$bundle" >/dev/null || saw FAILED "the $hub hub's log is exported"
    relayed=$(arrived "${other[$hub]}" | wc -l)
    told=$("$bin/liaison" verify "$bundle" --vkey "${vkey[$hub]}" --output json \
      --origin-vkey "${vkey[${other[$hub]}]}" 2>>"$folder/notes") || true
    events=$(field events <<<"$told")
    same "$hub: valid; of $events events $relayed are proven to be in the other hub's log" \
      "true $relayed 0" \
      "$(field valid <<<"$told") $(field shown <<<"$told") $(field not_checked <<<"$told")"
    if at "$hub" verify --until-caught-up --state "$folder/$hub/kept" --vkey "${vkey[$hub]}" \
      --origin-vkey "${vkey[${other[$hub]}]}" >>"$folder/notes"; then
      saw ok "$hub: the running hub shows the same history"
    else
      saw FAILED "$hub: the running hub shows the same history"
    fi
  done
}

# --- the line is cut -----------------------------------------------------------------------------

go_on() {  # HUB AUTHOR
  local i
  for ((i = 1; i <= in_the_cut; ++i)); do
    draft "$2" "$1/public" "$in_2027,\"topic_signal\":{\"purpose\":\"PURPOSE_INFORMATION\",
      \"title\":\"Said while the line was cut, $i (fictional)\"}"
  done | at "$1" publish - | grep -c '"sequence":' || true
}

break_and_heal() {
  tell "The line between them is cut; both go on."
  local hub
  for hub in "${hubs[@]}"; do cut_line "$hub"; done
  same "the IGF's hub takes $in_the_cut more events" \
    "$in_the_cut" "$(go_on igf org/fictional-library)"
  same "the regional hub takes $in_the_cut more events" "$in_the_cut" "$(go_on regional "$nri")"
  sleep 3
  same "after 3 s none of them has crossed" "$in_the_cut $in_the_cut" \
    "$(missing igf) $(missing regional)"
  tell "The line heals."
  for hub in "${hubs[@]}"; do start_line "$hub"; done
  comes "both have heard all of it" nothing_is_missing
  same "missing 0, twice 0" "0 0 0 0" \
    "$(missing igf) $(missing regional) $(twice igf) $(twice regional)"
}
