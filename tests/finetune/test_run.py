"""The stage from rows to forms on the tiny model, and what ends it early."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import FakeEncoder
from typer.testing import CliRunner

from craftlore.artifacts import sha256_file
from craftlore.cli import app
from craftlore.config import Config, FinetuneConfig
from craftlore.errors import FinetuneError, WeightsError
from craftlore.finetune import run as stage
from craftlore.finetune.base import Base, find_base
from craftlore.finetune.parity import Tolerance
from craftlore.finetune.plan import check_memory
from craftlore.finetune.run import Prepared, Told, export_forms, prepare, train_adapter
from craftlore.library import Library

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of transformers


def configured(home: Path, settings: FinetuneConfig) -> Config:
    return Config(home=home, finetune=settings)


@pytest.fixture(scope="module")
def base(tiny: Path) -> Base:
    return Base("tiny", tiny.with_name("mlx"), tiny, sha256_file(tiny))


@pytest.fixture(scope="module")
def home(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stage")
    rows = (pairs / "train.jsonl").read_text().splitlines(keepends=True)
    (made / "dataset").mkdir()
    (made / "dataset" / "train.jsonl").write_text("".join(row for row in rows if "kubb" not in row and "wau" not in row))
    (made / "dataset" / "valid.jsonl").write_text("".join(row for row in rows if "kubb" in row or "wau" in row))
    return made


@pytest.fixture(scope="module")
def prepared(base: Base, home: Path, settings: FinetuneConfig) -> Prepared:
    return prepare(configured(home, settings), base)


def test_the_plan_has_every_number(prepared: Prepared) -> None:
    plan = prepared.plan
    assert "cores" in plan.device and plan.rows == 14 and plan.steps == 12 and plan.shared_tokens > 10
    assert min(plan.memory_estimate_gb, plan.memory_measured_gb, plan.first_epoch_tokens_per_second, plan.later_tokens_per_second, plan.hours) > 0


def test_rows_become_an_adapter_in_every_form(prepared: Prepared, home: Path, settings: FinetuneConfig, library: Library) -> None:
    config = configured(home, settings)
    adapter = train_adapter(prepared, config, library, FakeEncoder(), Told(), resume=False)
    run = json.loads((adapter / "run.json").read_text())
    assert run["data"]["train.jsonl"] == sha256_file(home / "dataset" / "train.jsonl") and run["settings"]["rank"] == settings.rank
    forms = export_forms(prepared, adapter, Told(), Tolerance(0.15, 1.0))
    assert [form.form for form in forms] == ["base without adapter", "fused, MLX", "fused, GGUF Q8_0", "base GGUF + GGUF LoRA"]
    assert forms[0].mean > 10 * max(form.mean for form in forms[1:]), "the adapter changes far more than rounding does"
    assert (home / "finetune" / "fused" / "Modelfile").read_text().startswith("FROM ./model-q8_0.gguf\n")
    with pytest.raises(FinetuneError, match=r"holds a run already\. .*--resume"):
        train_adapter(prepared, config, library, FakeEncoder(), Told(), resume=False)
    assert train_adapter(prepared, config, library, FakeEncoder(), Told(), resume=True) == adapter
    run["data"]["train.jsonl"] = "0"
    (home / "finetune" / "run.json").write_text(json.dumps(run))
    with pytest.raises(FinetuneError, match="holds a run with other data"):
        train_adapter(prepared, config, library, FakeEncoder(), Told(), resume=True)


def test_articles_in_both_parts_end_it(base: Base, home: Path, settings: FinetuneConfig, tmp_path: Path) -> None:
    shutil.copytree(home / "dataset", tmp_path / "dataset")
    with (tmp_path / "dataset" / "valid.jsonl").open("a") as file:
        file.write((tmp_path / "dataset" / "train.jsonl").read_text().splitlines()[0] + "\n")
    with pytest.raises(FinetuneError, match=r"1 articles are in train\.jsonl and in valid\.jsonl, the first is starter:"):
        prepare(configured(tmp_path, settings), base)


def test_short_memory_ends_it_with_the_numbers() -> None:
    with pytest.raises(FinetuneError, match=r"needs about 9\.1 GB of memory and 4\.0 GB are free"):
        check_memory(9.1, 4.0)


def test_an_interrupted_download_and_an_unknown_base_are_named(tmp_path: Path) -> None:
    config = Config(home=tmp_path)
    with pytest.raises(WeightsError, match="craftlore models pull"):
        find_base(config)
    file = config.weights_dir / "qwen2.5-coder-0.5b" / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"GGUF" * 100)
    with pytest.raises(WeightsError, match="has 400 bytes instead of 491400064"):
        find_base(config)
    with pytest.raises(FinetuneError, match="is a onnx model"):
        (config.weights_dir / "all-minilm-l6-v2").mkdir()
        for name, size in (("model.onnx", 22928619), ("tokenizer.json", None)):
            with (config.weights_dir / "all-minilm-l6-v2" / name).open("wb") as made:
                made.truncate(size or 0)
        find_base(Config(home=tmp_path, finetune=FinetuneConfig(base="all-minilm-l6-v2")))


def test_the_command_names_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRAFTLORE_HOME", str(tmp_path))
    found = CliRunner().invoke(app, ["finetune", "--accept"])
    assert isinstance(found.exception, FinetuneError) and "no report" in str(found.exception)


def test_a_new_adapter_is_whole_or_absent_and_nothing_said_of_the_old_one_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def writing(stop: type[BaseException] | None) -> Callable[..., None]:
        def halve(_: Path, out: Path, __: object) -> None:
            (out / "adapters.safetensors").touch()
            if stop:
                raise stop

        return halve

    old = tmp_path / "adapter" / "accepted.json"
    old.parent.mkdir()
    for file in (old, *(tmp_path / name for name in ("run.json", "curve.jsonl", "curve.png"))):
        file.touch()
    monkeypatch.setattr(stage, "halve", writing(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        stage.take_out(tmp_path, tmp_path, None)  # type: ignore[arg-type]
    assert [file.name for file in old.parent.iterdir()] == ["accepted.json"]
    monkeypatch.setattr(stage, "halve", writing(None))
    out = stage.take_out(tmp_path, tmp_path, None)  # type: ignore[arg-type]
    assert out == old.parent and {file.name for file in out.iterdir()} == {"adapters.safetensors", "run.json", "curve.jsonl", "curve.png"}
    assert not (tmp_path / ".adapter.partial").exists()
    old.touch()
    assert stage.take_out(tmp_path, tmp_path, None) == out and old.exists(), "the same run again takes nothing back"  # type: ignore[arg-type]
