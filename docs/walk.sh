#!/usr/bin/env bash
# Walks one deal through all five stages of equipment sales, from the first contact to the signed
# contract, with nothing but curl. Read it as a tutorial: every step says what it does, and every
# answer is checked, so it ends with an error where Dealpace does not do what is written here.
#
#   make up                      (or `make demo`; in another terminal)
#   docs/walk.sh                 BASE_URL=http://127.0.0.1:8000 by default
set -euo pipefail

BASE_URL="${BASE_URL:-http://127.0.0.1:8000}"
BODY="$(mktemp)"
trap 'rm -f "$BODY"' EXIT

# ask METHOD PATH [JSON] [curl options …]: sends a request; the answer is in $BODY, its status in
# $STATUS.
ask() {
  local method=$1 path=$2 json=${3:-}
  shift $(($# < 3 ? $# : 3))
  local data=()
  [[ -z $json ]] || data=(--header 'Content-Type: application/json' --data "$json")
  STATUS=$(curl --silent --show-error --max-time 30 --output "$BODY" --write-out '%{http_code}' \
    --request "$method" ${data[@]+"${data[@]}"} "$@" "$BASE_URL$path")
}

# field EXPRESSION: a part of the answer, written as Python on `it`.
field() { python3 -c 'import json, sys; it = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$BODY" "$1"; }

# expect WHAT STATUS [EXPRESSION VALUE]…: ends the walk unless the answer is as said.
expect() {
  local what=$1 status=$2 found
  shift 2
  [[ $STATUS == "$status" ]] || fail "$what: status $STATUS instead of $status"
  while (($#)); do
    found=$(field "$1") || fail "$what: the answer has no $1"
    [[ $found == "$2" ]] || fail "$what: $1 is '$found' instead of '$2'"
    shift 2
  done
  printf '  ok  %s\n' "$what"
}

fail() {
  printf 'FAILED  %s\n' "$1" >&2
  cat "$BODY" >&2
  exit 1
}

# does ACTION [MORE]: records an action of the stage; MORE are further fields of the body.
does() {
  ask POST "$DEAL/actions" "{\"action\": \"$1\"${2:+, $2}}"
  expect "$1 is done" 200 "'$1' in [done['action'] for done in it['done']]" True
}

# enters STAGE: goes on to the next stage, which has to be that one.
enters() {
  ask POST "$DEAL/advance"
  expect "on to $1" 200 "it['stage']['id']" "$1"
}

echo "Dealpace at $BASE_URL"
ask GET /readyz
expect "database, Temporal and a worker are there" 200 "it['ready']" True

echo "1. People. A manager, and a rep who reports to her."
ask PUT /v1/people/walk-manager '{"name": "Wei Zhang", "role": "manager", "team": "walk"}'
expect "the manager is known" 200
ask PUT /v1/people/walk-rep \
  '{"name": "Li Na", "role": "rep", "manager": "walk-manager", "team": "walk"}'
expect "the rep is known" 200 "it['manager']" walk-manager

echo "2. A deal begins: first contact."
KEY="walk-$(date +%s)-$$"
OPENING='{"title": "Two presses for Acme", "customer": "Acme", "owner": "walk-rep",
          "playbook": "equipment-sales", "source": "exhibition", "amount_minor": 180000000}'
ask POST /v1/deals "$OPENING" --header "Idempotency-Key: $KEY"
expect "the deal is open" 201 "it['stage']['id']" first-contact "it['status']" open
ID=$(field "it['id']")
DEAL="/v1/deals/$ID"

echo "   The same request again, as after a lost connection: still one deal."
ask POST /v1/deals "$OPENING" --header "Idempotency-Key: $KEY"
expect "the repeat finds the same deal" 201 "it['id']" "$ID"
ask POST /v1/deals "${OPENING/Two/Three}" --header "Idempotency-Key: $KEY"
expect "another body under that key is refused" 422 "it['code']" key_reused

echo "   A stage is finished when its actions and facts are there; the gate says what is missing."
ask POST "$DEAL/advance"
expect "the gate is closed" 409 "it['code']" gate_unmet \
  "[lacking['id'] for lacking in it['facts']['unmet']]" "['first-call', 'first-visit', 'contact']"
ask POST "$DEAL/actions" '{"action": "first-visit"}'
expect "a visit before the call is refused" 409 "it['code']" out_of_order \
  "it['facts']['after']" "['first-call']"

ask POST "$DEAL/actions" '{"action": "first-call", "note": "Spoke to the buyer"}' \
  --header "Idempotency-Key: $KEY-call"
expect "first-call is done" 200 "len(it['done'])" 1
SEQ=$(field "it['seq']")
ask POST "$DEAL/actions" '{"action": "first-call", "note": "Spoke to the buyer"}' \
  --header "Idempotency-Key: $KEY-call"
expect "the same call sent again happened once" 200 "len(it['done'])" 1 "it['seq']" "$SEQ"

does first-visit
expect "the visit leaves its minutes to be written" 200 "it['next_actions'][0]['action']" visit-minutes
does visit-minutes

ask POST "$DEAL/facts" '{"contact": "Mr Wang"}'
expect "a contact is more than a name" 422 "it['code']" bad_fact "it['facts']['fact']" contact
ask POST "$DEAL/facts" '{"contact": {"name": "Wang Jun", "role": "buyer", "phone": "+86 21 5555"}}'
expect "the contact is known" 200 "it['facts']['contact']['name']" "Wang Jun" "it['unmet']" "[]"
enters needs-confirmed

echo "3. The needs are confirmed."
does needs-interview '"next_step": {"what": "survey the site", "on": "'"$(
  python3 -c 'import datetime as d; print(d.date.today() + d.timedelta(days=7))'
)"'"}'
expect "the rep has promised a next step" 200 "it['next_step']['what']" "survey the site"
does site-survey
does visit-minutes
does confirm-needs
ask POST "$DEAL/facts" '{"budget": {"amount_minor": 200000000, "currency": "CNY"},
  "need": "Two presses of 400 t", "decision-maker": {"name": "Chen Yu", "role": "director"}}'
expect "budget, need and decision maker are known" 200 "it['unmet']" "[]"
enters quotation

echo "4. A proposal. No quote before it is known who decides."
ask POST /v1/files '' --form 'file=@/dev/null;filename=quote.pdf;type=application/pdf'
expect "the quote is uploaded" 201 "it['name']" quote.pdf
QUOTE='{"kind": "document", "file": "'"$(field "it['id']")"'"}'
ask POST "$DEAL/actions" '{"action": "send-quote", "evidence": ['"$QUOTE"']}'
expect "the quote has to wait" 409 "it['code']" out_of_order \
  "it['facts']['after']" "['find-decision-maker']"
does find-decision-maker
ask POST "$DEAL/actions" '{"action": "send-quote"}'
expect "a quote without its document is refused" 409 "it['code']" evidence_missing
does send-quote '"evidence": ['"$QUOTE"']'
does review-meeting
does meeting-minutes
does collect-feedback
ask POST "$DEAL/facts" '{"quote": '"$QUOTE"'}'
expect "the quote is on record" 200 "it['unmet']" "[]"
enters negotiation

echo "5. Negotiation. Who wants to know why something is due then can ask."
ask GET "$DEAL/clocks"
expect "the clocks explain themselves" 200 "it['clocks'][0]['subject']" key-talk \
  "it['clocks'][0]['budget']" 7d "it['clocks'][0]['rungs'][2]['persons']" "['walk-manager']"
does key-talk
does meeting-minutes
does agree-terms
ask POST "$DEAL/facts" \
  '{"key-talk-minutes": {"kind": "document", "name": "Minutes", "url": "https://example.com/m"}}'
expect "the minutes are on record" 200 "it['unmet']" "[]"
enters contract

echo "6. The contract. Prefer: respond-async does not wait for the answer."
ask POST "$DEAL/actions" '{"action": "draft-contract"}' --header 'Prefer: respond-async'
expect "the command is durable" 202
STATUS_URL=$(field "it['status_url']")
for _ in $(seq 50); do
  ask GET "$STATUS_URL"
  [[ $(field "it['status']") == pending ]] || break
  sleep 0.1
done
expect "it has been applied" 200 "it['status']" applied
does legal-review
does sign-contract '"evidence": [{"kind": "document", "name": "Contract", "url": "https://example.com/c"}]'
ask POST "$DEAL/facts" \
  '{"signed-contract": {"kind": "document", "name": "Contract", "url": "https://example.com/c"}}'
expect "nothing is missing" 200 "it['unmet']" "[]"
ask POST "$DEAL/close" '{"outcome": "won", "reason": "Best service", "amount_minor": 176000000}'
expect "won" 200 "it['status']" won "it['outcome']['amount_minor']" 176000000
ask POST "$DEAL/actions" '{"action": "follow-up"}'
expect "a closed deal takes no more actions" 409 "it['code']" deal_closed

echo "7. What is left: the whole story, oldest first."
ask GET "$DEAL/timeline"
expect "the timeline begins with the opening" 200 "it['items'][0]['kind']" deal_opened \
  "[item['seq'] for item in it['items']] == list(range(1, len(it['items']) + 1))" True \
  "sum(item['kind'] == 'deal_won' for item in it['items'])" 1
field "chr(10).join('      ' + item['summary'] for item in it['items'] if item['kind'] != 'clocks_set')"
echo "Won: $BASE_URL$DEAL"
