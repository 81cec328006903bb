"""Writes events with TensorBoard's own messages and record writer to data/tensorboard.json.

    python test/golden/generate/board.py

Needs tensorboard (2.21.0 made the stored values).
"""

import base64
import io
import json
import os

import tensorboard
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.summary.writer.record_writer import RecordWriter

SECONDS = 1893456000.25


def framed(event):
    file = io.BytesIO()
    RecordWriter(file).write(event.SerializeToString(deterministic=True))
    return base64.b64encode(file.getvalue()).decode()


def scalars(step, **values):
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
    return Event(wall_time=SECONDS, step=step, summary=summary)


HISTOGRAM = HistogramProto(
    min=-1, max=2, num=4, sum=2.5, sum_squares=7.25, bucket_limit=[0.0, 1.0, 2.0], bucket=[1.0, 2.0, 1.0]
)

events = {
    "version": Event(wall_time=SECONDS, file_version="brain.Event:2"),
    "scalars": scalars(7, epoch_loss=0.25, epoch_accuracy=0.875),
    "large step": scalars(5_000_000_000, batch_loss=float("inf")),
    "not a number": scalars(128, epoch_loss=float("nan")),
    "histogram": Event(
        wall_time=SECONDS, step=3, summary=Summary(value=[Summary.Value(tag="dense/kernel/histogram", histo=HISTOGRAM)])
    ),
}

path = os.path.join(os.path.dirname(__file__), "..", "data", "tensorboard.json")
with open(path, "w") as file:
    records = {title: framed(event) for title, event in events.items()}
    json.dump({"versions": {"tensorboard": tensorboard.__version__}, "seconds": SECONDS, "records": records}, file, indent=2)
    file.write("\n")
