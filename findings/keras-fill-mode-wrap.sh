#!/usr/bin/env bash
# A row of five pixels, 0 1 2 3 4, is moved by 1, 2, 3 and 4 with fill_mode="wrap", for which the documentation shows (a b c d | a b c d | a b c d).
# One expects what numpy.roll gives; moved by four that is 1 2 3 4 0.
# What happens: moved by four it is 4 2 3 4 0. Turns are counted by the width less one and taken by the width; what is then beyond
# the end becomes the last pixel. A rotation or a zoom with "wrap" has such pixels along its edges.
# Versions: keras 3.15.1, tensorflow-cpu 2.21.0, numpy 2.4.6.
set -euo pipefail
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
if [ -z "${PYTHON:-}" ]; then
  python3 -m venv "$T/v"
  "$T/v/bin/pip" install -q --retries 0 keras==3.15.1 tensorflow-cpu==2.21.0 numpy==2.4.6
  PYTHON="$T/v/bin/python"
fi
export KERAS_HOME="$T" KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0
"$PYTHON" - <<'PY'
import sys
import keras
import numpy as np
import tensorflow as tf

assert (keras.__version__, tf.__version__) == ("3.15.1", "2.21.0"), "needs keras 3.15.1 and tensorflow 2.21.0"
print("keras", keras.__version__, "on tensorflow", tf.__version__)


def holds(fact, sentence):
    if not fact:
        sys.exit("The behaviour has changed: this no longer holds: " + sentence)
    print("Holds:", sentence)


row = np.arange(5.0, dtype="float32").reshape(1, 5, 1)
found = {}
for shift in (1, 2, 3, 4):
    moved = keras.ops.image.affine_transform(
        row, np.array([1, 0, -shift, 0, 1, 0, 0, 0], "float32"), interpolation="nearest", fill_mode="wrap"
    )
    found[shift] = np.array(moved)[0, :, 0].tolist()
    print("moved by", shift, "keras:", found[shift], "numpy.roll:", np.roll(row, shift, 1)[0, :, 0].tolist())
for shift in (1, 2, 3):
    holds(found[shift] == np.roll(row, shift, 1)[0, :, 0].tolist(), f"moved by {shift} the row is turned round")
holds(found[4] == [4, 2, 3, 4, 0], "moved by 4 its first pixel is 4 in place of 1")
PY
