#!/usr/bin/env bash
# read_csv(thousands=',') reads cells with commas in other places than before groups of three digits.
# One expects such a cell to stay text, as it is no number with thousands: a list "1,2,3", a decimal comma "0,5".
# What happens: commas are dropped wherever they follow a digit of the whole part: "1,2,3" is 123, "0,5" is 5,
# "1,e5" is 100000 and "12,34.5" is 1234.5, in a column of numbers and without a warning. After the point a comma
# makes text. The two engines differ: "1,,2" is 12 for the C engine and text for the Python engine.
# Versions: pandas 3.0.6, numpy 2.4.6.
set -euo pipefail
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
if [ -z "${PYTHON:-}" ]; then
  python3 -m venv "$T/v"
  "$T/v/bin/pip" install -q --retries 0 pandas==3.0.6 numpy==2.4.6
  PYTHON="$T/v/bin/python"
fi
"$PYTHON" - <<'PY'
import io
import sys

import pandas as pd

assert pd.__version__ == "3.0.6", "needs pandas 3.0.6"
print("pandas", pd.__version__)


def holds(fact, sentence):
    if not fact:
        sys.exit("The behaviour has changed: this no longer holds: " + sentence)
    print("Holds:", sentence)


def cell(text, engine="c"):
    table = pd.read_csv(io.StringIO(f"a;b\n{text};x\n"), sep=";", thousands=",", engine=engine)
    value = table["a"].tolist()[0]
    print(f"  {text!r} with engine {engine}: {value!r}, column of {table['a'].dtype}")
    return value


for engine in ("c", "python"):
    holds(cell("1,2,3", engine) == 123, f"a list 1,2,3 is the number 123 ({engine})")
    holds(cell("0,5", engine) == 5, f"0,5 is 5 ({engine})")
    holds(cell("12,34.5", engine) == 1234.5, f"12,34.5 is 1234.5 ({engine})")
    holds(cell("1,e5", engine) == 100000, f"1,e5 is 100000 ({engine})")
    holds(cell("1.2,3", engine) == "1.2,3", f"a comma after the point makes text ({engine})")
holds(cell("1,,2") == 12 and cell("1,,2", "python") == "1,,2", "the engines differ over 1,,2")
PY
