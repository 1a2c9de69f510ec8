"""Checkpoints: a folder appears under its name only when it is whole, so that any of them can be gone on from after `kill -9`.

The optimizer's state is all that has to be saved besides the adapter: data order, learning rate and random numbers are
functions of the step.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten, tree_unflatten

from craftlore.artifacts import read_manifest, write_json
from craftlore.errors import FinetuneError
from craftlore.finetune.export import write_adapter
from craftlore.finetune.network import Network

__all__ = ["clean", "latest", "path_at", "restore", "save"]


def path_at(folder: Path, step: int) -> Path:
    return folder / f"step-{step:06d}"


def latest(folder: Path) -> int | None:
    """The step of the newest whole checkpoint, or None."""
    steps = [int(path.name.removeprefix("step-")) for path in folder.glob("step-*") if read_manifest(path)]
    return max(steps, default=None)


def save(folder: Path, step: int, network: Network, optimizer: Any, base: dict[str, str]) -> Path:
    """Write the checkpoint of `step`: the adapter in its serving forms, and the optimizer. Raises FinetuneError when the disk is full."""
    final = path_at(folder, step)
    partial = final.with_name(f".{final.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        write_adapter(partial, network, base)
        mx.save_safetensors(str(partial / "optimizer.safetensors"), dict(tree_flatten(optimizer.state)))
        write_json(partial / "manifest.json", {"stage": "checkpoint", "step": step})
        shutil.rmtree(final, ignore_errors=True)
        os.replace(partial, final)
    except (OSError, RuntimeError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        free = shutil.disk_usage(folder).free if folder.exists() else 0
        raise FinetuneError(
            f"the checkpoint of step {step} cannot be written to {folder} ({error}); {free / 1e6:.0f} MB are free. "
            "The earlier checkpoints are whole: free some space, then `craftlore finetune --resume`."
        ) from error
    return final


def restore(folder: Path, step: int, network: Network, optimizer: Any) -> None:
    """Put the weights and the optimizer back to what they were at `step`. Raises FinetuneError for a damaged checkpoint."""
    path = path_at(folder, step)
    try:
        weights: Any = mx.load(str(path / "adapters.safetensors"))
        state: Any = mx.load(str(path / "optimizer.safetensors"))
        network.model.load_weights(list(weights.items()), strict=False)
        optimizer.state = tree_unflatten(list(state.items()))
    except (OSError, RuntimeError, ValueError) as error:
        raise FinetuneError(f"{path} is damaged ({error}). Delete this folder; `craftlore finetune --resume` takes the one before.") from error
    mx.eval(network.model.trainable_parameters(), optimizer.state)


def clean(folder: Path, keep: Iterable[int]) -> None:
    """Delete all checkpoints but those of the steps `keep`, and what a killed run left half-written."""
    wanted = {path_at(folder, step).name for step in keep}
    for path in (*folder.glob("step-*"), *folder.glob(".step-*.partial")):
        if path.name not in wanted:
            shutil.rmtree(path, ignore_errors=True)
