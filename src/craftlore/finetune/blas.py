"""MLX's Linux build for the CPU links a plain BLAS; OpenBLAS, loaded in its place, makes matrices an order of magnitude quicker.

It also takes and returns gigabytes for every operation: glibc, told to keep them and to use large pages, saves a quarter of a step.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import mlx.core as mx

__all__ = ["ADVICE", "find_openblas", "needed", "restart_with_openblas"]

PLACES = ("/usr/lib/*/openblas-pthread/libblas.so.3", "/usr/lib/*/openblas-openmp/libblas.so.3", "/usr/lib64/libopenblas*.so*", "/usr/lib/libopenblas*.so*")
KEEP_MEMORY = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000",
}  # fmt: skip
ADVICE = "Training on this CPU is about ten times quicker with OpenBLAS: apt-get install libopenblas0-pthread"


def find_openblas() -> Path | None:
    """The library to load before MLX's own, if there is one on this machine."""
    root = Path("/")
    return next((path for place in PLACES for path in sorted(root.glob(place.removeprefix("/")))), None)


def needed() -> bool:
    """Whether matrices would go through the slow BLAS: MLX on a Linux CPU, with no other BLAS loaded before it."""
    return platform.system() == "Linux" and mx.default_device() == mx.Device(mx.cpu) and "blas" not in os.environ.get("LD_PRELOAD", "")


def restart_with_openblas() -> str | None:
    """Start this command anew with OpenBLAS where that helps, which does not return; advice where it would help and is missing."""
    if not needed():
        return None
    library = find_openblas()
    if library is None:
        return ADVICE
    before = os.environ.get("LD_PRELOAD")
    os.environ.update({**KEEP_MEMORY, **os.environ, "LD_PRELOAD": f"{library}:{before}" if before else str(library)})
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "craftlore", *sys.argv[1:]])  # noqa: S606 - this very program with its own arguments
