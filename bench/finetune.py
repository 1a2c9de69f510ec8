"""Training beside `mlx_lm.lora`: the same data, model and settings on this machine, one run; tokens a second, loss, memory.

    .venv/bin/python bench/finetune.py [--rows 16] [--epochs 3] [--layers 8] [--batch 4] [--base FOLDER] [--data FOLDER]

Each side runs in a process of its own, mlx-lm's first, and reports the seconds of each epoch (validation and saving not counted).
Both train on the same batches in the same order with Adam at a constant rate. mlx-lm also counts the padding token behind each row
as one to predict, so here our rows get that token too. Tokens are those of whole rows. On a Linux CPU both get OpenBLAS.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from craftlore.config import FinetuneConfig, load_config

RATE, RANK, SCALE, LONGEST = 1e-4, 8, 2.0, 2048


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    home = load_config()
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--base", type=Path, default=home.weights_dir / f"{home.finetune.base}-mlx")
    parser.add_argument("--data", type=Path, default=home.dataset_dir)
    parser.add_argument("--side", choices=["mlx-lm", "craftlore"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print(json.dumps((theirs if options.side == "mlx-lm" else ours)(options)))
        return
    found = {side: run(side) for side in ("mlx-lm", "craftlore")}
    print(f"{'':<12}{'first epoch':>14}{f'{options.epochs} epochs':>12}{'last loss':>12}{'peak GB':>10}   (tokens a second)")
    for side, f in found.items():
        first, whole = f["tokens"] / f["seconds"][0], f["tokens"] * options.epochs / sum(f["seconds"])
        print(f"{side:<12}{first:>14.1f}{whole:>12.1f}{f['losses'][-1]:>12.5f}{f['peak']:>10.2f}")
    one, other = found["mlx-lm"], found["craftlore"]
    apart = max(abs(a - b) for a, b in zip(one["losses"], other["losses"], strict=True))
    print(f"ratio {one['seconds'][0] / other['seconds'][0]:.2f} in the first epoch, {sum(one['seconds']) / sum(other['seconds']):.2f} over all;", end=" ")
    print(f"losses differ by {apart:.6f} at most over {len(one['losses'])} steps")


def run(side: str) -> dict[str, Any]:
    from craftlore.finetune.blas import find_openblas

    library = find_openblas()
    environment = {**os.environ, **({"LD_PRELOAD": str(library)} if library else {})}
    command = [sys.executable, __file__, *sys.argv[1:], "--side", side]
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
    return dict(json.loads(answer.splitlines()[-1]))


def batches(count: int, batch: int, epochs: int) -> list[list[int]]:
    """Row numbers of each step: the same for both sides, in the order of the file."""
    return [list(range(start, min(start + batch, count))) for _ in range(epochs) for start in range(0, count - batch + 1, batch)]


def ours(options: argparse.Namespace) -> dict[str, Any]:
    import mlx.core as mx
    import mlx.optimizers as optim
    from mlx.utils import tree_map

    from craftlore.finetune.network import open_network
    from craftlore.finetune.rows import Row, read_rows, shared_beginning

    settings = FinetuneConfig(rank=RANK, scale=SCALE, layers=options.layers, batch=options.batch, epochs=options.epochs)
    network = open_network(options.base, settings)
    read = read_rows(options.data / "train.jsonl", network.tokenizer, network.config["vocab_size"], at_least=options.batch, most_tokens=LONGEST)
    newline = network.tokenizer.encode("\n", add_special_tokens=False)
    rows = [Row((*row.tokens, *newline, 0), row.answer) for row in read[: options.rows]]
    optimizer: Any = optim.Adam(RATE, bias_correction=True)
    steps = batches(len(rows), options.batch, options.epochs)
    seconds, losses, started = [], [], time.perf_counter()
    network.share(shared_beginning(rows))
    for number, step in enumerate(steps, 1):
        value, gradient, answers = network.gradient([rows[row] for row in step])
        optimizer.update(network.model, tree_map(lambda g, n=answers: g / n, gradient))
        mx.eval(value, network.model.trainable_parameters(), optimizer.state)
        losses.append(value.item() / answers)
        if number % (len(steps) // options.epochs) == 0:
            seconds.append(time.perf_counter() - started)
            started = time.perf_counter()
    tokens = sum(len(rows[row].tokens) for step in steps[: len(steps) // options.epochs] for row in step)
    return {"seconds": seconds, "losses": losses, "tokens": tokens, "peak": mx.get_peak_memory() / 1e9}


def theirs(options: argparse.Namespace) -> dict[str, Any]:
    """`mlx_lm.lora` through its own command line parts; only the order of the batches is ours."""
    import types

    import mlx.core as mx
    import numpy as np
    from mlx_lm import lora
    from mlx_lm.tuner import trainer
    from mlx_lm.tuner.callbacks import TrainingCallback

    losses: list[float] = []
    marks: list[float] = []

    class Heard(TrainingCallback):
        def on_train_loss_report(self, info: dict[str, Any]) -> None:
            losses.append(info["train_loss"])
            marks.append(time.perf_counter())

    def same_order(dataset: Any, batch_size: int, max_seq_length: int, loop: bool = False, seed: int | None = None, comm_group: Any = None) -> Any:
        for step in batches(options.rows, batch_size, options.epochs if loop else 1):
            rows, starts = zip(*[dataset[row] for row in step], strict=True)
            lengths = [len(row) for row in rows]
            padded = np.zeros((len(rows), 1 + 32 * -(-max(lengths) // 32)), np.int32)  # as mlx-lm pads
            for number, row in enumerate(rows):
                padded[number, : len(row)] = row
            tokens.append(sum(lengths) + len(rows))
            yield mx.array(padded), mx.array(list(zip(starts, lengths, strict=True)))

    tokens: list[int] = []
    count = options.rows // options.batch
    with tempfile.TemporaryDirectory() as folder:
        changed = {
            "model": str(options.base), "train": True, "data": str(options.data), "num_layers": options.layers, "batch_size": options.batch,
            "iters": count * options.epochs, "learning_rate": RATE, "steps_per_report": 1, "steps_per_eval": 10**9, "save_every": 10**9, "mask_prompt": True,
            "max_seq_length": LONGEST, "adapter_path": folder, "optimizer_config": {"adam": {"bias_correction": True}},
            "lora_parameters": {"rank": RANK, "dropout": 0.0, "scale": SCALE},
        }  # fmt: skip
        args = types.SimpleNamespace(**{**lora.CONFIG_DEFAULTS, **changed})
        np.random.seed(args.seed)
        model, tokenizer = lora.load(args.model)
        train, _, _ = lora.load_dataset(args, tokenizer)
        lora.train = lambda **more: trainer.train(**{**more, "val_dataset": None, "iterate_batches": same_order})
        started = time.perf_counter()
        lora.train_model(args, model, train, [], Heard())
    ends = [started, *(marks[count * epoch - 1] for epoch in range(1, options.epochs + 1))]
    return {"seconds": [b - a for a, b in pairwise(ends)], "losses": losses, "tokens": sum(tokens[:count]), "peak": mx.get_peak_memory() / 1e9}


if __name__ == "__main__":
    main()
