#!/usr/bin/env bash
# Proves on a built binary what docs/embedded_key.md says about keys. Runs on a laptop as well as in the workflow:
#
#     .github/scripts/prove-embedded-key.sh BINARY with-key|without-key
#
# BINARY is any program with the `telemetry status --json` command of telemetry-core. Checked are
#
#   1. the bytes of the file: a key lies in it, readable, or none does. Where POSTHOG_API_KEY, POSTHOG_HOST or SENTRY_DSN
#      are set here, to what the build was given, it is these values and no others; a literal lies in it only if it is
#      the demonstration's;
#   2. what the program says of itself, in a fresh home: the same key, by its fingerprint, or "unavailable";
#   3. that variables set at run time change neither key, destination nor state;
#   4. that asking left no telemetry file behind.
set -euo pipefail
# Binaries are searched as bytes.
export LC_ALL=C

die() {
    printf 'NOT PROVED: %s\n' "$*" >&2
    exit 1
}

(($# == 2)) || die 'usage: prove-embedded-key.sh BINARY with-key|without-key'
binary=$1
expected=$2
case $expected in with-key | without-key) ;; *) die "expected is with-key or without-key, not '$expected'" ;; esac
[[ -f $binary && -x $binary ]] || die "'$binary' is not a program"
# A path without a slash would be looked up in PATH.
case $binary in */*) ;; *) binary=./$binary ;; esac

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

# What the build embedded for a variable: the text between `NAME=` and `;`, one line for each marker with a value.
embedded() {
    grep -aoE "telemetry-embedded:$1=[^;]+;" "$binary" | sed -e "s/^telemetry-embedded:$1=//" -e 's/;$//' | sort -u || true
}

# The program's own word, with a home of its own and nothing else in the environment but what the arguments name.
status() {
    env -i PATH="$PATH" HOME="$home" XDG_DATA_HOME="$home/data" XDG_CONFIG_HOME="$home/config" XDG_STATE_HOME="$home/state" \
        "$@" "$binary" telemetry status --json </dev/null
}

# A field of the outermost object; the JSON is one field to a line, indented by two. Strings without their quotes.
field() {
    sed -nE "s/^  \"$1\": \"?([^\"]*[^\",])\"?,?\$/\\1/p"
}

# The same of the destination that usage statistics go to: an entry of the list begins with its purposes.
of_usage() {
    awk -v name="\"$1\":" '
        /^    \{$/ { is_usage = 0 }
        /^        "usage",?$/ { is_usage = 1 }
        is_usage && $1 == name && /^      "/ { gsub(/^ *"[a-z_]*": "?|"?,?$/, ""); print; exit }'
}

# What it says of every place that anything goes to.
destinations() {
    grep -E '^      "(origin|key_fingerprint)":'
}

fingerprint() {
    if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c 1-8
}

# What this build was given must be what lies in it. Neither value is printed.
as_given() {
    local name=$1 given=${!1:-}
    [[ -z $given || $(embedded "$name") == "$given" ]] || die "the embedded $name is not the one that this build was given"
}

# 1. The file.
literals=$(embedded literal)
while read -r literal; do
    # The time tracker's demonstration, and hosts that are this machine.
    [[ -z $literal || $literal == phc_time_tracker_demo || $literal =~ ^http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?/?$ ]] \
        || die "the source has a literal embedded that is not the demonstration's: ${literal:0:8}…"
done <<<"$literals"
key=$(embedded POSTHOG_API_KEY)
[[ $(wc -l <<<"$key") -eq 1 ]] || die 'the binary holds more than one POSTHOG_API_KEY'
if [[ $expected == with-key ]]; then
    [[ -n $key ]] || die 'no POSTHOG_API_KEY is embedded in the binary'
    for name in POSTHOG_API_KEY POSTHOG_HOST SENTRY_DSN; do as_given "$name"; done
else
    [[ -z $key ]] || die 'a POSTHOG_API_KEY is embedded in the binary, and none should be'
    [[ -z $(embedded SENTRY_DSN) ]] || die 'a SENTRY_DSN is embedded in the binary, and none should be'
fi

# 2. The program.
plain=$(status) || die "'telemetry status --json' failed"
state=$(field state <<<"$plain")
shown=$(of_usage key_fingerprint <<<"$plain")
destination=$(of_usage origin <<<"$plain")
[[ -n $state && -n $shown && -n $destination ]] || die "the status is not understood: $plain"
if [[ $expected == with-key ]]; then
    actual=$(printf %s "$key" | fingerprint)
    [[ $shown == "$actual" ]] || die "the status names key $shown, the binary holds $actual"
    [[ $state == unasked ]] || die "the state in a fresh home is '$state', not 'unasked'"
    host=$(embedded POSTHOG_HOST)
    [[ -z $host || $destination == "${host%/}" ]] || die "the status names $destination, the binary holds $host"
else
    [[ $shown == null ]] || die "the status names a key, $shown, that is not in the binary"
    [[ $state == unavailable ]] || die "the state without a key is '$state', not 'unavailable'"
fi
grep -q '^  "telemetry_enabled": false,$' <<<"$plain" || die 'telemetry is on in a home where nobody has agreed'

# 3. The environment. Port 9 discards; nothing listens there.
other=$(status \
    POSTHOG_API_KEY=phc_other POSTHOG_PROJECT_API_KEY=phc_other POSTHOG_HOST=http://127.0.0.1:9 \
    SENTRY_DSN=http://other@127.0.0.1:9/1 ENABLE_TELEMETRY=true) || die "'telemetry status --json' failed with variables set"
[[ $(destinations <<<"$other") == "$(destinations <<<"$plain")" ]] \
    || die "variables changed a destination: '$(destinations <<<"$plain")' became '$(destinations <<<"$other")'"
for name in state telemetry_enabled; do
    [[ $(field "$name" <<<"$other") == $(field "$name" <<<"$plain") ]] \
        || die "variables changed $name: '$(field "$name" <<<"$plain")' became '$(field "$name" <<<"$other")'"
done

# 4. The traces.
left=$(find "$home" \( -name installation.json -o -name receipts.jsonl -o -name gate.lock -o -name telemetry \) -print)
[[ -z $left ]] || die "asking for the status left files behind: $left"

if [[ $expected == with-key ]]; then
    printf 'proved: %s holds key %s for %s, and the environment does not override it\n' "$binary" "$shown" "$destination"
else
    printf 'proved: %s holds no key, and the environment does not give it one\n' "$binary"
fi
