#!/usr/bin/env bash
# ScheduleFreeAdamW takes three steps with the gradients 1, 0.5 and -0.25 on one weight, on two backends of Keras.
# One expects the same numbers but for rounding: the optimizer is one Python file.
# What happens: on TensorFlow the second and third values differ in the third digit. "The point before" is kept as the variable itself,
# which the update then changes; on JAX it is a value. JAX's numbers are those of the paper's formula (Defazio et al., 2024).
# Versions: keras 3.15.1 on tensorflow-cpu 2.21.0 and on jax 0.10.2, numpy 2.4.6.
set -euo pipefail
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
if [ -z "${PYTHON:-}" ]; then
  python3 -m venv "$T/v"
  "$T/v/bin/pip" install -q --retries 0 keras==3.15.1 tensorflow-cpu==2.21.0 numpy==2.4.6 jax==0.10.2
  PYTHON="$T/v/bin/python"
fi
export KERAS_HOME="$T" TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0
cat > "$T/steps.py" <<'PY'
import keras
import numpy as np

assert keras.__version__ == "3.15.1", "needs keras 3.15.1"
weight = keras.Variable(np.array([1.0], "float32"))
optimizer = keras.optimizers.ScheduleFreeAdamW(learning_rate=0.1)
values = []
for gradient in (1.0, 0.5, -0.25):
    optimizer.apply([keras.ops.convert_to_tensor(np.array([gradient], "float32"))], [weight])
    values.append(round(float(keras.ops.convert_to_numpy(weight)[0]), 5))
print(*values)
PY
for backend in tensorflow jax; do
  KERAS_BACKEND=$backend "$PYTHON" "$T/steps.py" > "$T/$backend"
  echo "keras 3.15.1 on $backend: $(cat "$T/$backend")"
done
if [ "$(cat "$T/tensorflow")" != "0.9 0.86837 0.87043" ] || [ "$(cat "$T/jax")" != "0.9 0.86521 0.87085" ]; then
  echo "The behaviour has changed: the two backends no longer give 0.9 0.86837 0.87043 and 0.9 0.86521 0.87085" >&2
  exit 1
fi
echo "Holds: the backends differ from the second step on"
