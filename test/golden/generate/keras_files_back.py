"""Holds the files that Lockstep saves against Keras: it opens each, predicts, and goes on for as many steps as keras_files.py did.

    python test/golden/generate/keras_files_back.py FOLDER

FOLDER holds NAME.keras for names of test/golden/files, as `node scripts/keras-files.js FOLDER` writes them.
"""

import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

FILES = pathlib.Path(__file__).parent.parent / "files"
# Computed in fewer bits by Keras's own file.
COARSE = {"half-precision", "mixed"}


def arrays(told):
    return [np.array(one["values"], "float32").reshape(one["shape"]) for one in told]


def error(found, right):
    return np.abs(found - right).max() / max(np.abs(right).max(), 1e-3) if right.size else 0.0


def listed(value):
    return value if isinstance(value, list) else [value]


def check(path):
    told = json.loads((FILES / f"{path.stem}.json").read_text())
    model = keras.models.load_model(path)
    x, y = arrays(told["x"]), arrays(told["y"])
    given = x if len(x) > 1 else x[0]
    predicted = max(map(error, listed(model.predict_on_batch(given)), arrays(told["predictions"])))
    for _ in range(told["steps"] if told["after"] else 0):
        model.train_on_batch(given, y if len(y) > 1 else y[0])
    # By shape and order within it: models within models have become one graph.
    after = [error(*pair) for pair in zip(inOrder(model.get_weights()), inOrder(arrays(told["after"])))]
    worst = max(after, default=0.0)
    is_right = predicted < (1e-2 if path.stem in COARSE else 1e-5) and worst < 1e-4
    print(f"{'ok' if is_right else 'WRONG'} {path.stem}: predictions {predicted:.1e}, weights after training {worst:.1e}")
    return is_right


def inOrder(weights):
    return sorted(weights, key=lambda w: (w.shape, w.size))


results = [check(path) for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras"))]
sys.exit(0 if results and all(results) else 1)
