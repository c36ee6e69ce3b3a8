#!/usr/bin/env bash
# Provides the program. With IAC_VERSION, a released archive whose checksum stands in checksums.txt beside this script,
# so that the commit of the action also pins the binary; without, a build of the action's own source.
# Output: program, the path of the executable.
set -euo pipefail

action=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${RUNNER_TOOL_CACHE:-${RUNNER_TEMP:?}}/iac-check

target() {
  case "$(uname -s)/$(uname -m)" in
    Linux/x86_64) echo x86_64-unknown-linux-musl ;;
    Linux/aarch64 | Linux/arm64) echo aarch64-unknown-linux-musl ;;
    Darwin/arm64) echo aarch64-apple-darwin ;;
    Darwin/x86_64) echo x86_64-apple-darwin ;;
    MINGW*/x86_64 | MSYS*/x86_64) echo x86_64-pc-windows-msvc ;;
    *) echo "::error title=iac-check::no release is built for $(uname -s) $(uname -m); leave out the input version to build from source" >&2; return 1 ;;
  esac
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1
}

released() {
  if ! [[ $IAC_VERSION =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
    echo "::error title=iac-check::the input version must be X.Y.Z" >&2
    return 1
  fi
  local triple name wanted folder archive found
  triple=$(target)
  name=iac-check-$triple-v$IAC_VERSION.tgz
  wanted=$(awk -v name="$name" '$2 == name { print $1 }' "$action/action/checksums.txt")
  if [ -z "$wanted" ]; then
    echo "::error title=iac-check::this revision of the action knows no release $IAC_VERSION for $triple" >&2
    return 1
  fi
  folder=$cache/$IAC_VERSION/$triple
  if ! [ -x "$folder/iac-check" ]; then
    archive=${RUNNER_TEMP:?}/$name
    curl --fail --silent --show-error --location --retry 3 --proto =https --output "$archive" \
      "https://github.com/iac-check/iac-check/releases/download/v$IAC_VERSION/$name"
    found=$(sha256 "$archive")
    if [ "$found" != "$wanted" ]; then
      echo "::error title=iac-check::the checksum of $name is $found, not $wanted" >&2
      return 1
    fi
    mkdir -p "$folder"
    tar -xzf "$archive" -C "$folder"
  fi
  echo "$folder/iac-check"
}

built() {
  if ! command -v cargo >/dev/null; then
    echo "::error title=iac-check::cargo is needed to build from source; install Rust or give the input version" >&2
    return 1
  fi
  local folder=$cache/source
  cargo build --release --locked --quiet --manifest-path "$action/Cargo.toml" --target-dir "$folder" >&2
  echo "$folder/release/iac-check"
}

if [ -n "${IAC_VERSION:-}" ]; then program=$(released); else program=$(built); fi
echo "program=$program" >> "$GITHUB_OUTPUT"
