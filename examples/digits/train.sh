#!/usr/bin/env bash
# The program of digits.cpp with graph files and no C++: trains the network with `tsc run`, makes it a library
# with `tsc compile`, and calls that from C. All that it makes goes to DIRECTORY.
#
# usage: train.sh DIRECTORY [STEPS]
#
# TSC is the program to run (default: tsc, from the PATH).
set -euo pipefail

if (($# < 1 || $# > 2)); then
  echo "usage: train.sh DIRECTORY [STEPS]" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tsc=${TSC:-tsc}
steps=${2:-150}
mkdir -p "$1"
cd "$1"

# images.npy and labels.npy
python3 -m zipfile -e "$here/digits.npz" .

# tsc derives the loss. Gradient descent wants the derivatives for its updates, not as outputs.
{
  "$tsc" grad "$here/loss.tsc" --of loss --wrt w1,b1,w2,b2 --names-only
  cat <<'GRAPH'
update w1 = w1 - 0.5 * d_loss_d_w1
update b1 = b1 - 0.5 * d_loss_d_b1
update w2 = w2 - 0.5 * d_loss_d_w2
update b2 = b2 - 0.5 * d_loss_d_b2
update step = step + 1
GRAPH
} >train.tsc

# The states are files in a folder; each run reads them and writes their next values. The first run compiles the
# graph, all others find it in the cache.
"$tsc" run "$here/initial.tsc" --save-state state
for ((step = 1; step <= steps; ++step)); do
  loss=$("$tsc" run train.tsc images=@images.npy labels=@labels.npy --load-state state --save-state state)
  ((step % 10 != 0 && step != steps)) || echo "step $step  $loss"
done
"$tsc-cache" stats

# The trained network as a library, called from C.
"$tsc" compile "$here/predict.tsc" -o libdigits.so --header digits.h
"${CC:-cc}" -std=c99 -O2 -Wall -Wextra -Werror -I. "$here/predict.c" -o predict ./libdigits.so
./predict images.npy labels.npy state
