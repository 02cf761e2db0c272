#!/usr/bin/env bash
# Runs the tests of one marker with what they need: a section of scripts/apt-packages.txt and an extra.
#
#   scripts/test_marked.sh peer peers peers         marker, apt section, extra
set -euo pipefail
cd "$(dirname "$0")/.."
marker=$1 section=$2 extra=$3

say() { echo "saccade: $*" >&2; }

if ! grep -rqE "pytest\.mark\.$marker\b" tests --include='*.py'; then
  say "no test is marked '$marker' in this edition: nothing to run"
  exit 0
fi
scripts/apt_install.sh "$section"
scripts/setup_env.sh "dev,$extra"
if [ "$marker" = peer ]; then scripts/setup_peers.sh transformers; fi # llama.cpp compiles for too long: see prove
status=0
.venv/bin/python -m pytest -m "$marker" || status=$?
if [ $status = 5 ]; then # pytest: no tests were collected
  say "no '$marker' test was found: nothing to run"
  exit 0
fi
exit $status
