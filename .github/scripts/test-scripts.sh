#!/usr/bin/env bash
# Tests the scripts beside it against programs that tell the truth and programs that lie. A proof that could not fail
# would prove nothing. Called by .ci/run; needs no network and takes about a second.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# Each test says which of these are set.
unset POSTHOG_API_KEY POSTHOG_HOST SENTRY_DSN

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# holds|fails DESCRIPTION COMMAND...
expect() {
    local wanted=$1 description=$2 actual=holds output
    shift 2
    output=$("$@" 2>&1) || actual=fails
    if [[ $actual != "$wanted" ]]; then
        printf 'WRONG: %s: expected that it %s, it %s\n%s\n' "$description" "$wanted" "$actual" "$output" >&2
        failures=$((failures + 1))
    fi
}

# A program with this marker text in its file that answers with these fields. The fingerprint, the destination and what
# else it does are shell text, so that a liar can look at the environment.
program() {
    local name=$1 marker=$2 state=$3 fingerprint=$4 destination=$5 deed=${6:-:}
    cat >"$scratch/$name" <<PROGRAM
#!/usr/bin/env bash
# $marker
[[ \$* == 'telemetry status --json' ]] || exit 64
$deed
fingerprint=$fingerprint
destination=$destination
cat <<JSON
{
  "app": "fake",
  "commit": null,
  "state": "$state",
  "telemetry_enabled": false,
  "reasons": [
    {
      "state": "nested"
    }
  ],
  "destinations": [
    {
      "purposes": [
        "errors"
      ],
      "origin": "https://errors.example",
      "operator": "Sentry",
      "key_fingerprint": "11111111"
    },
    {
      "purposes": [
        "usage"
      ],
      "origin": "\$destination",
      "operator": "PostHog",
      "key_fingerprint": \$fingerprint
    }
  ],
  "lost": {}
}
JSON
PROGRAM
    chmod +x "$scratch/$name"
}

prove() {
    ./prove-embedded-key.sh "$scratch/$1" "$2"
}

key=phc_for_the_tests_of_the_scripts
print_of_key=$(printf %s "$key" | sha256sum | cut -c 1-8)
marker="telemetry-embedded:POSTHOG_API_KEY=$key;"
eu=https://eu.i.posthog.com

program honest-with "$marker" unasked "'\"$print_of_key\"'" $eu
program honest-without 'telemetry-embedded:POSTHOG_API_KEY=;' unavailable null $eu
expect holds 'an honest build with a key' prove honest-with with-key
expect holds 'an honest build without a key' prove honest-without without-key
expect fails 'a build with a key, expected without' prove honest-with without-key
expect fails 'a build without a key, expected with' prove honest-without with-key

program hosted "$marker telemetry-embedded:POSTHOG_HOST=https://relay.example;" unasked "'\"$print_of_key\"'" https://relay.example
expect holds 'a build with a host of its own' prove hosted with-key
program elsewhere "$marker telemetry-embedded:POSTHOG_HOST=https://relay.example;" unasked "'\"$print_of_key\"'" $eu
expect fails 'a build that sends elsewhere than it embeds' prove elsewhere with-key

program unmarked 'nothing' unasked "'\"$print_of_key\"'" $eu
expect fails 'a key that the file does not show' prove unmarked with-key
expect fails 'a key that the file does not show, in a build without' prove unmarked without-key
program two-keys "$marker telemetry-embedded:POSTHOG_API_KEY=phc_second;" unasked "'\"$print_of_key\"'" $eu
expect fails 'two keys' prove two-keys with-key
program other-print "$marker" unasked "'\"00000000\"'" $eu
expect fails 'a status that names another key' prove other-print with-key
program dsn 'telemetry-embedded:SENTRY_DSN=https://a@b/1;' unavailable null $eu
expect fails 'a data source name in a build without keys' prove dsn without-key

# What the build was given, and what lies in the program.
given() {
    env "${@:3}" ./prove-embedded-key.sh "$scratch/$1" "$2"
}
dsn=https://0123@errors.example/1
program full "$marker telemetry-embedded:POSTHOG_HOST=https://relay.example; telemetry-embedded:SENTRY_DSN=$dsn;" \
    unasked "'\"$print_of_key\"'" https://relay.example
expect holds 'all three as the build was given them' given full with-key POSTHOG_API_KEY=$key POSTHOG_HOST=https://relay.example SENTRY_DSN=$dsn
expect fails 'another key than the build was given' given full with-key POSTHOG_API_KEY=phc_another
expect fails 'only the start of the key that the build was given' given full with-key POSTHOG_API_KEY="${key}_and_more"
expect fails 'another host than the build was given' given full with-key POSTHOG_HOST=https://other.example
expect fails 'another data source name than the build was given' given full with-key SENTRY_DSN=https://4567@errors.example/1
expect fails 'a host that was given and dropped' given honest-with with-key POSTHOG_HOST=https://relay.example
expect fails 'a data source name that was given and dropped' given honest-with with-key SENTRY_DSN=$dsn

program demo "$marker telemetry-embedded:literal=phc_time_tracker_demo; telemetry-embedded:literal=http://127.0.0.1:47801;" \
    unasked "'\"$print_of_key\"'" $eu
expect holds 'the literals of the demonstration' prove demo with-key
program literal-key "$marker telemetry-embedded:literal=phc_a_real_one;" unasked "'\"$print_of_key\"'" $eu
expect fails 'a key that the source holds' prove literal-key with-key
program literal-host 'telemetry-embedded:literal=https://collector.example;' unavailable null $eu
expect fails 'a host that the source holds' prove literal-host without-key
program near-loopback 'telemetry-embedded:literal=http://127.0.0.1.collector.example;' unavailable null $eu
expect fails 'a host that only looks like loopback' prove near-loopback without-key

# These look at the environment at run time.
program overridden-key "$marker" unasked "\${POSTHOG_API_KEY:+'\"11111111\"'}; fingerprint=\${fingerprint:-'\"$print_of_key\"'}" $eu
expect fails 'a key from the environment' prove overridden-key with-key
program overridden-host "$marker" unasked "'\"$print_of_key\"'" "\${POSTHOG_HOST:-$eu}"
expect fails 'a destination from the environment' prove overridden-host with-key
program given-key nothing '$([[ -n ${POSTHOG_API_KEY:-} ]] && echo unasked || echo unavailable)' null $eu
expect fails 'a build without a key that takes one from the environment' prove given-key without-key

program granted "$marker" granted "'\"$print_of_key\"'" $eu
expect fails 'a yes that nobody gave' prove granted with-key
program leaves "$marker" unasked "'\"$print_of_key\"'" $eu 'mkdir -p "$HOME/data" && touch "$HOME/data/installation.json"'
expect fails 'a status that leaves a file' prove leaves with-key
program crashes "$marker" unasked null $eu 'exit 1'
expect fails 'a program that crashes' prove crashes with-key
expect fails 'a program that is not there' prove missing with-key
expect fails 'an expectation that is not known' prove honest-with maybe

# expected-key.sh
says() {
    local wanted=$1 key=$2
    shift 2
    [[ $(POSTHOG_API_KEY=$key ./expected-key.sh "$@") == "$wanted" ]]
}
expect holds 'a release with a key' says with-key "$key" push refs/tags/v1.2.3
expect fails 'a release without a key' says without-key '' push refs/tags/v1.2.3
expect holds 'main with a key' says with-key "$key" push refs/heads/main
expect holds 'main of a fork without a key' says without-key '' push refs/heads/main
expect holds 'a pull request without a key' says without-key '' pull_request refs/pull/1/merge
expect fails 'a pull request with a key' says with-key "$key" pull_request refs/pull/1/merge

# image-tag.sh
tags() {
    local wanted=$1 version=$2 ref=$3
    printf '[package]\nversion = "9.9.9"\n[workspace.package]\nversion = "%s"\n[other]\nversion = "8.8.8"\n' "$version" >"$scratch/Cargo.toml"
    [[ $(./image-tag.sh "$ref" "$scratch/Cargo.toml") == "$wanted" ]]
}
expect holds 'a tag that is the version' tags v1.2.3 1.2.3 refs/tags/v1.2.3
expect fails 'a tag that is not the version' tags v1.2.4 1.2.3 refs/tags/v1.2.4
expect fails 'a tag that the version only begins with' tags v1.2 1.2.3 refs/tags/v1.2
expect holds 'a version with a plus' tags v1.2.3-rc.1-linux 1.2.3-rc.1+linux refs/tags/v1.2.3-rc.1+linux
expect holds 'a branch' tags develop 1.2.3 refs/heads/develop
expect holds 'a pull request' tags 12-merge 1.2.3 refs/pull/12/merge
expect holds 'the version of this workspace is found' ./image-tag.sh "refs/tags/v$(cargo metadata --no-deps --offline --format-version 1 --manifest-path ../../Cargo.toml | grep -oE '"name":"telemetry-core","version":"[^"]+"' | cut -d '"' -f 8)" ../../Cargo.toml

# prove-image.sh, with a docker that knows one image.
mkdir "$scratch/bin"
cat >"$scratch/bin/docker" <<'DOCKER'
#!/usr/bin/env bash
case $1 in
    create) echo c0ffee ;;
    cp) cp "$FAKE_BINARY" "$4" ;;
    image)
        case $2 in
            inspect) printf '%s\n' PATH=/usr/bin ${FAKE_ENV:+"$FAKE_ENV"} ;;
            history) printf '%s\n' 'RUN cargo build' ${FAKE_HISTORY:+"$FAKE_HISTORY"} ;;
        esac
        ;;
    run)
        shift 2
        variables=()
        while [[ $1 == -e ]]; do
            variables+=("$2")
            shift 2
        done
        shift
        env ${variables[@]+"${variables[@]}"} "$FAKE_BINARY" "$@"
        ;;
    rm) ;;
    *) exit 64 ;;
esac
DOCKER
chmod +x "$scratch/bin/docker"
image() {
    env PATH="$scratch/bin:$PATH" FAKE_BINARY="$scratch/$1" "${@:3}" ./prove-image.sh an-image "$2"
}
expect holds 'an honest image with a key' image honest-with with-key
expect holds 'an honest image without a key' image honest-without without-key
expect fails 'an image with a key, expected without' image honest-with without-key
expect fails 'an image that sets a key' image honest-with with-key FAKE_ENV=POSTHOG_API_KEY=phc_x
expect fails 'an image whose history shows a key' image honest-with with-key "FAKE_HISTORY=ARG POSTHOG_API_KEY=$key"

((failures == 0)) || exit 1
echo 'the scripts prove what is true and refuse what is not'
