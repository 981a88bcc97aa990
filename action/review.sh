#!/usr/bin/env bash
# What a pull request changes, as one comment on it that is written anew at each push, and in the job's summary.
#
# Reads POLICY_PATH, POLICY_BASE (a commit), POLICY_STANDARDS and POLICY_CONVERSATIONS (one path a line),
# POLICY_FAIL_ON, POLICY_HEAD (the commit that findings are linked to), POLICY_PULL_REQUEST (its number) and, for `gh`,
# GH_TOKEN. Without a number nothing is written to the pull request. The summary has the full report, uncut.
set -euo pipefail

marker='<!-- policy-engine review -->'
made=${RUNNER_TEMP:-$(mktemp -d)}
review="$made/policy-review.md"
full="$made/policy-review-full.md"
site="${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:-}"
options=()

# option NAME LINES: the option once for each line that is not blank.
option() {
  while IFS= read -r each; do
    if [[ -n "${each// /}" ]]; then options+=("$1" "$each"); fi
  done <<<"$2"
}

option --standard "${POLICY_STANDARDS:-}"
option --on "${POLICY_CONVERSATIONS:-}"
option --fail-on "${POLICY_FAIL_ON:-}"
if [[ -n ${POLICY_PATH:-} && $POLICY_PATH != . ]]; then options+=(--path "$POLICY_PATH"); fi
if [[ ${POLICY_HEAD:-} =~ ^[0-9a-f]+$ ]]; then options+=(--file-url "$site/blob/$POLICY_HEAD"); fi
if [[ -n ${GITHUB_RUN_ID:-} ]]; then options+=(--report-url "$site/actions/runs/$GITHUB_RUN_ID"); fi

# a checkout of a pull request is shallow: the commit that it is compared with is fetched alone
if ! git cat-file -e "$POLICY_BASE^{commit}" 2>/dev/null; then
  git fetch --quiet --depth=1 origin "$POLICY_BASE"
fi

code=0
policy-engine review "$POLICY_BASE" HEAD --full "$full" ${options[@]+"${options[@]}"} >"$review" || code=$?
if ((code > 1)); then exit "$code"; fi

if [[ -n ${GITHUB_OUTPUT:-} ]]; then echo "review=$review" >>"$GITHUB_OUTPUT"; fi
if [[ -n ${GITHUB_STEP_SUMMARY:-} ]]; then cat "$full" >>"$GITHUB_STEP_SUMMARY"; fi

if [[ ${POLICY_PULL_REQUEST:-} =~ ^[0-9]+$ ]]; then
  comments="repos/$GITHUB_REPOSITORY/issues/$POLICY_PULL_REQUEST/comments"
  # only a comment that this action wrote begins with the marker and is a bot's
  old=$(gh api "$comments" --paginate \
    --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$marker\"))) | .id" | tail -n 1) || old=
  if [[ $old =~ ^[0-9]+$ ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$old" --field "body=@$review" --silent || said=$?
  else
    gh api --method POST "$comments" --field "body=@$review" --silent || said=$?
  fi
  # a pull request from a fork has no right to comment: the review stands in the job's summary
  if ((${said:-0})); then echo "::notice::the review could not be written to the pull request; see the summary"; fi
fi
exit "$code"
