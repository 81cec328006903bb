#!/usr/bin/env bash
# fit gets arrays of 4 batches, steps_per_epoch=3 and epochs=6.
# One expects 3 steps in each epoch: either the data goes round, or each epoch starts anew.
# What happens: the epochs have 3, 1, 3, 1, 3, 1 steps, so 12 updates and not 18. Each second epoch trains on what the
# one before it left over, and its loss in the history is that of one batch. The warning says that training is
# interrupted, but it goes on. With 7 batches the epochs have 3, 3, 1, 3, 3, 1 steps.
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


import warnings


class Steps(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append(0)

    def on_train_batch_end(self, batch, logs=None):
        self.epochs[-1] += 1


def fit(batches):
    model, steps = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]), Steps()
    model.compile("sgd", "mse")
    ones = np.ones((batches * 2, 1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = model.fit(ones, ones, batch_size=2, steps_per_epoch=3, epochs=6, verbose=0, callbacks=[steps])
    said = [str(w.message).split(".")[0] for w in caught if "ran out of data" in str(w.message)]
    updates = int(model.optimizer.iterations.numpy())
    print(batches, "batches: steps of the epochs", steps.epochs, "updates", updates)
    print("  epochs in the history:", len(history.history["loss"]), "warnings:", len(said), set(said))
    return steps.epochs, updates


holds(fit(4) == ([3, 1, 3, 1, 3, 1], 12), "4 batches and steps_per_epoch=3 give 3, 1, 3, 1, 3, 1 steps")
holds(fit(7) == ([3, 3, 1, 3, 3, 1], 14), "7 batches and steps_per_epoch=3 give 3, 3, 1, 3, 3, 1 steps")
holds(fit(6) == ([3, 3, 3, 3, 3, 3], 18), "6 batches give 3 steps in each epoch")
PY
