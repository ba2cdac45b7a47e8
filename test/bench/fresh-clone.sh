#!/bin/sh
# Does the README's set-up hold on a fresh machine? Clones HEAD into a temporary folder and runs both of its lines with nothing
# on the PATH but git, npm and one Node at a time; then a third time with install scripts off, where one sentence must say what to do.
#
#   sh test/bench/fresh-clone.sh [--demo] [NODE ...]
#
# NODE is a node binary (default: the one on the PATH); --demo leaves the line with `npm test` out. Prints one row per line
# of the README, keeps the logs of what failed, and exits 1 if anything did.
set -eu
cd "$(dirname "$0")/../.."
repo=$(pwd)

lines='npm ci && npm run demo;npm ci && npm test'
if [ "${1:-}" = --demo ]; then
  lines='npm ci && npm run demo'
  shift
fi
[ "$#" -gt 0 ] || set -- "$(command -v node)"

place=$(mktemp -d)
failed=0
row() { printf '%-10s %-22s exit %-4s %s\n' "$1" "$2" "$3" "$4"; }

# A PATH of three commands, and the shell that npm runs scripts with. npm itself finds its node on that PATH.
tools() {
  mkdir -p "$1"
  ln -s /bin/sh "$1/sh"
  ln -s "$(command -v git)" "$1/git"
  ln -s "$(readlink -f "$(command -v npm)")" "$1/npm"
  ln -s "$2" "$1/node"
}

for node in "$@"; do
  node=$(cd "$(dirname "$node")" && pwd)/$(basename "$node")
  version=$("$node" --version)
  bin=$place/bin-$version
  tools "$bin" "$node"

  IFS=';'
  count=0
  for line in $lines; do
    count=$((count + 1))
    clone=$place/$version-$count
    git clone -q "$repo" "$clone"
    code=0
    (cd "$clone" && env PATH="$bin" CI=1 /bin/sh -c "$line") >"$clone.log" 2>&1 || code=$?
    if [ "$code" -eq 0 ]; then row "$version" "$line" "$code" ok; rm -rf "$clone" "$clone.log"; else row "$version" "$line" "$code" "see $clone.log"; failed=1; fi
  done
  unset IFS

  clone=$place/$version-no-scripts
  git clone -q "$repo" "$clone"
  code=0
  (cd "$clone" && env PATH="$bin" CI=1 /bin/sh -c 'npm ci --ignore-scripts && npm run demo') >"$clone.log" 2>&1 || code=$?
  said=$(grep -c 'keyrot: this is Node .* Run `' "$clone.log" || true)
  # A Node that is new enough by itself needs no script; one that is not must be told so, once.
  if [ "$code" -eq 0 ] || { [ "$code" -eq 2 ] && [ "$said" -eq 1 ]; }; then
    row "$version" 'install scripts off' "$code" "ok$([ "$said" -eq 0 ] || printf ', says what to do')"
    rm -rf "$clone" "$clone.log"
  else
    row "$version" 'install scripts off' "$code" "see $clone.log"
    failed=1
  fi
done

[ "$failed" -ne 0 ] || rm -rf "$place"
exit "$failed"
