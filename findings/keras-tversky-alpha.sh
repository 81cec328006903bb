#!/usr/bin/env bash
# The Tversky index weighs false positives by alpha and false negatives by beta, and so says the docstring of keras.losses.Tversky.
# Two pixels: both are there and one is found (a miss), and one is there and both are found (a false alarm).
# One expects with alpha = 1, beta = 0 that the false alarm costs, and the miss does not.
# What happens: the miss costs 0.5, and the false alarm 0. The names of the arguments are crossed inside, so alpha weighs misses.
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


both, one = np.array([[1.0, 1.0]], "float32"), np.array([[1.0, 0.0]], "float32")
documented = " ".join((keras.losses.Tversky.__doc__ or "").split())
holds("alpha: The coefficient controlling incidence of false positives" in documented, "the docstring says that alpha weighs false positives")


def losses(alpha, beta):
    loss = keras.losses.Tversky(alpha=alpha, beta=beta)
    return {"miss": round(float(loss(both, one)), 4), "false alarm": round(float(loss(one, both)), 4)}


print("alpha 1, beta 0:", losses(1, 0))
print("alpha 0, beta 1:", losses(0, 1))
holds(losses(1, 0) == {"miss": 0.5, "false alarm": 0.0}, "alpha weighs the miss")
holds(losses(0, 1) == {"miss": 0.0, "false alarm": 0.5}, "beta weighs the false alarm")
PY
