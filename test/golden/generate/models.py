"""
Makes test/golden/data/*.json from test/golden/cases/*.json with Keras 3 on TensorFlow, in float64 unless a case asks
for float32. See test/golden/README.md for what a case may hold.

    python test/golden/generate/models.py [family …]
"""

import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf

import formula
from keras_models import Built
from objectives import loss_of, measure, metric_of, weights_for_classes

GOLDEN = pathlib.Path(__file__).parent.parent
SAMPLES = 8
WHOLE = 12
"""A tensor of at most WHOLE elements is stored whole, any other by SAMPLES of its elements."""
RANGES = {"gamma": (0.5, 1.5), "moving_variance": (0.5, 1.5)}
"""Where the values of a weight lie, by its name; others lie between -0.5 and 0.5."""


def main(families: list[str]) -> None:
    for path in sorted((GOLDEN / "cases").glob("*.json")):
        if families and path.stem not in families:
            continue
        cases = json.loads(path.read_text())
        made = {
            "made": {"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__},
            "cases": [expected(case) for case in cases],
        }
        (GOLDEN / "data" / path.name).write_text(json.dumps(made, allow_nan=False) + "\n")
        print(f"{path.stem}: {len(cases)} cases")


def expected(case: dict) -> dict:
    """All that Keras says about a case."""
    keras.backend.clear_session()
    keras.config.set_floatx(case.get("floatx", "float64"))
    built = Built(case)
    weights = fill(built, case.get("seed", 1))
    inputs = inputs_of(case, built.model)
    outputs = listed(built.model(inputs, training=False))
    targets = targets_of(case, outputs)
    sample_weights = sample_weights_of(case, targets)
    judged = {
        "loss": number(total_loss(case, built.model, outputs, targets, sample_weights)),
        "metrics": metrics_of(case, targets, outputs),
    }
    found = {"outputs": [described(output) for output in outputs], **judged}
    if case.get("training", True):
        found |= trained(case, built, inputs, targets, sample_weights, weights)
    return {"title": case["title"], "weights": weights, **found}


def fill(built: Built, seed: int) -> list[dict]:
    """Gives every weight its values by formula, and says which."""
    told = []
    for stream, (layer, weight) in enumerate(built.weights()):
        low, high = RANGES.get(weight.name, (-0.5, 0.5))
        weight.assign(formula.tensor({"low": low, "high": high}, list(weight.shape), seed, stream))
        owner = {} if layer is None else {"layer": layer}
        told.append({**owner, "name": weight.name, "shape": list(weight.shape), "range": [low, high]})
    return told


def inputs_of(case: dict, model: keras.Model):
    kinds = listed(case.get("inputs", {}))
    made = []
    for i, tensor in enumerate(model.inputs):
        shape = [case["rows"], *tensor.shape[1:]]
        kind = kinds[i] if i < len(kinds) else {}
        made.append(formula.tensor(kind, shape, case.get("seed", 1), formula.INPUTS + i))
    return made if len(made) > 1 else made[0]


def targets_of(case: dict, outputs: list) -> list[np.ndarray]:
    kinds = listed(case.get("targets", {}))
    made = []
    for i, output in enumerate(outputs):
        kind = kinds[i] if i < len(kinds) else {}
        shape = list(output.shape)
        if kind.get("kind") == "classes":
            kind = {**kind, "classes": shape[-1]}
            shape = [shape[0], 1] if len(shape) == 2 else shape[:-1]
        made.append(formula.tensor(kind, shape, case.get("seed", 1), formula.TARGETS + i))
    return made


def sample_weights_of(case: dict, targets: list[np.ndarray]) -> np.ndarray | None:
    if "classWeights" in case:
        return weights_for_classes(case["classWeights"], targets[0])
    if "sampleWeights" in case:
        return formula.tensor(case["sampleWeights"], [case["rows"]], case.get("seed", 1), formula.SAMPLE_WEIGHTS)
    return None


def total_loss(case: dict, model: keras.Model, outputs: list, targets: list, sample_weights):
    """The weighted sum of the outputs' losses, and the penalties of regularizers."""
    losses = listed(case.get("loss", "meanSquaredError"))
    shares = case.get("lossWeights", [1] * len(outputs))
    total = tf.add_n(model.losses) if model.losses else 0
    for i, (output, target) in enumerate(zip(outputs, targets)):
        if not case.get("fused", True):
            output = tf.identity(output)  # forgets the logits that Keras has tied to it
        loss = loss_of(losses[min(i, len(losses) - 1)], case.get("reduction", "sum_over_batch_size"))
        total += shares[i] * loss(target, output, sample_weight=sample_weights)
    return total


def metrics_of(case: dict, targets: list, outputs: list) -> list[float]:
    """Metrics in the order in which the case names them: of the first output, or of those that it names."""
    given = case.get("metrics", [])
    losses = listed(case.get("loss", "meanSquaredError"))
    values = []
    for name, metrics in given.items() if isinstance(given, dict) else [(None, given)]:
        i = 0 if name is None else case["outputs"].index(name)
        loss = losses[min(i, len(losses) - 1)]
        for metric in metrics:
            made = metric_of(metric, loss, list(outputs[i].shape))
            values += [rounded(value) for value in measure(made, targets[i], outputs[i])]
    return values


def trained(case: dict, built: Built, inputs, targets, sample_weights, told: list[dict]) -> dict:
    """The loss of a training pass, gradients of what is trained, and what the pass made of the other weights."""
    trainable = built.model.trainable_weights
    with tf.GradientTape() as tape:
        outputs = listed(built.model(inputs, training=True))
        loss = total_loss(case, built.model, outputs, targets, sample_weights)
    gradients = tape.gradient(loss, [weight.value for weight in trainable], unconnected_gradients="zero")
    by_id = {id(weight): tf.convert_to_tensor(gradient) for weight, gradient in zip(trainable, gradients)}
    after = []
    for (_, weight), entry in zip(built.weights(), told):
        entry["trainable"] = id(weight) in by_id
        after.append(described(by_id[id(weight)] if entry["trainable"] else weight.value))
    return {"trainingLoss": number(loss), "after": after}


def described(tensor) -> dict:
    flat = np.asarray(tensor, dtype=np.float64).reshape(-1)
    at = range(flat.size) if flat.size <= WHOLE else [i * flat.size // SAMPLES for i in range(SAMPLES)]
    return {
        "shape": list(tensor.shape),
        "scale": rounded(np.abs(flat).max()),
        "sum": rounded(flat.sum()),
        "norm": rounded(np.sqrt((flat * flat).sum())),
        "values": [rounded(flat[i]) for i in at],
    }


def listed(value) -> list:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def number(tensor) -> float:
    return rounded(float(np.asarray(tensor)))


def rounded(value: float) -> float:
    """Nine significant digits: enough to tell any two float32 numbers apart."""
    return float(f"{value:.9g}")


if __name__ == "__main__":
    main(sys.argv[1:])
