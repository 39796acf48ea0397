"""What the allocator holds and does not need goes back to the system."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# 100 MB in small blocks of which the last stays, so that the heap cannot shrink from its end.
PROGRAM = """
import ctypes
from pathlib import Path
from aggregator import allocator

def resident() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS:"))

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
blocks = [libc.malloc(2_000) for _ in range(50_000)]
for block in blocks:
    ctypes.memset(block, 1, 2_000)
for block in blocks[:-1]:
    libc.free(ctypes.c_void_p(block))
before = resident()
allocator.give_back()
print(before - resident())
"""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc is told to give memory back"
)
def test_holes_between_what_stays_are_given_back() -> None:
    """Of 100 MB that were freed behind a block that stays, nearly all goes back."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) > 80
