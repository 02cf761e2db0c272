#!/usr/bin/env bash
# Installs the servers that tests/peers asks, each in a folder of its own outside the repository. A second call is quick.
#
#   scripts/setup_peers.sh transformers     `transformers serve` with its own torch: some minutes
#   scripts/setup_peers.sh llama.cpp        compiled from the source package of llama-cpp-python: 10 to 40 minutes
#
# SACCADE_PEERS names the folder (~/.cache/saccade-peers), JOBS how many compilers run at once (1).
set -euo pipefail
cd "$(dirname "$0")/.."

peers=${SACCADE_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/saccade-peers}
cpu_index=https://download.pytorch.org/whl/cpu
transformers=5.23.0 torch=2.13.0 torchvision=0.28.0 llama_cpp_python=0.3.36
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PROGRESS_BAR=off PIP_ROOT_USER_ACTION=ignore

say() { echo "saccade: $*" >&2; }

logged() { # log command...: the command's output goes to the log, its last lines are shown where it fails
  local log=$1
  shift
  if ! "$@" >>"$log" 2>&1; then
    tail -n 15 "$log" >&2
    say "that failed; the whole log is in $log"
    exit 1
  fi
}

setup_transformers() {
  local folder=$peers/transformers-$transformers log=$peers/transformers.log
  local pip=("$folder/bin/python" -m pip install)
  if [ -e "$folder/.installed" ]; then return; fi
  say "installing transformers $transformers and what its server needs"
  logged "$log" python3 -m venv "$folder"
  # The torch of PyPI brings gigabytes of CUDA libraries: a CPU build of this machine or of its own index comes first.
  "${pip[@]}" --no-index --no-deps "torch==$torch+cpu" >>"$log" 2>&1 ||
    "${pip[@]}" --no-deps --retries 0 --timeout 15 --index-url $cpu_index "torch==$torch" "torchvision==$torchvision" \
      >>"$log" 2>&1 || say "no CPU build of torch can be had: taking the default build, which is large"
  logged "$log" "${pip[@]}" "torch==$torch" "torchvision==$torchvision" "transformers[serving]==$transformers" pillow
  # A torchvision built for CUDA beside a CPU torch registers shapes for operators that are not there, and fails.
  if ! "$folder/bin/python" -c 'import torchvision' >>"$log" 2>&1; then
    : >"$(echo "$folder"/lib/python3*/site-packages/torchvision/_meta_registrations.py)"
    logged "$log" "$folder/bin/python" -c 'import torchvision'
  fi
  touch "$folder/.installed"
}

setup_llama() {
  local folder=$peers/llama.cpp-$llama_cpp_python log=$peers/llama.cpp.log
  local source=$folder/llama_cpp_python-$llama_cpp_python/vendor/llama.cpp
  # GCC 12 drops stores to the configuration of AMX tiles, and the server dies of it: no AMX.
  local flags=()
  if [ "$(uname -m)" = x86_64 ]; then flags=(-DCMAKE_{C,CXX}_FLAGS="-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"); fi
  if [ -x "$folder/build/bin/llama-server" ]; then return; fi
  scripts/apt_install.sh compiler
  say "compiling llama.cpp's server from llama-cpp-python $llama_cpp_python"
  mkdir -p "$folder"
  if [ ! -d "$source" ]; then
    logged "$log" python3 -m pip download --no-deps --no-binary llama-cpp-python \
      "llama-cpp-python==$llama_cpp_python" -d "$folder"
    logged "$log" tar -xzf "$folder/llama_cpp_python-$llama_cpp_python.tar.gz" -C "$folder"
  fi
  logged "$log" nice -n 19 cmake -S "$source" -B "$folder/build" -DCMAKE_BUILD_TYPE=Release "${flags[@]}" \
    -DGGML_NATIVE=ON -DGGML_OPENMP=OFF -DBUILD_SHARED_LIBS=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF \
    -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF
  logged "$log" nice -n 19 cmake --build "$folder/build" --target llama-server -j "${JOBS:-1}"
}

mkdir -p "$peers"
for peer in "$@"; do
  case $peer in
    transformers) setup_transformers ;;
    llama.cpp) setup_llama ;;
    *) say "no peer is called $peer; they are transformers and llama.cpp" && exit 1 ;;
  esac
done
