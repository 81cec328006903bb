#!/usr/bin/env bash
# R2Score is asked for temperatures in kelvin (about 293, deviation 0.1) and for other targets far from 0.
# One expects 1 - residual / total to be right to some digits, and never above 1.
# What happens: the total is sum(y^2) - mean * sum(y) in float32, so it loses its digits, or its sign.
# 10,000 temperatures with a true R2 of 0.75 give 0.90 in batches of 32 and 0.61 in one; an R2 of -0.5 becomes 1.00001;
# five targets of 0.7 against 0.1 give about 7,549,747 instead of no number or 0.
# The digits depend on the order of the sums, so the test is a loose one.
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
"$PYTHON" - "$T" <<'PY'
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


def score(y, p, batch):
    metric = keras.metrics.R2Score()
    for k in range(0, len(y), batch):
        metric.update_state(y[k : k + batch], p[k : k + batch])
    return float(metric.result())


def true(y, p):
    y, p = y.astype("float64"), p.astype("float64")
    return 1 - ((y - p) ** 2).sum() / ((y - y.mean()) ** 2).sum()


random = np.random.default_rng(0)
kelvin = random.normal(293.0, 0.1, (10000, 1)).astype("float32")
guess = (kelvin + random.normal(0.0, 0.05, (10000, 1))).astype("float32")
right, one, many = true(kelvin, guess), score(kelvin, guess, 10000), score(kelvin, guess, 32)
print("temperatures: true", right, "keras, one batch", one, "keras, batches of 32", many)
holds(max(abs(one - right), abs(many - right)) > 0.05, "the R2 of temperatures in kelvin is off by more than 0.05")

y = np.array([[1e6], [1e6 + 1], [1e6 + 2]], "float32")
p = y + 1
print("1e6, 1e6+1, 1e6+2, each off by 1: true", true(y, p), "keras", score(y, p, 3))
holds(true(y, p) == -0.5 and score(y, p, 3) > 0.99, "a model worse than the mean gets an R2 of about 1")

flat, low = np.full((5, 1), 0.7, "float32"), np.full((5, 1), 0.1, "float32")
print("five times 0.7 against 0.1: keras", score(flat, low, 5))
holds(score(flat, low, 5) > 1000, "a constant target and wrong predictions give a huge positive R2")
PY
