#!/usr/bin/env bash
# Opens the HTML report, the pages that compare and the SVG in headless Chromium and uses them as a reader would.
# Installs what it needs (Debian 12, as root, where Chromium is missing); fails when something is missing; skips nothing.
#
#   tests/browser/run.sh            screenshots go to target/browser/
set -euo pipefail
cd "$(dirname "$0")/../.."
exec </dev/null
export PATH="$HOME/.cargo/bin:$PATH"

die() { printf 'run.sh: %s\n' "$*" >&2; exit 1; }

for program in cargo node npm; do
  command -v "$program" >/dev/null || die "$program is not on PATH"
done
if ! command -v chromium >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null
fi
command -v chromium >/dev/null || die "chromium is missing and could not be installed"

(cd tests/browser && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)

gallery=$(mktemp -d)
trap 'rm -rf "$gallery"' EXIT
REGPROBE_GALLERY=$gallery cargo test --locked --lib the_gallery_is_written -- --ignored
mkdir -p target/browser
node tests/browser/run.mjs "$gallery" target/browser
