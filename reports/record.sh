#!/usr/bin/env bash
# Records what real registries do: starts each on loopback, pushes the images of the embedded registry, probes them,
# and writes reports/<registry>-<version>/<shape>.json with its rendering beside it, then reports/README.md.
#
#   tests/real/install.sh          once, as root on Debian 12: the registries
#   reports/record.sh              all of them
#   reports/record.sh crane        only those whose name begins so; the others stay as they are
#   reports/record.sh --judge      no registry at all: what is recorded, judged and rendered by the rules of today
#
# Ports, platform and images are fixed, so that what changes in a file is what a registry did, times and dates apart.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null

bin=$(realpath -m "${REGPROBE_REAL_DIR:-target/real}")/bin
export PATH="$bin:$HOME/.cargo/bin:$PATH:/usr/sbin:/usr/bin"
target=${CARGO_TARGET_DIR:-target}
scratch=$(mktemp -d)
server=
password=/dev/null

stop() {
  [[ -z $server ]] && return
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}
trap 'stop; rm -rf "$scratch"' EXIT

say() { printf 'record.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
command -v jq >/dev/null || die "jq is not installed: run tests/real/install.sh"

# shape, and the image of the embedded registry that is of it
shapes=(docker-manifest lab/docker:latest docker-list lab/docker-list:latest oci-manifest lab/oci:latest
  oci-index lab/attested:latest schema1 lab/schema1:latest artifact lab/artifact:v1)

# Nothing of whoever runs this gets into a report: no credentials, no proxy, no home.
regprobe() { env -i PATH=/usr/bin:/bin HOME="$scratch" "$target/debug/regprobe" --quiet "$@"; }

# Compact, for there are many; whatever is in the report is kept.
write() { # from, to without extension
  jq -c . "$1" >"$2.json.new"
  mv "$2.json.new" "$2.json"
  regprobe render "$2.json" --format markdown >"$2.md"
}

start() { # port, command...
  local port=$1
  shift
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && die "something listens on port $port already"
  env OTEL_TRACES_EXPORTER=none "$@" >"$scratch/log" 2>&1 &
  server=$!
  for _ in $(seq 300); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  cat "$scratch/log" >&2
  die "$1 does not listen on port $port"
}

only=
[[ ${1:-} != --judge ]] && only=${1:-}
wanted() { [[ ${1:0:${#only}} == "$only" ]]; }

record() { # name, port, more arguments of probe...
  local name=$1 port=$2 pushed i shape image dir=reports/$1 code
  shift 2
  pushed=$("$target/debug/examples/push-lab-images" "127.0.0.1:$port" lab/docker lab/docker-list lab/oci \
    lab/attested lab/schema1 lab/artifact 2>"$scratch/refused")
  sed 's/^/record.sh: '"$name"': /; s/\(.\{200\}\).*/\1/' "$scratch/refused" >&2
  mkdir -p "$dir"
  rm -f "$dir"/*.json "$dir"/*.md
  for ((i = 0; i < ${#shapes[@]}; i += 2)); do
    shape=${shapes[i]} image=${shapes[i + 1]}
    grep -qx "$image" <<<"$pushed" || continue
    code=0
    regprobe probe "http://127.0.0.1:$port/$image" --suite standard --platform linux/amd64 --fail-on never \
      --format json "$@" <"$password" >"$scratch/report.json" 2>"$scratch/told" || code=$?
    # 1 is an answer (no path works); anything else is no recording.
    ((code <= 1)) || { cat "$scratch/told" >&2; die "$name, $shape: exit code $code"; }
    write "$scratch/report.json" "$dir/$shape"
    say "$name/$shape"
  done
  stop
}

distribution() { # name, program, port, more lines of its configuration
  cat >"$scratch/$3.yml" <<YAML
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: $scratch/$3}}
http: {addr: "127.0.0.1:$3"}
${4:-}
YAML
  start "$3" "$2" serve "$scratch/$3.yml"
  record "$1" "$3"
}

version() { # what it says of itself must be what the directory is called
  [[ $("${@:2}" 2>&1) == *"$1"* ]] || die "$2 is not version $1"
}

if [[ ${1:-} == --judge ]]; then
  cargo build --quiet --locked --bin regprobe
  for file in reports/*/*.json; do
    regprobe render "$file" --format json >"$scratch/report.json"
    write "$scratch/report.json" "${file%.json}"
  done
else
  cargo build --quiet --locked --bin regprobe --example push-lab-images
  if wanted distribution-2.8.2; then
    version 2.8.2 docker-registry --version
    distribution distribution-2.8.2 docker-registry 5282 'compatibility: {schema1: {enabled: true}}'
  fi
  if wanted distribution-3.1.1; then
    version 3.1.1 registry --version
    distribution distribution-3.1.1 registry 5311
  fi
  if wanted crane-registry-serve-0.20.7; then
    version 0.20.7 go version -m "$bin/crane"
    start 5207 crane registry serve --address 127.0.0.1:5207
    record crane-registry-serve-0.20.7 5207
  fi
  if wanted ociregistry-20251212; then
    version 20251212221603 go version -m "$bin/ociregistry"
    start 5212 ociregistry 127.0.0.1:5212
    record ociregistry-20251212 5212
  fi
  if wanted olareg-0.1.2; then
    version $'olareg\tv0.1.2' go version -m "$bin/olareg"
    start 5012 olareg serve --addr 127.0.0.1 --port 5012 --store-type mem
    record olareg-0.1.2 5012
  fi
  if wanted container-registry-0.3.1; then
    version 'container-registry v0.3.1' cargo install --list --root "${bin%/bin}"
    mkdir -p "$scratch/mbr"
    # It has no way to be open. The password is this run's alone, and in no report.
    PUSH_USER=ci PUSH_PASSWORD=$(head -c 12 /dev/urandom | base64 | tr -d '+/=')
    export PUSH_USER PUSH_PASSWORD
    start 5031 container-registry -b 127.0.0.1:5031 -p "$PUSH_PASSWORD" -s "$scratch/mbr"
    password=$scratch/password
    printf '%s' "$PUSH_PASSWORD" >"$password"
    record container-registry-0.3.1 5031 --username ci --password-stdin
  fi
fi

# The pages that put them side by side.
for ((i = 0; i < ${#shapes[@]}; i += 2)); do
  shape=${shapes[i]}
  rm -f "reports/$shape.md"
  files=(reports/*/"$shape.json")
  [[ -e ${files[0]} ]] || continue
  # 1: of one of them no path works.
  regprobe compare "${files[@]}" --format markdown >"reports/$shape.md" || (($? == 1))
done

{
  cat reports/intro.md
  printf '\n## Outcomes\n\nA registry that does not stand in a shape'"'"'s part refused to store it.\n'
  for ((i = 0; i < ${#shapes[@]}; i += 2)); do
    shape=${shapes[i]}
    files=(reports/*/"$shape.json")
    [[ -e ${files[0]} ]] || continue
    printf '\n### %s\n\n`%s` of the embedded registry. Side by side: [%s.md](%s.md).\n\n' \
      "$shape" "${shapes[i + 1]%:*}" "$shape" "$shape"
    printf '| registry | outcome | recommended path | anomalies | findings |\n| --- | --- | --- | --- | --- |\n'
    for file in "${files[@]}"; do
      dir=$(basename "$(dirname "$file")")
      jq -r --arg dir "$dir" --arg shape "$shape" '
        def ids(severity): [.findings[] | select(.severity == severity) | .id];
        def told(severity): ids(severity) | if length == 0 then empty else severity + ": " + join(", ") end;
        "| [\($dir)](\($dir)/\($shape).md) ([JSON](\($dir)/\($shape).json)) | \(.summary.outcome) "
        + "| \(.summary.recommended_path // "none") "
        + "| \(.summary.anomalies), \(.summary.unexplained) unexplained "
        + "| \([told("broken"), told("warning"), told("note")] | join("; ")) |"' "$file"
    done
  done
} >"$scratch/README.md"
mv "$scratch/README.md" reports/README.md
