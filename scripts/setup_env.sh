#!/usr/bin/env bash
# Makes the environment .venv and installs Saccade into it. Asks nothing; a second call has little left to do.
#
#   scripts/setup_env.sh            the core: what the library and the command need
#   scripts/setup_env.sh dev        the core and the extra "dev" (any extra of pyproject.toml, or several: dev,peers)
#
# PYTHON names the interpreter to use; without it python3, else the newest python3.x of at least 3.11.
set -euo pipefail
cd "$(dirname "$0")/.."

extras="${1:-core}"
venv=.venv
log=$venv/setup.log
cpu_index=https://download.pytorch.org/whl/cpu
torch=$(sed -n 's/^ *"\(torch[<>=][^"]*\)",.*/\1/p' pyproject.toml) # the range stands in pyproject.toml only
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PROGRESS_BAR=off PIP_ROOT_USER_ACTION=ignore

say() { echo "saccade: $*" >&2; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if new_enough "$name"; then
      echo "$name"
      return
    fi
  done
  say "Python 3.11 or newer is needed, which ${PYTHON:-python3} is not; install one or name it with PYTHON=..."
  exit 1
}

make_venv() {
  if [ -x $venv/bin/pip ] && new_enough $venv/bin/python; then
    return
  fi
  local python sudo=sudo
  python=$(find_python)
  if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then sudo=; fi
    say "python3-venv is missing; run: ${sudo:+sudo }apt-get install -y $(basename "$python")-venv"
    exit 1
  fi
  say "making $venv with $("$python" --version)"
  "$python" -m venv $venv
  rm -f $venv/.installed-*
}

pip_install() {
  if ! $venv/bin/python -m pip install "$@" >>$log 2>&1; then
    tail -n 15 $log >&2
    say "the installation failed; the whole log is in $log"
    exit 1
  fi
}

has_nvidia() { nvidia-smi >/dev/null 2>&1; }

# On Linux the torch of PyPI brings gigabytes of CUDA libraries; without an NVIDIA card the CPU build is enough.
install_cpu_torch() {
  local here
  here=$($venv/bin/python -m pip install --no-index --no-deps --dry-run "$torch" 2>/dev/null || true)
  case $here in
    *"already satisfied"*) return ;;
    *+cpu*)
      say "installing torch (CPU build, from the wheels of this machine)"
      pip_install --no-index --no-deps "$torch"
      return
      ;;
  esac
  if $venv/bin/python -m pip index versions torch --index-url $cpu_index --retries 0 --timeout 15 2>/dev/null |
    grep -q '+cpu'; then
    say "installing torch (CPU build, no NVIDIA card found)"
    pip_install --no-deps --index-url $cpu_index "$torch"
  else
    say "no CPU build of torch can be had ($cpu_index does not answer): taking the default build, which is large"
  fi
}

megabytes() { # what pip says it downloaded since line $1 of the log
  tail -n "+$1" $log | awk '
    /^ *Downloading .*\([0-9.]+ (bytes|kB|MB|GB)\)/ {
      size = $(NF - 1); sub(/\(/, "", size)
      factor = /GB\)/ ? 1000 : /MB\)/ ? 1 : /kB\)/ ? 0.001 : 0.000001
      sum += size * factor
    }
    END { printf "%.0f", sum }'
}

started=$SECONDS
make_venv
touch $log
first_line=$(($(wc -l <$log) + 1))
if [ "$(uname -s)" = Linux ] && ! has_nvidia; then
  install_cpu_torch
fi
case $extras in
  core) say "installing saccade and what it needs" && pip_install -e . ;;
  *) say "installing saccade with the extra $extras" && pip_install -e ".[$extras]" ;;
esac
touch $venv/.installed-core "$venv/.installed-${extras//,/-}" # for make
say "ready: $(megabytes $first_line) MB downloaded, $((SECONDS - started)) s"
