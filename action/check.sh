#!/usr/bin/env bash
# Runs the check and writes every report. Never fails by itself: the exit code is an output, decided upon last.
# Outputs: exit-code, sarif-file, findings, failed.
set -euo pipefail

reports=$(mktemp -d "${RUNNER_TEMP:?}/iac-check.XXXXXX")
arguments=(check --fail-on "$IAC_FAIL_ON" --min-severity "$IAC_MIN_SEVERITY" --format human
  --format "sarif=$reports/iac-check.sarif" --format "markdown=$reports/summary.md" --format "ndjson=$reports/results.ndjson")
if [ "$IAC_ANNOTATIONS" = true ]; then arguments+=(--format github); fi
if [ -n "$IAC_CONFIG" ]; then arguments+=(--config "$IAC_CONFIG"); fi
if [ -n "$IAC_BASELINE" ]; then arguments+=(--baseline "$IAC_BASELINE"); fi
# One argument a line: values with spaces stay whole, and no shell reads them.
while IFS= read -r line; do
  if [ -n "$line" ]; then arguments+=("$line"); fi
done <<< "$IAC_ARGS"
arguments+=(--)
while IFS= read -r line; do
  if [ -n "$line" ]; then arguments+=("$line"); fi
done <<< "$IAC_PATH"

cd "$GITHUB_WORKSPACE"
code=0
GITHUB_SHA=${IAC_COMMIT:-${GITHUB_SHA:-}} "$IAC_PROGRAM" "${arguments[@]}" || code=$?

if [ "$IAC_SUMMARY" = true ] && [ -f "$reports/summary.md" ]; then
  cat "$reports/summary.md" >> "$GITHUB_STEP_SUMMARY"
fi
{
  echo "exit-code=$code"
  if [ "$code" = 1 ]; then echo "failed=true"; else echo "failed=false"; fi
  if [ -f "$reports/iac-check.sarif" ]; then echo "sarif-file=$reports/iac-check.sarif"; fi
  if [ -f "$reports/results.ndjson" ]; then
    # A quote inside a value is escaped, so this is the verdict's own.
    echo "findings=$(grep -c '"verdict":"fail"' "$reports/results.ndjson" || true)"
  fi
} >> "$GITHUB_OUTPUT"
