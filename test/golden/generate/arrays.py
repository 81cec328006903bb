"""Small arrays of every kind that NumPy, safetensors and the sets of digits and pictures come in, and what they hold.

Run from the root of the project, with safetensors beside Keras: python test/golden/generate/arrays.py
"""

import decimal
import gzip
import json
import os
import shutil
import struct
from importlib.metadata import version

import keras
import ml_dtypes
import numpy as np
import pyarrow as pa
import safetensors.numpy
from pyarrow import feather

FOLDER = os.path.join("test", "golden", "data", "arrays")
read, refused, scores = [], [], {}


def plain(array):
    """The numbers of an array in order of its rows; what JSON has no name for as text."""
    flat = np.asarray(array).ravel().tolist()
    return [str(value) if isinstance(value, float) and not np.isfinite(value) else value for value in flat]


def held(file, key, array):
    read.append({"file": file, "key": key, "type": str(array.dtype), "shape": list(array.shape), "values": plain(array)})


def npy(file, array, **options):
    np.lib.format.write_array(open(path(file), "wb"), array, **options)
    return array


def path(file):
    return os.path.join(FOLDER, file)


def write(file, data):
    with open(path(file), "wb") as out:
        out.write(data)


def numbers():
    base = np.array([[0, 1, -2], [3, -100, 127]])
    for name in "int8 int16 int32 int64 float16 float32 float64".split():
        held(f"{name}.npy", "", npy(f"{name}.npy", base.astype(name)))
    for name in "uint8 uint16 uint32 uint64".split():
        top = np.array([[0, 1, 2], [3, 100, min(np.iinfo(name).max, 2**53)]], dtype=name)
        held(f"{name}.npy", "", npy(f"{name}.npy", top))
    for name in "i2 i4 i8 u2 u4 u8 f2 f4 f8".split():
        values = np.abs(base) if name[0] == "u" else base
        held(f"big-{name}.npy", "", npy(f"big-{name}.npy", values.astype(">" + name)))
    held("bool.npy", "", npy("bool.npy", np.array([[True, False], [False, True]])))
    wide = np.array([-(2**53), 2**53, 2**40 + 1, -1])
    held("wide.npy", "", npy("wide.npy", wide))
    halves = np.array([0.1, -0.0, 65504, 6e-8, np.inf, -np.inf, np.nan, 6.1e-5], dtype=np.float16)
    held("halves.npy", "", npy("halves.npy", halves))
    held("zero-d.npy", "", npy("zero-d.npy", np.float64(2.5)))
    held("one-d.npy", "", npy("one-d.npy", np.arange(3.0)))
    held("empty.npy", "", npy("empty.npy", np.zeros((0, 3), np.float32)))
    cube = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    held("fortran.npy", "", npy("fortran.npy", np.asfortranarray(cube)))
    held("fortran-big.npy", "", npy("fortran-big.npy", np.asfortranarray(base.astype(">i2"))))
    held("version-2.npy", "", npy("version-2.npy", cube, version=(2, 0)))
    held("version-3.npy", "", npy("version-3.npy", cube, version=(3, 0)))
    np.save(path("written-cube.npy"), cube)
    np.savez(path("written.npz"), **{"a": np.load(path("uint8.npy")), "b/c": np.arange(3.0)})
    names = np.array(["cat", "dög", "a\U0001f600"])
    held("texts.npy", "", npy("texts.npy", names))
    held("big-texts.npy", "", npy("big-texts.npy", names.astype(">U4")))
    read.append({"file": "bytes.npy", "key": "", "type": "|S3", "shape": [2], "values": ["cat", "ox"]})
    npy("bytes.npy", np.array([b"cat", b"ox"]))


def others():
    def no(file, array, says):
        npy(file, array)
        refused.append({"file": file, "says": says})

    no("objects.npy", np.array([1, "a"], dtype=object), "Python objects")
    no("bfloat16.npy", np.ones(3, ml_dtypes.bfloat16), "bfloat16")
    no("strings.npy", np.array(["a", "b"], dtype=np.dtypes.StringDType()), "Python objects")
    no("structured.npy", np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")]), "structured array")
    no("dates.npy", np.array(["2024-01-01"], dtype="M8[D]"), "datetime64")
    no("durations.npy", np.array([1], dtype="m8[s]"), "timedelta64")
    no("complex.npy", np.array([1j]), "complex numbers")
    no("long-doubles.npy", np.zeros(2, np.longdouble), "another length")
    npy("beyond.npy", np.array([1, 2**53 + 1]))
    refused.append({"file": "beyond.npy", "says": "beyond 2\\^53"})
    npy("beyond-unsigned.npy", np.array([1, 2**64 - 1], np.uint64))
    refused.append({"file": "beyond-unsigned.npy", "says": "beyond 2\\^53"})


def archives():
    arrays = {"x": np.arange(12, dtype=np.float32).reshape(4, 3), "deep/y": np.array([1, 0, 2, 1])}
    for file, save in {"stored.npz": np.savez, "packed.npz": np.savez_compressed}.items():
        save(path(file), np.ones(2), **arrays)
        for key, array in {**arrays, "arr_0": np.ones(2)}.items():
            held(file, key, array)


def tensors():
    arrays = {
        "b": np.arange(6, dtype=np.float64).reshape(2, 3),
        "a": np.array([1, 2, 3], np.int8),
        "half": np.array([0.5, -2], np.float16),
        "brain": np.array([0.5, -2, 3.140625], ml_dtypes.bfloat16),
        "yes": np.array([True, False]),
        "wide": np.array([2**40, -1]),
    }
    safetensors.numpy.save_file(arrays, path("tensors.safetensors"), {"made": "by numpy"})
    for key, array in arrays.items():
        held("tensors.safetensors", key, array.astype(np.float32) if key == "brain" else array)
        read[-1]["type"] = str(array.dtype)


def idx(array, code):
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + array.tobytes()


def digits():
    """As MNIST's files are laid out."""
    pictures = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    write("pictures-idx3-ubyte", idx(pictures, 8))
    held("pictures-idx3-ubyte", "", pictures)
    write("pictures-idx3-ubyte.gz", gzip.compress(idx(pictures, 8), mtime=0))
    held("pictures-idx3-ubyte.gz", "", pictures)
    floats = np.array([[0.5, -1], [2, 3]], ">f4")
    write("floats-idx2", idx(floats, 13))
    held("floats-idx2", "", floats.astype("f4"))


def cifar():
    """As CIFAR's binary files are laid out; beside them the pictures as keras.datasets gives them."""
    draws = np.random.default_rng(1)
    os.mkdir(path("cifar10"))
    every, labels = [], []
    for number in (1, 2):
        planes = draws.integers(0, 4, (2, 3, 32, 32), dtype=np.uint8)
        label = draws.integers(0, 10, 2, dtype=np.uint8)
        write(f"cifar10/data_batch_{number}.bin", b"".join(bytes([l]) + p.tobytes() for l, p in zip(label, planes)))
        every.append(planes.transpose(0, 2, 3, 1))
        labels.append(label)
    held("cifar10", "x", np.concatenate(every))
    held("cifar10", "y", np.concatenate(labels))
    planes = draws.integers(0, 4, (1, 3, 32, 32), dtype=np.uint8)
    write("cifar100.bin", bytes([7, 55]) + planes.tobytes())
    held("cifar100.bin", "x", planes.transpose(0, 2, 3, 1))
    held("cifar100.bin", "fine", np.array([55], np.uint8))
    held("cifar100.bin", "coarse", np.array([7], np.uint8))


def tables():
    """Columns of every type that Arrow has for numbers and texts, as pyarrow writes them."""
    columns = {f"{kind}{bits}": pa.array([1, 0, 3, 100], f"{kind}{bits}") for kind in ("int", "uint") for bits in (8, 16, 32, 64)}
    columns |= {f"float{bits}": pa.array(np.array([0.5, -2, 3, 100], f"f{bits // 8}")) for bits in (16, 32, 64)}
    columns["bool"] = pa.array([True, False, False, True])
    columns["list"] = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(8, dtype=np.float32)), 2)
    columns["text"] = pa.array(["ox", "cat", "dög", "ox"])
    columns["dictionary"] = pa.array(["b", "a", "b", "c"]).dictionary_encode()
    columns["decimal"] = pa.array([decimal.Decimal(t) for t in ("1.25", "-3.50", "0.01", "99999.99")], pa.decimal128(12, 2))
    columns["time"] = pa.array([1_700_000_000_250, 0, -1500, 5], pa.timestamp("ms"))
    columns["date"] = pa.array([0, 19000, -1, 2], pa.date32())
    columns["null"] = pa.array([1.5, None, 2.5, None])
    columns["any"] = pa.array([[1], [2, 3], [], [4]])
    table = pa.table(columns)
    for file, options in {
        "plain.arrow": {"compression": "uncompressed", "chunksize": 3},
        "lz4.feather": {},
        "zstd.feather": {"compression": "zstd"},
    }.items():
        feather.write_feather(table, path(file), **options)
        for key in columns:
            if key in ("text", "dictionary"):
                read.append({"file": file, "key": key, "type": "<U3", "shape": [4], "values": columns[key].to_pylist()})
            elif key == "list":
                held(file, key, np.arange(8, dtype=np.float32).reshape(4, 2))
            elif key == "decimal":
                held(file, key, np.array([1.25, -3.5, 0.01, 99999.99]))
            elif key in ("time", "date"):
                seconds = {"time": [1_700_000_000.25, 0, -1.5, 0.005], "date": [0, 19000 * 86400, -86400, 172800]}[key]
                held(file, key, np.array(seconds, np.float64))
            elif key not in ("null", "any"):
                held(file, key, columns[key].to_numpy(zero_copy_only=False))
    x = np.arange(60000, dtype=np.float32).reshape(-1, 6) % 7
    feather.write_feather(pa.table({f"c{i}": x[:, i] for i in range(6)} | {"label": (x[:, 0] > 3).astype("i4")}), path("long.feather"))


def score(x, y, other, labels):
    """The accuracy on other rows of a plain network of Keras that has learned these."""
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Flatten(), keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=60, verbose=0)
    return model.evaluate(other, labels, verbose=0)[1]


def training():
    """320 digits of examples/data, 240 of them to train on, in every format."""
    with gzip.open(os.path.join("examples", "data", "digits.csv.gz"), "rt") as file:
        table = np.loadtxt(file, delimiter=",")[:320]
    x, y = table[:, :-1].reshape(-1, 8, 8).astype(np.uint8), table[:, -1].astype(np.int64)
    train, test = slice(0, 240), slice(240, 320)
    np.savez_compressed(path("digits.npz"), x_train=x[train], y_train=y[train], x_test=x[test], y_test=y[test])
    scores["digits.npz"] = score(x[train] / 16, y[train], x[test] / 16, y[test])
    np.save(path("digits-x.npy"), x[train])
    np.save(path("digits-y.npy"), y[train].astype(np.int32))
    np.save(path("digits-test-x.npy"), x[test])
    np.save(path("digits-test-y.npy"), y[test])
    np.save(path("digits-columns.npy"), table[train].astype(np.float16))
    np.save(path("digits-test-columns.npy"), table[test].astype(">f4"))
    words = np.array("zero one two three four five six seven eight nine".split())
    np.savez(path("digits-words.npz"), x=x[train], y=words[y[train]])
    halves = {"left": x[train, :, :4].astype(np.float32), "right": x[train, :, 4:], "digit": y[train]}
    np.savez(path("digits-halves.npz"), **halves, odd=(y[train] % 2).astype(bool))
    safetensors.numpy.save_file({"x": x[train].astype(np.float32), "y": y[train]}, path("digits.safetensors"))
    write("digits-images-idx3-ubyte", idx(x[train], 8))
    write("digits-labels-idx1-ubyte.gz", gzip.compress(idx(y[train].astype(np.uint8), 8), mtime=0))
    columns = {f"p{i}": x[train].reshape(-1, 64)[:, i] for i in range(64)}
    feather.write_feather(pa.table(columns | {"digit": y[train]}), path("digits.feather"))
    lists = pa.FixedSizeListArray.from_arrays(pa.array(x[train].astype(np.float32).ravel()), 64)
    feather.write_feather(pa.table({"x": lists, "y": words[y[train]]}), path("digits-lists.feather"), compression="zstd")
    x[train].astype(np.uint16).tofile(path("digits.u16"))


shutil.rmtree(FOLDER, ignore_errors=True)
os.makedirs(FOLDER)
numbers()
others()
archives()
tensors()
digits()
cifar()
tables()
training()
versions = {name: version(name) for name in ("numpy", "ml_dtypes", "safetensors", "keras", "pyarrow")}
with open(path("index.json"), "w", encoding="utf8") as out:
    lines = [json.dumps(entry, ensure_ascii=False) for entry in read]
    out.write('{"versions":%s,"scores":%s,"refused":%s,"read":[\n%s\n]}\n' % (json.dumps(versions), json.dumps(scores), json.dumps(refused), ",\n".join(lines)))
