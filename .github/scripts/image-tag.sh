#!/usr/bin/env bash
# Prints what the image of a build is called, and stops a release whose tag is not the version of the workspace:
#
#     .github/scripts/image-tag.sh REF [MANIFEST]
#
# REF is GITHUB_REF. MANIFEST is the workspace's Cargo.toml, which the working directory holds unless it is named.
set -euo pipefail

ref=${1:?the full name of the ref}
manifest=${2:-Cargo.toml}

case $ref in
    refs/tags/*)
        version=$(sed -n '/^\[workspace\.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$manifest")
        if [[ -z $version || $ref != "refs/tags/v$version" ]]; then
            echo "The tag is ${ref#refs/tags/}, and the workspace's version is ${version:-not found}: they must be the same, with a v before it." >&2
            exit 1
        fi
        tag=v$version
        ;;
    *) tag=${ref#refs/*/} ;;
esac
# A version may hold a +, a branch a /. The name of an image may hold neither.
tag=${tag//[^A-Za-z0-9_.-]/-}
echo "${tag:0:128}"
