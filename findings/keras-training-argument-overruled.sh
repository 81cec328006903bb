#!/usr/bin/env bash
# Layers of a functional model are called with a fixed argument: layer(x, training=False) or layer(x, training=True).
# One expects the fixed argument to win, as it does inside call() of a subclass: the usual recipes for fine-tuning
# (base(x, training=False) keeps batch normalization in inference mode) and for Monte Carlo dropout rest on it.
# What happens: the model's own mode overrules it wherever the model has one. fit moves the moving averages of a base
# that was called with training=False, and predict drops nothing although Dropout was called with training=True.
# The model's config still shows the fixed argument.
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


keras.utils.set_random_seed(0)
ones = np.ones((1, 1000), "float32")


def zeros(y):
    return int((np.array(y) == 0).sum())


def dropout(training):
    x = keras.Input((1000,))
    return keras.Model(x, keras.layers.Dropout(0.5)(x, training=training))


off, on = dropout(False), dropout(True)
print("kwargs in the config:", on.get_config()["layers"][1]["inbound_nodes"][0]["kwargs"])
print("zeros of 1000, layer False, model True:", zeros(off(ones, training=True)))
print("zeros of 1000, layer True, predict:", zeros(on.predict(ones, verbose=0)), "plain call:", zeros(on(ones)))
holds(zeros(off(ones, training=True)) > 300, "Dropout called with training=False drops in model(x, training=True)")
holds(zeros(on.predict(ones, verbose=0)) == 0, "Dropout called with training=True drops nothing in predict")
holds(zeros(on(ones)) > 300, "it drops where the model is called without a mode")

x5 = np.random.default_rng(0).normal(5.0, 1.0, (32, 4))
base = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization()])
x = keras.Input((4,))
tuned = keras.Model(x, keras.layers.Dense(1)(base(x, training=False)))
tuned.compile("sgd", "mse")
tuned.fit(x5, np.zeros(32), epochs=3, verbose=0)


class Subclass(keras.Model):
    def __init__(self):
        super().__init__()
        self.base, self.head = keras.layers.BatchNormalization(), keras.layers.Dense(1)

    def call(self, x):
        return self.head(self.base(x, training=False))


subclass = Subclass()
subclass.compile("sgd", "mse")
subclass.fit(x5, np.zeros(32), epochs=3, verbose=0)
moved, kept = base.layers[0].moving_mean.numpy(), subclass.base.moving_mean.numpy()
print("moving mean after fit, functional:", moved, "subclass:", kept)
holds((moved > 0.1).all(), "fit moves the averages of a base called with training=False in a functional model")
holds((kept == 0).all(), "in a subclass the same call keeps them")
PY
