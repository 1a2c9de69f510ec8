"""The adapter that ships: whole, accepted, for the base that the catalogue pins, and with the figures that its card claims."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

from craftlore.engines.adapter import STARTER_ADAPTER, find_adapter, read_adapter
from craftlore.engines.catalogue import catalogue

MOST_BYTES = 16_000_000  # of both forms: a repository that people clone


def document(name: str) -> Any:
    return json.loads((STARTER_ADAPTER / name).read_text(encoding="utf-8"))


def test_it_is_whole_and_belongs_to_the_pinned_base() -> None:
    adapter = read_adapter(STARTER_ADAPTER)
    [pinned] = catalogue()[adapter.base].files
    assert adapter.base_sha256 == pinned.sha256
    assert sum(path.stat().st_size for path in STARTER_ADAPTER.iterdir()) < MOST_BYTES


def test_auto_serves_it_with_its_own_base_alone() -> None:
    adapter = read_adapter(STARTER_ADAPTER)
    assert find_adapter("auto", adapter.base, adapter.base_sha256) == adapter
    assert find_adapter("auto", "qwen2.5-coder-1.5b", "0" * 64) is None and find_adapter("", adapter.base, adapter.base_sha256) is None


def test_it_was_accepted_and_its_name_is_the_hash_of_its_run() -> None:
    run, report, accepted = document("run.json"), document("report.json"), document("accepted.json")
    named = {key: run[key] for key in ("settings", "data", "rows", "chat_sha256")} | {"base": {k: v for k, v in run["base"].items() if k != "name"}}
    assert run["base"]["name"] == hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:8] == document("adapter_config.json")["name"]
    for measure in ("safe", "valid"):
        assert report["change"]["with"][measure]["mean"] >= 0 and report["change"]["without"][measure]["mean"] >= 0
        assert accepted[measure] == report["change"]["with"][measure]


def test_its_loss_fell_and_every_form_was_compared() -> None:
    curve = [json.loads(line) for line in Path(STARTER_ADAPTER / "curve.jsonl").read_text(encoding="utf-8").splitlines()]
    checked = {line["step"]: line["validation_loss"] for line in curve if "validation_loss" in line}
    best = document("run.json")["best"]
    assert math.isclose(checked[best["step"]], best["validation_loss"]) and best["validation_loss"] < 0.8 * checked[0]
    assert {row["form"] for row in document("parity.json")} == {"base without adapter", "fused, MLX", "fused, GGUF Q8_0", "base GGUF + GGUF LoRA"}
