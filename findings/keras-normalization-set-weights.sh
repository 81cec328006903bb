#!/usr/bin/env bash
# A model with an adapted Normalization layer is copied: clone_model, then set_weights(get_weights()).
# One expects the same predictions, as get_weights of both models is equal.
# What happens: the copy predicts as if it had not been adapted. The layer computes with figures that adapt and
# load_weights derive from its weights, and set_weights does not. finalize_state() mends it; so does a file of weights.
# In the same way new weights of an adapted layer have no effect. No warning is given.
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


norm = keras.layers.Normalization()
norm.adapt(np.array([[0.0], [10.0]], "float32"))
inputs = keras.Input((1,))
model = keras.Model(inputs, norm(inputs))
copy = keras.models.clone_model(model)
copy.set_weights(model.get_weights())
x = np.array([[10.0]], "float32")


def output(layer):
    return float(layer(x)[0, 0])


print("weights of the model:", model.get_weights(), "of the copy:", copy.get_weights())
print("10 becomes", output(model), "in the model and", output(copy), "in the copy")
holds(all((a == b).all() for a, b in zip(model.get_weights(), copy.get_weights())), "the weights are equal")
holds((output(model), output(copy)) == (1.0, 10.0), "the copy does not normalize")

model.save_weights(sys.argv[1] + "/a.weights.h5")
loaded = keras.models.clone_model(model)
loaded.load_weights(sys.argv[1] + "/a.weights.h5")
copy.layers[1].finalize_state()
print("after load_weights:", output(loaded), "after finalize_state:", output(copy))
holds((output(loaded), output(copy)) == (1.0, 1.0), "load_weights and finalize_state mend it")

norm.set_weights([np.array([0.0]), np.array([1.0]), np.array(0)])
print("10 becomes", output(norm), "in the adapted layer after its mean is set to 0 and its variance to 1")
holds(output(norm) == 1.0, "new weights of an adapted layer have no effect")
PY
