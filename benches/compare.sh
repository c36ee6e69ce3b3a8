#!/usr/bin/env bash
# Times this program and its peers side by side on one generated corpus, with hyperfine.
#
#   benches/compare.sh [FILES] [SEED]        # 1000 files, seed 7
#
# Needs hyperfine and python3; checkov, cfn-lint and cfn-guard are used where they are installed:
#   pip install checkov cfn-lint; cargo install cfn-guard
# cfn-lint and cfn-guard read only templates, so that they get that part of the corpus.
set -euo pipefail
files=${1:-1000} seed=${2:-7}
here=$(cd "$(dirname "$0")" && pwd)
program=${PROGRAM:-$here/../target/release/iac-check}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/corpus.py" tree --files "$files" --seed "$seed" --out "$work/corpus"

cat > "$work/pitr.guard" <<'RULES'
let tables = Resources.*[ Type == 'AWS::DynamoDB::Table' ]
rule pitr when %tables !empty { %tables.Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled == true }
RULES

# name, command: what fails for findings is no failure here.
compare() { hyperfine --ignore-failure --warmup 1 --runs "${RUNS:-3}" --shell=none --output=null "$@"; }

echo "== all files"
commands=(-n iac-check "$program check --quiet --root $work/corpus $work/corpus")
if command -v checkov > /dev/null; then
  commands+=(-n checkov "checkov --quiet --compact --skip-download -d $work/corpus")
fi
compare "${commands[@]}"

echo "== templates only"
templates=$work/corpus/cloudformation
commands=(-n iac-check "$program check --quiet --root $templates $templates")
if command -v cfn-guard > /dev/null; then
  commands+=(-n cfn-guard "cfn-guard validate --rules $work/pitr.guard --data $templates")
fi
if command -v cfn-lint > /dev/null; then
  commands+=(-n cfn-lint "cfn-lint $templates/**/*.yaml $templates/**/*.yml $templates/**/*.json")
fi
compare "${commands[@]}"
