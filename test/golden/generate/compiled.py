"""
Makes test/golden/data/compiled.json: models as Keras serialises them once they are compiled, and what `test_on_batch` and `fit`
make of them: the logs in the order of `names`, and the weights after one epoch without shuffling.

    python test/golden/generate/compiled.py
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
import tensorflow as tf
from keras import layers as L
from keras import losses, metrics, optimizers

ROWS = 11
SGD = lambda rate=0.5: optimizers.SGD(rate)
DATA = pathlib.Path(__file__).parent.parent / "data" / "compiled.json"


def dense():
    return keras.Sequential([keras.Input((3,)), L.Dense(4, activation="tanh"), L.Dense(2)])


def classifier():
    return keras.Sequential([keras.Input((3,)), L.Dense(4, activation="tanh"), L.Dense(3, activation="softmax")])


def binary():
    return keras.Sequential([keras.Input((3,)), L.Dense(1, activation="sigmoid")])


def words():
    """Rows of words, of which 0 is none, to two numbers a word."""
    x = keras.Input((4,), dtype="int32")
    return keras.Model(x, L.Dense(2)(L.SimpleRNN(3, return_sequences=True)(L.Embedding(6, 3, mask_zero=True)(x))))


def heads():
    x = keras.Input((3,))
    y = L.Dense(4, activation="tanh")(x)
    return keras.Model(x, [L.Dense(2, name="left")(y), L.Dense(3, activation="softmax", name="right")(y)])


def steps(rng, zeros):
    """Weights of words, about `zeros` of them 0."""
    return (rng.uniform(0.2, 3, (ROWS, 4)) * (rng.random((ROWS, 4)) >= zeros)).astype("float32")


def rows(rng, zeros):
    return (rng.uniform(0.2, 3, ROWS) * (rng.random(ROWS) >= zeros)).astype("float32")


def by_weight(loss, **options):
    return loss(reduction="mean_with_sample_weight", **options)


"""
Title; model; what it is compiled with; weights of rows, steps or classes; rows of a batch. Keras's loss of an epoch is the mean
over rows of those of the batches, which is what it is over the whole epoch where a batch is divided by its rows alone: other
cases have one batch.
"""
CASES = [
    ("numbers, divided by the rows", dense, dict(loss="mse", metrics=["mae"], weighted_metrics=["mse"]), rows, 0.3, 4),
    ("numbers, by a loss object", dense, dict(loss=losses.Huber(), weighted_metrics=["mae"]), rows, 0.3, 4),
    ("numbers, by a synonym", dense, dict(loss=losses.MeanSquaredError(reduction="mean")), rows, 0, 4),
    ("numbers, divided by the weights", dense, dict(loss=by_weight(losses.MeanSquaredError), metrics=["mae"]), rows, 0.3, ROWS),
    ("numbers without weights", dense, dict(loss="mae", metrics=["mse"]), None, 0, 4),
    ("a batch whose rows all weigh 0", dense, dict(loss="mse"), lambda rng, _: np.repeat([0, 1, 2], 4)[:ROWS].astype("float32"), 0, 4),
    ("classes by number, weighted by class", classifier, dict(loss="sparse_categorical_crossentropy", metrics=["accuracy"]), {0: 0.5, 1: 3, 2: 1}, 0, 4),
    ("one-hot classes, weighted by class", classifier, dict(loss=losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=["accuracy"]), {0: 0.5, 1: 3, 2: 0}, 0, 4),
    ("two classes, weighted by class", binary, dict(loss="binary_crossentropy", metrics=["accuracy", metrics.Precision(0.4, name="found")]), {0: 0.5, 1: 3}, 0, 4),
    ("masked steps without weights", words, dict(loss="mse", metrics=["mae"]), None, 0, ROWS),
    ("masked steps with weights, divided by the steps", words, dict(loss="mse", weighted_metrics=["mae"]), steps, 0.3, ROWS),
    ("masked steps with weights, divided by the weights", words, dict(loss=by_weight(losses.MeanSquaredError)), steps, 0.3, ROWS),
    ("two outputs in a list", heads, dict(loss=["mse", losses.CategoricalCrossentropy()], loss_weights=[0.5, 2], metrics=[["mae"], ["accuracy"]]), rows, 0.3, ROWS),
    ("two outputs by their names", heads, dict(loss={"left": "mae", "right": "kld"}, metrics={"right": ["accuracy"]}), rows, 0, ROWS),
    ("an output that is not trained", heads, dict(loss={"left": "mse", "right": None}), None, 0, ROWS),
    ("a function for a loss", dense, dict(loss=losses.mean_absolute_error, metrics=[losses.mean_squared_error]), rows, 0.3, 4),
    ("Adam by its name", dense, dict(loss="mse", optimizer="adam"), rows, 0.3, 4),
    ("SGD with momentum and a schedule", dense, dict(loss="mse", optimizer=optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 2, 0.5), momentum=0.9, nesterov=True)), None, 0, 4),
    ("AdamW with a limit of its gradients", classifier, dict(loss="categorical_crossentropy", optimizer=optimizers.AdamW(0.01, weight_decay=0.1, clipnorm=0.1)), rows, 0.2, 4),
    ("RMSprop, centered", dense, dict(loss="log_cosh", optimizer=optimizers.RMSprop(0.01, rho=0.8, centered=True)), None, 0, 4),
]


def main() -> None:
    made = {"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__}
    cases = [case(number, *given) for number, given in enumerate(CASES)]
    DATA.write_text(json.dumps({"made": made, "cases": cases}, allow_nan=False) + "\n")
    print(f"compiled: {len(cases)} cases")


def case(number, title, build, options, weigh, zeros, batch) -> dict:
    keras.backend.clear_session()
    rng = np.random.default_rng([1, number])
    model = build()
    for weight in model.weights:
        weight.assign(rng.normal(0, 0.6, weight.shape).astype("float32"))
    model.compile(**{"optimizer": SGD(), **options})
    x = rng.integers(0, 6, (ROWS, 4)).astype("int32") if build is words else rng.normal(0, 1, (ROWS, 3)).astype("float32")
    if build is words:
        x[:, 0] = np.maximum(x[:, 0], 1)  # no row without a word
    y = [targets(rng, output, options["loss"]) for output in model.outputs]
    weights = weigh(rng, zeros) if callable(weigh) else None
    given = {"x": x, "y": y[0] if len(y) == 1 else y}
    if weights is not None:
        given["sample_weight"] = weights if len(y) == 1 else [weights] * len(y)
    by_class = {"class_weight": weigh} if isinstance(weigh, dict) else {}
    before = values(model)
    tested = model.test_on_batch(**given, return_dict=True)
    fitted = model.fit(**given, **by_class, batch_size=batch, epochs=1, shuffle=False, verbose=0).history
    return {
        "title": title,
        "model": json.loads(model.to_json()),
        "x": tensor(x),
        "y": [tensor(one) for one in y],
        "sampleWeight": weights if weights is None else tensor(weights),
        "classWeight": by_class.get("class_weight"),
        "batchSize": batch,
        "before": before,
        "tested": {name: rounded(value) for name, value in tested.items()},
        "fitted": {name: rounded(value[0]) for name, value in fitted.items()},
        "after": values(model),
    }


def targets(rng, output, loss):
    shape = (ROWS, *output.shape[1:])
    if shape[-1] == 1:
        return rng.integers(0, 2, shape).astype("float32")
    if shape[-1] != 3:
        return rng.normal(0, 1, shape).astype("float32")
    classes = rng.integers(0, 3, ROWS)
    return classes.astype("int32") if loss == "sparse_categorical_crossentropy" else np.eye(3, dtype="float32")[classes]


def values(model) -> list:
    return [[rounded(value) for value in weight.numpy().ravel()] for weight in model.weights]


def tensor(array) -> dict:
    return {"shape": list(array.shape), "values": [rounded(value) for value in array.ravel()]}


def rounded(value) -> float:
    """Nine significant digits: enough to tell any two float32 numbers apart."""
    return float(f"{float(value):.9g}")


if __name__ == "__main__":
    main()
