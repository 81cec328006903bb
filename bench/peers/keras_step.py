"""Keras on TensorFlow as a peer: `model.fit` with a whole epoch in one execution. Settings: `fit` and `fit-jit` (XLA)."""

import os
import re

import numpy as np

from peer import Case, Layer, Peer, serve


def build(case: Case, threads: int, setting: str) -> Peer:
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    model = make_model(case)
    optimizer = keras.optimizers.Adam(case.learning_rate, case.beta1, case.beta2, case.epsilon)
    model.compile(
        optimizer,
        loss_for(case.loss),
        steps_per_execution=case.batches,
        jit_compile=setting.endswith("-jit"),
    )
    data = tf.data.Dataset.from_tensor_slices((np.stack(case.split(case.x)), np.stack(case.split(case.y))))

    def run(steps: int) -> float:
        history = model.fit(data, epochs=steps // case.batches, shuffle=False, verbose=0).history
        return history["loss"][-1]

    return Peer(f"Keras {keras.__version__}, TensorFlow {tf.__version__}", run, lambda rows: model.predict(rows, verbose=0))


def make_model(case: Case):
    """A Sequential with the case's weights; its last activation is left to the loss."""
    import keras

    *inner, last = [make_layer(layer) for layer in case.layers]
    last.activation = keras.activations.linear
    model = keras.Sequential([keras.Input(case.layers[0]["inputShape"]), *inner, last])
    model.set_weights(case.weights)
    return model


def make_layer(layer: Layer):
    """Lockstep's layer configs have Keras's names in camel case."""
    import keras

    snake = {re.sub(r"(?=[A-Z])", "_", key).lower(): value for key, value in layer.items()}
    make = getattr(keras.layers, snake.pop("type"))
    snake.pop("input_shape", None)
    return make(**snake)


def loss_for(name: str):
    import keras

    if name == "binaryCrossentropy":
        return keras.losses.BinaryCrossentropy(from_logits=True)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


if __name__ == "__main__":
    serve(build)
