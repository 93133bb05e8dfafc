#!/usr/bin/env bash
# Proves on a container image what docs/embedded_key.md says about keys:
#
#     .github/scripts/prove-image.sh IMAGE with-key|without-key
#
# Checked are the binary inside (prove-embedded-key.sh), that the image sets no variable with a key in it, that its
# history shows no key, and that variables given to `docker run` change nothing. Needs a Docker engine.
set -euo pipefail

die() {
    printf 'NOT PROVED: %s\n' "$*" >&2
    exit 1
}

(($# == 2)) || die 'usage: prove-image.sh IMAGE with-key|without-key'
image=$1
expected=$2
scripts=$(dirname "${BASH_SOURCE[0]}")
scratch=$(mktemp -d)
container=$(docker create "$image")
trap 'docker rm -f "$container" >/dev/null; rm -rf "$scratch"' EXIT

docker cp -q "$container:/usr/local/bin/time-tracker" "$scratch/time-tracker"
"$scripts/prove-embedded-key.sh" "$scratch/time-tracker" "$expected"

if docker image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$image" | grep -E 'POSTHOG|SENTRY|TELEMETRY'; then
    die 'the image sets the variables above'
fi
# The key is public, but what is passed on must come from the binary alone.
if docker image history --no-trunc --format '{{.CreatedBy}}' "$image" | grep -E 'ph[cxs]_|https?://[^ ]*@'; then
    die 'the history of the image holds what looks like a key'
fi

inside() {
    docker run --rm "$@" "$image" telemetry status --json
}
plain=$(inside) || die 'the status cannot be had inside a container'
other=$(inside -e POSTHOG_API_KEY=phc_other -e POSTHOG_HOST=http://127.0.0.1:9 -e SENTRY_DSN=http://other@127.0.0.1:9/1) \
    || die 'the status cannot be had inside a container with variables set'
[[ $plain == "$other" ]] || die "variables changed the status: $(diff <(printf '%s' "$plain") <(printf '%s' "$other"))"
printf 'proved: %s is what its binary is, and its environment changes nothing\n' "$image"
