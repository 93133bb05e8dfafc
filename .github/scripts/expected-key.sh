#!/usr/bin/env bash
# Says whether a build is to hold a key, and stops a release that would hold none:
#
#     .github/scripts/expected-key.sh EVENT REF
#
# EVENT and REF are GITHUB_EVENT_NAME and GITHUB_REF. Prints `with-key` or `without-key`. Reads POSTHOG_API_KEY, only
# to see whether it is empty.
set -euo pipefail

event=${1:?the name of the event}
ref=${2:?the full name of the ref}
key=${POSTHOG_API_KEY:-}

case $event:$ref in
    pull_request*)
        # Anybody can open one, so none gets a key, whoever opened it.
        if [[ -n $key ]]; then
            echo 'POSTHOG_API_KEY was passed to the build of a pull request, which must not have it.' >&2
            exit 1
        fi
        ;;
    *:refs/tags/v*)
        if [[ -z $key ]]; then
            echo 'This is a release, and the repository has no secret POSTHOG_API_KEY: add it under Settings > Secrets and variables > Actions, or the release would have no telemetry and nobody would be asked.' >&2
            exit 1
        fi
        ;;
esac
if [[ -n $key ]]; then echo with-key; else echo without-key; fi
