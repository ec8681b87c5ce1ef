"""Answers that others published of VaR, and where to find them."""

import csv
import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from deskwatch.risk.vector import Vector
from tests.conformance.case import REPOSITORY

FOLDER = REPOSITORY.parent / "shared" / "data" / "08_var_es"

#: Tests of a published table, which is not part of the project.
published = pytest.mark.skipif(not FOLDER.exists(), reason=f"{FOLDER} is missing")


@cache
def answers(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


@cache
def edhec() -> dict[str, Vector]:
    """Monthly returns of hedge fund styles, oldest first, by name."""
    with (FOLDER / "edhec.csv").open() as file:
        names, *rows = csv.reader(file)
    columns = np.array([[float(cell) for cell in row[1:]] for row in rows]).T
    return dict(zip(names[1:], columns, strict=True))
