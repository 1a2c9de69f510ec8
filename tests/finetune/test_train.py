"""Training: the loss is mlx-lm's, it falls, and a killed run goes on along the same curve."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx.utils import tree_flatten
from mlx_lm.tuner.trainer import default_loss

from craftlore.config import FinetuneConfig
from craftlore.errors import FinetuneError
from craftlore.finetune.curve import Curve
from craftlore.finetune.network import Network, open_network
from craftlore.finetune.rows import Row, read_rows, shared_beginning
from craftlore.finetune.train import Training, best_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of transformers
BASE = {"base": "tiny", "base_sha256": "0" * 64}


def prepared(tiny: Path, pairs: Path, settings: FinetuneConfig) -> tuple[Network, list[Row], list[Row]]:
    network = open_network(tiny.with_name("mlx"), settings)
    train, valid = (
        read_rows(pairs / f"{name}.jsonl", network.tokenizer, network.config["vocab_size"], at_least=4, most_tokens=300) for name in ("train", "valid")
    )
    network.share(shared_beginning([*train, *valid]))
    return network, train, valid


def training(tiny: Path, pairs: Path, settings: FinetuneConfig, folder: Path, **more: Any) -> Training:
    network, train, valid = prepared(tiny, pairs, settings)
    folder.mkdir(exist_ok=True)
    return Training(network, train, valid, settings, folder, BASE, **more)


def losses(folder: Path) -> list[float]:
    return [line["loss"] for line in Curve(folder / "curve.jsonl").lines if "loss" in line]


@pytest.mark.parametrize("change", [{}, {"trunk_cache_gb": 0}, {"grad_checkpoint": True}, {"layers": 4}], ids=str)
def test_loss_and_gradient_are_those_of_mlx_lm(tiny: Path, pairs: Path, settings: FinetuneConfig, change: dict[str, Any]) -> None:
    """Shared beginning, kept trunk and head at answer positions alone change the cost and nothing else."""
    network, rows, _ = prepared(tiny, pairs, settings.model_copy(update=change))
    assert len(network.shared) > 10
    for name, value in tree_flatten(network.model.trainable_parameters()):  # fresh LoRA adds nothing; give it something to add
        network.model.load_weights([(name, value + 0.02)], strict=False)
    batch = [rows[0], rows[15], rows[7]]
    value, gradient, answers = network.gradient(batch)
    tokens = np.zeros((3, max(len(row.tokens) for row in batch) + 1), np.int32)
    for number, row in enumerate(batch):
        tokens[number, : len(row.tokens)] = row.tokens
    spans = mx.array([(row.answer, len(row.tokens) - 1) for row in batch])
    (theirs, count), their_gradient = nn.value_and_grad(network.model, default_loss)(network.model, mx.array(tokens), spans)
    assert count.item() == answers
    assert value.item() / answers == pytest.approx(theirs.item(), abs=1e-3)
    for (_, mine), (name, other) in zip(tree_flatten(gradient), tree_flatten(their_gradient), strict=True):
        assert mx.linalg.norm(mine / answers - other).item() < 0.01 * mx.linalg.norm(other).item(), name


def test_the_loss_falls_and_the_best_checkpoint_stays(tiny: Path, pairs: Path, settings: FinetuneConfig, tmp_path: Path) -> None:
    scores = {4: 0.9, 8: 0.2, 12: 0.1}
    seen: list[Path] = []

    def score(adapter: Path) -> dict[str, float]:
        seen.append(adapter)
        assert {"adapters.safetensors", "adapter_config.json", "adapter.gguf"} <= {file.name for file in adapter.iterdir()}
        return {"score": scores[int(adapter.name.removeprefix("step-"))]}

    best = training(tiny, pairs, settings, tmp_path / "run", score=score).run()
    curve = losses(tmp_path / "run")
    assert curve[-1] < curve[0] - 1, curve
    assert best["step"] == 4 and (tmp_path / "run" / "checkpoints" / "step-000004" / "adapters.safetensors").exists()
    assert (tmp_path / "run" / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == 3, "the best one and the last two"
    assert best_of([{"step": 0, "validation_loss": 0.0}, {"step": 4, "validation_loss": 2.0}, {"step": 8, "validation_loss": 1.0}]) == {
        "step": 8, "validation_loss": 1.0,
    }  # fmt: skip


def test_it_stops_when_nothing_gets_better(tiny: Path, pairs: Path, settings: FinetuneConfig, tmp_path: Path) -> None:
    eager = settings.model_copy(update={"epochs": 9, "evaluate_every": 1, "patience": 2})
    scores = iter([0.1, 0.8, 0.3, 0.2])
    best = training(tiny, pairs, eager, tmp_path / "run", score=lambda _: {"score": next(scores)}).run()
    assert (best["step"], best["score"]) == (2, 0.8)
    assert len(losses(tmp_path / "run")) == 4


def test_killed_and_resumed_it_goes_on_along_the_same_curve(tiny: Path, pairs: Path, settings: FinetuneConfig, tmp_path: Path) -> None:
    """`kill -9` in the middle of a real run in another process; dropout too is the same afterwards."""
    dropped = settings.model_copy(update={"dropout": 0.2, "accumulate": 2, "epochs": 4})
    training(tiny, pairs, dropped, tmp_path / "whole").run()
    run = tmp_path / "run"
    script = "import sys; sys.path[:0] = sys.argv[1:3]; import test_train; test_train.run_slowly(*sys.argv[3:])"
    here = Path(__file__).parent
    told = [str(here), str(here.parent), str(tiny), str(pairs), dropped.model_dump_json(), str(run)]
    child = subprocess.Popen([sys.executable, "-W", "ignore", "-c", script, *told])
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and child.poll() is None and not (run / "checkpoints" / "step-000004").exists():
        time.sleep(0.01)
    time.sleep(0.2)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    before = losses(run)
    assert 4 <= len(before) < len(losses(tmp_path / "whole"))
    with (run / "curve.jsonl").open("a") as file:
        file.write('{"step": 99, "lo')
    training(tiny, pairs, dropped, run).run()
    assert losses(run) == pytest.approx(losses(tmp_path / "whole"), abs=1e-5)
    evaluated = [[line["step"] for line in Curve(folder / "curve.jsonl").evaluations] for folder in (run, tmp_path / "whole")]
    assert evaluated[0] == evaluated[1] == [0, 4, 8]


def run_slowly(tiny: str, pairs: str, settings: str, folder: str) -> None:
    """In the process that is killed."""
    training(Path(tiny), Path(pairs), FinetuneConfig.model_validate_json(settings), Path(folder), watch=lambda _: time.sleep(0.15)).run()


def test_a_loss_that_is_no_number_ends_the_run_and_leaves_the_checkpoints(tiny: Path, pairs: Path, settings: FinetuneConfig, tmp_path: Path) -> None:
    run = training(tiny, pairs, settings.model_copy(update={"save_every": 1}), tmp_path / "run")

    def poison(step: Any) -> None:
        if step.step == 3:
            name, value = tree_flatten(run.network.model.trainable_parameters())[0]
            run.network.model.load_weights([(name, value * float("nan"))], strict=False)

    run.watch = poison
    with pytest.raises(FinetuneError, match=r"the loss is nan at step 4, learning rate 0\.0\d+, rows \[\d+, "):
        run.run()
    kept = tmp_path / "run" / "checkpoints" / "step-000002" / "adapters.safetensors"
    assert all(mx.isfinite(value).all().item() for value in mx.load(str(kept)).values())


def test_a_full_disk_names_the_numbers_and_leaves_the_checkpoints(tiny: Path, pairs: Path, settings: FinetuneConfig, tmp_path: Path) -> None:
    """A quota stands in for the full disk: no file of this process may grow beyond it."""
    import resource

    run = training(tiny, pairs, settings, tmp_path / "run")
    old, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def fill(step: Any) -> None:
        if step.step == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, old[1]))

    run.watch = fill
    try:
        with pytest.raises(FinetuneError, match=r"step 4 cannot be written .* MB are free.*--resume"):
            run.run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()] == ["step-000002"]
    run.watch = lambda _: None
    assert training(tiny, pairs, settings, tmp_path / "run").run()["step"] > 2
