#!/usr/bin/env bash
# A diverged classifier predicts NaN everywhere. Its accuracy and its top-3 accuracy over three classes are asked for.
# One expects both to be 0 or NaN, or top-3 of three classes to be 1, as it cannot miss; and top-1 to equal accuracy.
# What happens: accuracy is the share of class 0 (a third, so it looks like plain guessing), top-3 accuracy is 0.
# A row [0.1, NaN, 0.7] counts as class 2: TensorFlow's argmax passes over NaN, where NumPy's returns its place.
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


classes = np.eye(3, dtype="float32")[np.arange(90) % 3]
x = np.random.default_rng(0).normal(0.0, 100.0, (90, 2))
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
top3 = keras.metrics.TopKCategoricalAccuracy(k=3, name="top3")
top1 = keras.metrics.TopKCategoricalAccuracy(k=1, name="top1")
model.compile(keras.optimizers.SGD(1e38), "categorical_crossentropy", metrics=["accuracy", top1, top3])
model.fit(x, classes, epochs=2, verbose=0)
result = model.evaluate(x, classes, verbose=0, return_dict=True)
print("a diverged model of three classes:", result)
holds(np.isnan(model.predict(x, verbose=0)).all(), "every prediction is NaN")
holds(abs(result["accuracy"] - 1 / 3) < 1e-6, "accuracy is a third, the share of class 0")
holds(result["top1"] == 0, "top-1 accuracy is 0, so it differs from accuracy")
holds(result["top3"] == 0, "top-3 accuracy of three classes is 0")

row = np.array([[0.1, np.nan, 0.7]], "float32")
accuracy = keras.metrics.CategoricalAccuracy()
accuracy.update_state(np.array([[0.0, 0.0, 1.0]]), row)
print("[0.1, NaN, 0.7]: accuracy for class 2", float(accuracy.result()), "numpy argmax", int(np.argmax(row)))
holds(float(accuracy.result()) == 1 and np.argmax(row) == 1, "accuracy passes over a NaN that NumPy's argmax finds")
PY
