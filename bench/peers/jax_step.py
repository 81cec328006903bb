"""JAX as a peer. Settings: `step`, one call of a jitted step with donated buffers a batch, and `scan`, one call an epoch."""

import os

from peer import Case, Layer, Peer, serve


def build(case: Case, threads: int, setting: str) -> Peer:
    limit_threads(threads)
    import jax
    import jax.numpy as jnp

    binary = case.loss == "binaryCrossentropy"

    def loss_of(weights, x, y):
        logits = apply(case.layers, weights, x)
        if binary:
            logits = logits[:, 0]
            return jnp.mean(jnp.logaddexp(0, logits) - y * logits)
        chosen = jnp.take_along_axis(logits, y[:, None], axis=1)[:, 0]
        return jnp.mean(jax.nn.logsumexp(logits, axis=1) - chosen)

    def step(state, batch):
        weights, m, v, t, total = state
        loss, gradients = jax.value_and_grad(loss_of)(weights, *batch)
        t = t + 1
        rate = case.learning_rate * jnp.sqrt(1 - case.beta2**t) / (1 - case.beta1**t)
        m = [case.beta1 * a + (1 - case.beta1) * g for a, g in zip(m, gradients)]
        v = [case.beta2 * a + (1 - case.beta2) * g * g for a, g in zip(v, gradients)]
        weights = [w - rate * a / (jnp.sqrt(b) + case.epsilon) for w, a, b in zip(weights, m, v)]
        return weights, m, v, t, total + loss

    jitted = jax.jit(step, donate_argnums=0)
    whole_epoch = jax.jit(lambda state, data: jax.lax.scan(lambda s, b: (step(s, b), None), state, data)[0], donate_argnums=0)
    weights = [jnp.asarray(weight) for weight in case.weights]
    state = (weights, [w * 0 for w in weights], [w * 0 for w in weights], jnp.float32(0), jnp.float32(0))
    batches = [(jnp.asarray(x), jnp.asarray(y)) for x, y in zip(case.split(case.x), case.split(case.y))]
    stacked = tuple(jnp.stack(part) for part in zip(*batches)) if setting == "scan" else None

    def run(steps: int) -> float:
        nonlocal state
        for _ in range(steps // case.batches):
            state = (*state[:4], jnp.float32(0))
            if setting == "scan":
                state = whole_epoch(state, stacked)
            else:
                for batch in batches:
                    state = jitted(state, batch)
        return float(state[4]) / case.batches

    outputs = jax.jit(lambda weights, x: apply(case.layers, weights, x))
    return Peer(f"JAX {jax.__version__}", run, lambda rows: outputs(state[0], rows))


def limit_threads(threads: int) -> None:
    """XLA makes one thread a core that the process may run on, unless NPROC says otherwise."""
    os.environ["NPROC"] = str(threads)
    os.environ["JAX_PLATFORMS"] = "cpu"
    if threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"


def apply(layers: list[Layer], weights: list, x):
    """The model's output for a batch; its last activation is left to the loss."""
    import jax

    take = iter(weights).__next__
    for index, layer in enumerate(layers):
        x = apply_layer(layer, take, x)
        if layer.get("activation") == "relu" and index < len(layers) - 1:
            x = jax.nn.relu(x)
    return x


def apply_layer(layer: Layer, take, x):
    import jax

    kind = layer["type"]
    if kind == "Dense":
        return x @ take() + take()
    if kind == "Conv2D":
        layouts = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, take(), (1, 1), "VALID", dimension_numbers=layouts) + take()
    if kind == "MaxPooling2D":
        window = (1, layer["poolSize"], layer["poolSize"], 1)
        return jax.lax.reduce_window(x, -jax.numpy.inf, jax.lax.max, window, window, "VALID")
    if kind == "Flatten":
        return x.reshape(x.shape[0], -1)
    if kind == "LSTM":
        return lstm(take(), take(), take(), x)
    raise ImportError(f"no {kind} layer in this script")


def lstm(kernel, recurrent, bias, x):
    """The last hidden state; gates in Keras's order i, f, c, o. The input product of all times is one product."""
    import jax
    import jax.numpy as jnp

    inputs = jnp.swapaxes(x @ kernel + bias, 0, 1)

    def cell(state, at_time):
        h, c = state
        i, f, g, o = jnp.split(at_time + h @ recurrent, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), None

    zeros = jnp.zeros((x.shape[0], recurrent.shape[0]), x.dtype)
    return jax.lax.scan(cell, (zeros, zeros), inputs)[0][0]


if __name__ == "__main__":
    serve(build)
