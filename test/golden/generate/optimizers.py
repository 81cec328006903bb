"""
Makes test/golden/data/optimizers.json from optimizers.json: what ten steps of each Keras 3 optimizer change in the
weights of a small model, in float64. A moving average of the weights takes their place at the end, as after `fit`.

    python test/golden/generate/optimizers.py
"""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf

from keras_models import Built, snake
from models import described, fill, inputs_of, targets_of, total_loss

HERE = pathlib.Path(__file__).parent
STEPS = 10
LAYERS = [
    {"type": "Dense", "units": 4, "activation": "tanh", "inputShape": [5]},
    {"type": "Dense", "units": 2},
]
CLASSES = {
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "adam": "Adam",
    "adamw": "AdamW",
    "adamax": "Adamax",
    "nadam": "Nadam",
    "lion": "Lion",
    "ftrl": "Ftrl",
    "schedulefreeadamw": "ScheduleFreeAdamW",
    "lamb": "Lamb",
    "adafactor": "Adafactor",
}
RENAMED = {
    "beta1": "beta_1",
    "beta2": "beta_2",
    "beta2Decay": "beta_2_decay",
    "epsilon1": "epsilon_1",
    "epsilon2": "epsilon_2",
    "l1RegularizationStrength": "l1_regularization_strength",
    "l2RegularizationStrength": "l2_regularization_strength",
    "l2ShrinkageRegularizationStrength": "l2_shrinkage_regularization_strength",
}


def main() -> None:
    cases = [expected(case) for case in json.loads((HERE / "optimizers.json").read_text())]
    made = {"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__}
    path = HERE.parent / "data" / "optimizers.json"
    path.write_text(json.dumps({"made": made, "steps": STEPS, "cases": cases}, allow_nan=False) + "\n")
    print(f"optimizers: {len(cases)} cases")


def expected(case: dict) -> dict:
    keras.backend.clear_session()
    keras.config.set_floatx("float64")
    case = {"layers": LAYERS, "rows": 11, **case}
    built = Built(case)
    weights = fill(built, 1)
    before = [weight.numpy() for _, weight in built.weights()]
    train(case, built.model, optimizer_of(case["optimizer"]))
    changes = [weight.numpy() - start for (_, weight), start in zip(built.weights(), before)]
    return {"title": case["title"], "weights": weights, "changes": [described(change) for change in changes]}


def train(case: dict, model: keras.Model, optimizer: keras.Optimizer) -> None:
    inputs = inputs_of(case, model)
    targets = targets_of(case, [model(inputs)])
    variables = model.trainable_variables
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = total_loss(case, model, [model(inputs, training=True)], targets, None)
        optimizer.apply(tape.gradient(loss, [variable.value for variable in variables]), variables)
    optimizer.finalize_variable_values(variables)


def optimizer_of(given: dict) -> keras.Optimizer:
    """Keras 3 has no `decay`: an inverse time decay of the rate is the same."""
    names = {name: value for name, value in given.items() if name not in ("name", "decay", "excludeFromWeightDecay")}
    made = {RENAMED.get(name, snake(name)): value for name, value in names.items()}
    if "decay" in given:
        made["learning_rate"] = keras.optimizers.schedules.InverseTimeDecay(made["learning_rate"], 1, given["decay"])
    kind = CLASSES[given["name"]]
    optimizer = ScheduleFreeAdamW(**made) if kind == "ScheduleFreeAdamW" else getattr(keras.optimizers, kind)(**made)
    if "excludeFromWeightDecay" in given:
        optimizer.exclude_from_weight_decay(var_names=given["excludeFromWeightDecay"])
    return optimizer


class ScheduleFreeAdamW(keras.optimizers.ScheduleFreeAdamW):
    """
    As Keras computes it on JAX. On TensorFlow the `momentum.value` that `update_step` keeps is the variable itself, which then
    changes, so that Keras 3.15.1 takes the new point for the old one.
    """

    def assign_sub(self, variable, value):
        variable._value = tf.Variable(variable._value - value)


if __name__ == "__main__":
    main()
