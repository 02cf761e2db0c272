#!/usr/bin/env bash
# Installs the packages of sections of scripts/apt-packages.txt, as root where that is possible without asking.
#
#   scripts/apt_install.sh fonts browser
#
# Never fails: what could not be installed is printed, and the tests that need it say that they are skipped.
set -uo pipefail
cd "$(dirname "$0")"

say() { echo "saccade: $*" >&2; }

# A section starts at a line "# name: what for" (or "# name") and ends at the next one.
packages_of() {
  awk -v section="$1" '
    /^#/ { name = $2; sub(/:$/, "", name); inside = (name == section); next }
    inside && NF { print $1 }' apt-packages.txt
}

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing=()
for section in "$@"; do
  for package in $(packages_of "$section"); do
    if ! command -v dpkg-query >/dev/null || ! installed "$package"; then missing+=("$package"); fi
  done
done
if [ ${#missing[@]} = 0 ]; then exit 0; fi

if [ "$(id -u)" = 0 ]; then
  root=()
elif sudo -n true 2>/dev/null; then
  root=(sudo -n)
else
  say "left out, as installing needs root: ${missing[*]}"
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  say "left out, as there is no apt-get here: ${missing[*]}"
  exit 0
fi

apt() { # minutes arguments...
  local minutes=$1
  shift
  timeout "${minutes}m" ${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=60 "$@" </dev/null >/dev/null 2>&1
}

say "installing ${#missing[@]} packages for: $*"
apt 2 update || say "the package lists could not be brought up to date"
if apt 5 install -y --no-install-recommends "${missing[@]}"; then exit 0; fi
known=() left_out=()
for package in "${missing[@]}"; do # one unknown name makes apt refuse all of them
  if apt-cache show "$package" >/dev/null 2>&1; then known+=("$package"); fi
done
if [ ${#known[@]} != 0 ]; then apt 5 install -y --no-install-recommends "${known[@]}"; fi
for package in "${missing[@]}"; do
  if ! installed "$package"; then left_out+=("$package"); fi
done
if [ ${#left_out[@]} != 0 ]; then say "left out, as apt-get could not install them: ${left_out[*]}"; fi
exit 0
