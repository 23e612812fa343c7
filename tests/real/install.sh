#!/usr/bin/env bash
# Installs what tests/real/ runs against, on Debian 12 as root: real registries, real image tools, real clients.
# Idempotent; needs no stdin. Fails when anything is missing at the end.
#
#   tests/real/install.sh              everything the tests need
#   tests/real/install.sh --with-oha   also oha, which only `cargo bench` needs (about five minutes to compile)
#
# What is not from Debian goes to ${REGPROBE_REAL_DIR:-target/real}/bin; the tests look there first, then on PATH.
set -euo pipefail
cd "$(dirname "$0")/../.."

DISTRIBUTION=v3.1.1
CRANE=v0.20.7
CONTAINER_REGISTRY=0.3.1
OHA=1.16.0

dir=${REGPROBE_REAL_DIR:-target/real}
mkdir -p "$dir/bin"
bin=$(cd "$dir/bin" && pwd)
export PATH="$PATH:/usr/local/go/bin:$HOME/.cargo/bin"

say() { printf 'install.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Output is shown only when a step fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    die "failed: $*"
  fi
  rm -f "$log"
}

# docker-registry: the registry of most tests. skopeo umoci buildah: real images. podman: a real auth.json.
# golang-docker-credential-helpers pass gnupg: a real credential helper. nginx-light: proxies in between.
# apache2-utils: htpasswd. jq: reports/record.sh. curl python3-requests: the recommended commands are run, not only printed.
packages=(docker-registry skopeo umoci buildah podman nginx-light apache2-utils jq
  golang-docker-credential-helpers pass gnupg curl python3 python3-requests ca-certificates)
missing=()
for package in "${packages[@]}"; do
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done
if ((${#missing[@]})); then
  ((EUID == 0)) || die "must be root to install: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # A package may start its own service; the tests start their own instances on free ports.
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  quietly apt-get update -q
  quietly apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

go_tool() { # name, module path, version
  local stamp="$bin/.$1-$3"
  [[ -x $bin/$1 && -e $stamp ]] && return
  command -v go >/dev/null || die "go is not on PATH; $1 is built from the module $2@$3"
  GOBIN="$bin" quietly go install "$2@$3"
  : >"$stamp"
}
go_tool registry github.com/distribution/distribution/v3/cmd/registry "$DISTRIBUTION"
go_tool crane github.com/google/go-containerregistry/cmd/crane "$CRANE"

# CUE Labs' ociregistry is a library: the module beside this file serves it, its version in go.mod.
if [[ ! -x $bin/ociregistry || tests/real/ociregistry/go.mod -nt $bin/ociregistry ]]; then
  (cd tests/real/ociregistry && quietly go build -o "$bin/ociregistry" .)
fi

# olareg is pinned by the go.mod beside this file: `go install` would ask the proxy for more than the version.
if [[ ! -x $bin/olareg || tests/real/olareg/go.mod -nt $bin/olareg ]]; then
  (cd tests/real/olareg && quietly go build -o "$bin/olareg" github.com/olareg/olareg/cmd/olareg)
fi

if [[ ! -x $bin/container-registry ]]; then
  quietly cargo install container-registry --version "$CONTAINER_REGISTRY" --features bin --locked --root "$dir"
fi

if [[ ${1:-} == --with-oha && ! -x $bin/oha ]]; then
  quietly cargo install oha --version "$OHA" --locked --root "$dir"
fi

for program in docker-registry skopeo umoci buildah podman nginx htpasswd docker-credential-pass pass gpg curl jq; do
  PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null || die "$program is still missing"
done
/usr/bin/python3 -c 'import requests' || die "Python's requests is still missing"
for program in registry crane ociregistry olareg container-registry; do
  [[ -x $bin/$program ]] || die "$bin/$program is still missing"
done
say "ready: $bin"
