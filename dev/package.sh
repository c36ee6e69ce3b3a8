#!/usr/bin/env bash
# Builds the program for a target and packs it as releases are named: iac-check-TARGET-vVERSION.tgz with the program, its
# manual page, completions and licence. The action and `cargo binstall` rely on the name.
# usage: dev/package.sh TARGET
set -euo pipefail
cd "$(dirname "$0")/.."

target=$1
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name=iac-check-$target-v$version

rustup target add "$target"
cargo build --release --locked --target "$target"
program=target/$target/release/iac-check
if [ -f "$program.exe" ]; then program=$program.exe; fi

folder=target/package/$name
rm -rf "$folder"
mkdir -p "$folder/completions"
cp "$program" LICENSE NOTICE README.md "$folder/"
"$program" man > "$folder/iac-check.1"
"$program" completions bash > "$folder/completions/iac-check.bash"
"$program" completions zsh > "$folder/completions/_iac-check"
"$program" completions fish > "$folder/completions/iac-check.fish"
"$program" completions powershell > "$folder/completions/_iac-check.ps1"
tar -czf "target/package/$name.tgz" -C "$folder" .
