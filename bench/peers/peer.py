"""What the peers share: the case they train and the protocol they speak.

A case is a folder: `case.json` describes a model, its batch size, Adam's numbers and the tensors in `case.bin`, which are
the data and the initial weights of the Lockstep run it is compared with.

A peer prints one JSON line when it is ready, {"ready": "PyTorch 2.13.0"} or {"skip": "why not"}. From then on every line
{"steps": n} on stdin makes it train n steps, going on from where it stands, and answer {"seconds": s, "loss": l}. n is a
whole number of passes over the data and l is the mean loss of the last one. Between two lines it sleeps in a read.
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
    weights: list[np.ndarray]

    @staticmethod
    def read(folder: Path) -> "Case":
        described = json.loads((folder / "case.json").read_text())
        memory = (folder / "case.bin").read_bytes()
        x, y, *weights = [_tensor(memory, tensor) for tensor in described.pop("tensors")]
        return Case(**described, x=x, y=y, weights=weights)

    def split(self, rows: np.ndarray) -> list[np.ndarray]:
        """The rows of each batch, in order."""
        return np.split(rows, self.batches)

    def take_weights(self) -> Callable[[], np.ndarray]:
        """Hands out the initial weights one after the other."""
        return iter(self.weights).__next__


def _tensor(memory: bytes, tensor: dict[str, Any]) -> np.ndarray:
    size = int(np.prod(tensor["shape"]))
    return np.frombuffer(memory, tensor["type"], size, tensor["byteOffset"]).reshape(tensor["shape"]).copy()


def serve(build: Callable[[Case, int, str], tuple[str, Run]]) -> None:
    """Runs a peer. `build` takes the case, the number of threads and a setting, and gives a description and how to run.

    It imports its library itself: the number of threads must be settled before.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("case", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--setting", default="default")
    args = parser.parse_args()
    answer = _take_stdout()
    try:
        ready, run = build(Case.read(args.case), args.threads, args.setting)
    except ImportError as error:
        answer({"skip": str(error)})
        return
    answer({"ready": ready})
    for line in sys.stdin:
        began = time.perf_counter()
        loss = run(json.loads(line)["steps"])
        answer({"seconds": time.perf_counter() - began, "loss": loss})
    for end in _ends:
        end()


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
