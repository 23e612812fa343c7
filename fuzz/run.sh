#!/usr/bin/env bash
# Runs every fuzz target for so many seconds each, one after the other, and fails on the first crash:
#
#   fuzz/run.sh 10                 all targets
#   fuzz/run.sh 60 link challenge  these
#   fuzz/run.sh 0                  builds them, and runs the seeds alone
#
# It wants cargo-fuzz (cargo install cargo-fuzz --locked) and a C++ compiler, and no nightly toolchain: the flags of the
# compiler that cargo-fuzz needs are allowed by RUSTC_BOOTSTRAP, and no sanitizer is used, as there is no unsafe code
# here. What is found is kept in fuzz/artifacts/, the growing corpus in fuzz/corpus/; neither is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?how many seconds for each target?}
shift
export RUSTC_BOOTSTRAP=1
# Another program in front of cargo, such as a lock, may be given.
cargo=${CARGO:-cargo}

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for file in fuzz/fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

"$cargo" fuzz build -s none
host=$(rustc -vV | sed -n 's/^host: //p')

for target in "${targets[@]}"; do
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  bound=(-max_total_time="$seconds")
  if [ "$seconds" -eq 0 ]; then bound=(-runs=0); fi
  printf '== %s\n' "$target" >&2
  log="fuzz/artifacts/$target.log"
  # 64 kB are more than any parser needs to be led astray; what takes ten seconds for them is a fault, as is 1 GB.
  if ! "fuzz/target/$host/release/$target" "${bound[@]}" -max_len=65536 -timeout=10 -rss_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$target/" \
    "fuzz/corpus/$target" "fuzz/seeds/$target" >"$log" 2>&1; then
    tail -40 "$log" >&2
    printf '%s failed; the input is in fuzz/artifacts/%s\n' "$target" "$target" >&2
    exit 1
  fi
  grep -E '^stat::(number_of_executed_units|new_units_added|slowest_unit_time_sec|peak_rss_mb)|^Done' "$log" >&2 || true
done
