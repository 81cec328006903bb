"""What the peers share: the case they train and the protocol they speak.

A case is a folder: `case.json` describes a model, its batch size, Adam's numbers and the tensors in `case.bin`, which are
the data and the initial weights of the Lockstep run it is compared with.

A peer prints one JSON line when it is ready, {"ready": "PyTorch 2.13.0"} or {"skip": "why not"}. From then on every line
{"steps": n} on stdin makes it train n steps, going on from where it stands, and answer {"seconds": s, "loss": l}. n is a
whole number of passes over the data and l is the mean loss of the last one. A line {"validate": true} makes it answer
{"accuracy": a}, the share of the case's validation rows that it classifies rightly. Between two lines it sleeps in a read.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np

Layer = dict[str, Any]
Run = Callable[[int], float]
Predict = Callable[[np.ndarray], np.ndarray]

_ends: list[Callable[[], None]] = []


@dataclass(frozen=True)
class Case:
    """One workload as every peer trains it. Data and weights are in Keras's layouts: rows first, channels last."""

    layers: list[Layer]
    loss: str
    batch_size: int
    batches: int
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    x: np.ndarray
    y: np.ndarray
    # Rows and labels that are not trained on; empty where nothing is validated.
    validation: list[np.ndarray]
    weights: list[np.ndarray]

    @staticmethod
    def read(folder: Path) -> "Case":
        described = json.loads((folder / "case.json").read_text())
        memory = (folder / "case.bin").read_bytes()
        x, y, *weights = [_tensor(memory, tensor) for tensor in described.pop("tensors")]
        validation = [_tensor(memory, tensor) for tensor in described.pop("validation")]
        return Case(**described, x=x, y=y, validation=validation, weights=weights)

    def split(self, rows: np.ndarray) -> list[np.ndarray]:
        """The rows of each batch, in order."""
        return np.split(rows, self.batches)

    def take_weights(self) -> Callable[[], np.ndarray]:
        """Hands out the initial weights one after the other."""
        return iter(self.weights).__next__


def _tensor(memory: bytes, tensor: dict[str, Any]) -> np.ndarray:
    size = int(np.prod(tensor["shape"]))
    return np.frombuffer(memory, tensor["type"], size, tensor["byteOffset"]).reshape(tensor["shape"]).copy()


@dataclass(frozen=True)
class Peer:
    """A library at work on a case."""

    # Library and version.
    ready: str
    run: Run
    # The outputs for rows, a score for each class.
    predict: Predict


def serve(build: Callable[[Case, int, str], Peer]) -> None:
    """Runs a peer. `build` takes the case, the number of threads and a setting.

    It imports its library itself: the number of threads must be settled before.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("case", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--setting", default="default")
    args = parser.parse_args()
    answer = _take_stdout()
    case = Case.read(args.case)
    try:
        peer = build(case, args.threads, args.setting)
    except ImportError as error:
        answer({"skip": str(error)})
        return
    answer({"ready": peer.ready})
    for line in sys.stdin:
        wish = json.loads(line)
        answer(_train(peer, wish["steps"]) if "steps" in wish else _validate(peer, case))
    for end in _ends:
        end()


def _train(peer: Peer, steps: int) -> dict[str, float]:
    began = time.perf_counter()
    loss = peer.run(steps)
    return {"seconds": time.perf_counter() - began, "loss": loss}


def _validate(peer: Peer, case: Case) -> dict[str, float]:
    x, y = case.validation
    return {"accuracy": float(np.mean(np.argmax(peer.predict(x), axis=1) == y))}


def at_end(end: Callable[[], None]) -> None:
    """What to do when no more steps are wanted."""
    _ends.append(end)


def _take_stdout() -> Callable[[dict[str, Any]], None]:
    """Keeps stdout for answers: what a library prints goes to stderr."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(message: dict[str, Any]) -> None:
        print(json.dumps(message), file=out, flush=True)

    return answer
