#!/usr/bin/env bash
# All checks of a policy repository, each of them run even where one before it failed.
#
# Reads POLICY_PATH and POLICY_STANDARDS (one path a line). Findings of lint become annotations of the pull request,
# and a SARIF file that the output `sarif` names.
set -euo pipefail

path=${POLICY_PATH:-.}
made=${RUNNER_TEMP:-$(mktemp -d)}
failed=()

# check NAME COMMAND...: run it in a group of the log, and remember whether it failed.
check() {
  local name=$1
  shift
  echo "::group::$name"
  "$@" || failed+=("$name")
  echo "::endgroup::"
}

standards=()
while IFS= read -r each; do
  if [[ -n "${each// /}" ]]; then standards+=(--standard "$each"); fi
done <<<"${POLICY_STANDARDS:-}"

verify() {
  local code=0 found
  while IFS= read -r -d '' found; do
    # only files with a `policy` line are policies of their own; the others are used by them
    if grep -Eqi '^policy[[:space:]]' -- "$found"; then
      policy-engine verify "$found" ${standards[@]+"${standards[@]}"} || code=1
    fi
  done < <(find "$path" -name '.?*' -prune -o -name '*.policy' -type f -print0 | sort -z)
  return "$code"
}

check "policy-engine validate" policy-engine validate "$path"
check "policy-engine lint" policy-engine lint "$path" --format github
policy-engine lint "$path" --format sarif --fail-on never >"$made/policy-engine.sarif" || true
check "policy-engine format --check" policy-engine format --check "$path"
check "policy-engine test" policy-engine test "$path"
check "policy-engine verify" verify

if [[ -n ${GITHUB_OUTPUT:-} ]]; then echo "sarif=$made/policy-engine.sarif" >>"$GITHUB_OUTPUT"; fi
if ((${#failed[@]})); then
  printf 'failed: %s\n' "${failed[@]}"
  exit 1
fi
echo "all checks passed"
