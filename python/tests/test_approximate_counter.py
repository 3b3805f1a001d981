"""The example of ApproxMC as an oracle, which compares itself with all solutions."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyapproxmc")

EXAMPLE = Path(__file__).parents[2] / "examples" / "python" / "approximate_counter.py"


def test_the_walk_is_uniform_and_the_counts_alone_are_not():
    out = subprocess.run(
        [sys.executable, EXAMPLE], capture_output=True, text=True, check=True, timeout=300
    ).stdout
    walk, forward = map(float, re.findall(r"off by (-?[0-9.]+) deviations", out))
    assert abs(walk) < 4
    assert forward > 8
    assert "301 solutions listed" in out
