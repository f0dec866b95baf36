#!/usr/bin/env bash
# Runs the commands of docs/API.md exactly as printed there: every block marked `sh`, in order.
# Exits non-zero when one of them fails. Wants curl, python3 and a development platform whose
# technicians nobody else is using; moves that platform's clock 46 days on.
#
#   docs/walkthrough.sh                     against a plain `./khidma up`
#   API=http://… SANDBOX=http://… docs/walkthrough.sh
#   docs/walkthrough.sh --print             only shows the commands
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

commands=$(awk '/^```sh$/ { inside = 1; next } /^```$/ { if (inside) print ""; inside = 0 } inside' docs/API.md)
if [ "${1:-}" = --print ]; then
  printf '%s\n' "$commands"
  exit
fi
trap 'echo "the walk-through failed" >&2' ERR
bash -c 'set -eEuo pipefail
trap '\''echo "failed: $BASH_COMMAND" >&2'\'' ERR
'"$commands"
echo "the walk-through works as printed"
