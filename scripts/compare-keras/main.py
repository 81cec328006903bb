"""
Draws models of Keras and writes each as Keras serialises it, with what Keras makes of it, one JSON object a line:

    python scripts/compare-keras/main.py RUNS SEED [NUMBER]

Weights are plain arrays by layer; what a step of SGD(1) leaves of them is `after`, or null where training draws numbers.
"""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

from layers import Draw
from models import draw_model

ROWS = 6
REDUCTIONS = ["sum_over_batch_size", "mean", "mean_with_sample_weight"]


def main(runs: int, seed: int, only: str | None = None) -> None:
    print(json.dumps({"keras": keras.__version__}), flush=True)
    for number in range(runs) if only is None else [int(only)]:
        print(json.dumps(case(number, np.random.default_rng([seed, number]))), flush=True)


def case(number: int, rng) -> dict:
    """A model that Keras can train, drawn anew where it cannot."""
    while True:
        keras.backend.clear_session()
        keras.utils.set_random_seed(number + 1)
        try:
            kind, model = draw_model(Draw(rng))
            return {"number": number, "kind": kind, **measured(model, rng)}
        except (ValueError, NotFinite, tf.errors.OpError):
            continue


class NotFinite(Exception):
    """What a model makes is beyond float32; nothing can be compared."""


def measured(model, rng) -> dict:
    fill(model, rng)
    inputs = [data_of(x, model, rng) for x in model.inputs]
    outputs = listed(model(inputs, training=False))
    judged = [judge(Draw(rng), output, rng) for output in outputs]
    losses, targets = [loss for loss, _ in judged], [y for _, y in judged]
    for loss in losses:
        loss.reduction = REDUCTIONS[int(rng.integers(len(REDUCTIONS)))]
    weights = weights_for(outputs, rng) if rng.random() < 0.4 else None
    before = weights_of(model)
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=losses, run_eagerly=True)
    given = {"x": inputs, "y": targets, "sample_weight": None if weights is None else [weights] * len(targets)}
    if len(targets) == 1:
        given["y"], given["sample_weight"] = targets[0], weights
    loss = float(model.test_on_batch(**given, return_dict=True)["loss"])
    serialized = model.to_json()
    trained = None
    if learns(model) and not draws_numbers(model):
        trained = {"loss": float(model.train_on_batch(**given, return_dict=True)["loss"]), "weights": weights_of(model)}
    found = {
        "model": json.loads(serialized),
        "inputs": {x._keras_history.operation.name: tensor(value) for x, value in zip(model.inputs, inputs)},
        "targets": [tensor(y) for y in targets],
        "sampleWeight": None if weights is None else tensor(weights),
        "learns": learns(model),
        "weights": before,
        "outputs": [tensor(output.numpy()) for output in outputs],
        "loss": loss,
        "trained": trained,
    }
    require_finite(found)
    return found


def require_finite(value) -> None:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            require_finite(one)
    elif isinstance(value, float) and not abs(value) < 1e6:
        raise NotFinite


def leaves(model):
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        else:
            yield layer


def learns(model) -> bool:
    """Lockstep trains no model of which nothing would change."""
    return len(model.trainable_weights) > 0


def draws_numbers(model) -> bool:
    noise = (L.Dropout, L.SpatialDropout1D, L.SpatialDropout2D, L.GaussianNoise, L.GaussianDropout, L.AlphaDropout)
    return any(isinstance(getattr(layer, "layer", layer), noise) for layer in leaves(model))


def fill(model, rng) -> None:
    """Weights of any size, variances and factors above zero; of a model that learns nothing, as they begin."""
    for layer in leaves(model):
        for weight in layer.weights:
            if "int" in weight.dtype or not learns(model):
                continue
            positive = weight.name in ("gamma", "variance", "moving_variance")
            drawn = rng.uniform(0.5, 1.5, weight.shape) if positive else rng.normal(0, 0.4, weight.shape)
            weight.assign(drawn.astype("float32"))
        if isinstance(layer, L.Normalization):
            layer.finalize_state()


def weights_of(model) -> dict:
    """The weights of each layer, flat; counts are no numbers of the model."""
    found = {}
    for layer in leaves(model):
        own = [weight.numpy() for weight in layer.weights if "int" not in weight.dtype]
        if own:
            found[layer.name] = [value.ravel().tolist() for value in own]
    return found


def data_of(x, model, rng):
    """Data of an input: indices where an Embedding reads it, in part zeros where steps are masked."""
    shape = (ROWS, *x.shape[1:])
    found = [layer for layer in model.layers if isinstance(layer, L.Embedding)]
    if found:
        return rng.integers(0, found[0].input_dim, shape).astype(x.dtype)
    data = rng.normal(0, 1, shape).astype("float32")
    if any(isinstance(layer, L.Masking) for layer in model.layers):
        data[rng.random(shape[:2]) < 0.3] = 0
    return data


def weights_for(outputs, rng):
    """
    Weights of rows or, for one output of sequences, of their steps, in part 0; None where Keras would spread those of rows over
    another axis.
    """
    shape = outputs[0].shape[:-1] if len(outputs) == 1 else (ROWS,)
    if len(shape) > 2 or (len(outputs) > 1 and any(len(output.shape) != 2 for output in outputs)):
        return None
    drawn = rng.uniform(0.2, 2, shape) * (rng.random(shape) < 0.8)
    return drawn.astype("float32") if drawn.any() else None


def judge(d: Draw, made, rng):
    """
    A loss that suits an output, and targets. On TensorFlow, Keras reads crossentropies of what a sigmoid or a softmax has made
    from their inputs, whatever the loss says of logits; no such loss is drawn there.
    """
    is_tied = hasattr(made, "_keras_logits")
    output = made.numpy()
    size = output.shape[-1]
    any_numbers = rng.normal(0, 1, output.shape).astype("float32")
    shares = rng.uniform(0.05, 1, output.shape).astype("float32")
    bits = rng.integers(0, 2, output.shape).astype("float32")
    signs = 2 * bits - 1
    losses = keras.losses
    options = [
        (losses.MeanSquaredError(), any_numbers),
        (losses.MeanSquaredError(), any_numbers),
        (losses.MeanAbsoluteError(), any_numbers),
        (losses.Huber(), any_numbers),
        (losses.LogCosh(), any_numbers),
        (losses.Hinge(), signs),
        (losses.SquaredHinge(), signs),
        (losses.CosineSimilarity(), any_numbers),
        (losses.BinaryCrossentropy(from_logits=True, label_smoothing=d.one(0.0, 0.1)), bits),
        (losses.BinaryFocalCrossentropy(from_logits=True, gamma=d.one(2.0, 1.5)), bits),
    ]
    if is_tied:
        options = options[:8]
    elif size > 1:
        classes = rng.integers(0, size, output.shape[:-1])
        chosen = np.eye(size, dtype="float32")[classes]
        options += [
            (losses.CategoricalCrossentropy(from_logits=True, label_smoothing=d.one(0.0, 0.2)), chosen),
            (losses.SparseCategoricalCrossentropy(from_logits=True), classes.astype("int32")),
            (losses.CategoricalFocalCrossentropy(from_logits=True), chosen),
            (losses.CategoricalHinge(), chosen),
        ]
    if (output > 0.02).all():
        options += [(losses.Poisson(), shares), (losses.MeanSquaredLogarithmicError(), shares)]
    if (output > 0.02).all() and (output < 0.98).all() and not is_tied:
        options += [(losses.BinaryCrossentropy(), bits), (losses.KLDivergence(), shares)]
    return options[int(rng.integers(len(options)))]


def tensor(value) -> dict:
    return {"shape": list(value.shape), "dtype": str(value.dtype), "values": value.ravel().tolist()}


def listed(value) -> list:
    return list(value) if isinstance(value, (list, tuple)) else [value]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
