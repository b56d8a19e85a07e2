#!/bin/sh
# Mail what is new in a run, nothing where nothing is: mail_changes.sh RUN TO [OPTION of bioweft changes ...]
# BIOWEFT and SENDMAIL name other programs than those in PATH.
set -eu
run=$1 to=$2
shift 2
page=$(mktemp)
trap 'rm -f "$page"' EXIT
bioweft=${BIOWEFT:-bioweft}
"$bioweft" changes "$run" "$@" > "$page"
if head -n 1 "$page" | grep -q '^nothing new'; then
    exit 0
fi
"$bioweft" changes "$run" "$@" --html > "$page"
{
    printf 'To: %s\nSubject: What is new in %s\nMIME-Version: 1.0\n' "$to" "$(basename "$run")"
    printf 'Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n'
    base64 "$page"
} | "${SENDMAIL:-/usr/sbin/sendmail}" -t
