"""Every fault of the rows is found before the first step, with its numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import chat
from mlx_lm.utils import load_tokenizer

from craftlore.errors import FinetuneError
from craftlore.finetune.batches import order_of_steps
from craftlore.finetune.rows import Row, read_rows, shared_beginning

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of transformers


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> Any:
    return load_tokenizer(tiny.with_name("mlx"))


def written(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path, tokenizer: Any, **more: Any) -> list[Row]:
    return read_rows(path, tokenizer, more.pop("vocabulary", 200_000), **{"at_least": 1, "most_tokens": 300, **more})


def test_a_row_ends_with_the_end_token_of_its_answer(tokenizer: Any, tmp_path: Path) -> None:
    row = read(written(tmp_path / "t.jsonl", chat("kolam", 0)), tokenizer)[0]
    assert tokenizer.decode(row.tokens[row.answer :]) == '{"title": "Our kolam"}<|im_end|>'
    assert tokenizer.decode(row.tokens[: row.answer]).endswith("<|im_start|>assistant\n")
    assert row.article == "starter:kolam"


def test_fewer_rows_than_a_batch(tokenizer: Any, tmp_path: Path) -> None:
    with pytest.raises(FinetuneError, match="has 2 rows, and a batch takes 4"):
        read(written(tmp_path / "t.jsonl", chat("kolam", 0), chat("kente", 0)), tokenizer, at_least=4)


def test_rows_that_are_too_long(tokenizer: Any, tmp_path: Path) -> None:
    path = written(tmp_path / "t.jsonl", chat("kolam", 0), chat("kente", 99), chat("oware", 50))
    with pytest.raises(FinetuneError, match=r"has 2 rows of more than 300 tokens; the longest, line 2, has 8\d\d"):
        read(path, tokenizer)


@pytest.mark.parametrize(
    "row",
    [{"prompt": "x", "completion": "y"}, {"messages": []}, {"messages": chat("kolam", 0)["messages"][:2]}, ["text"], {"messages": ["a", "b"]}],
    ids=["prompt", "empty", "no answer", "list", "texts"],
)
def test_mixed_formats(tokenizer: Any, tmp_path: Path, row: Any) -> None:
    with pytest.raises(FinetuneError, match=r"mixes formats: 1 of 3 rows .* the first is line 2"):
        read(written(tmp_path / "t.jsonl", chat("kolam", 0), row, chat("kente", 0)), tokenizer)


def test_no_file_and_no_json(tokenizer: Any, tmp_path: Path) -> None:
    with pytest.raises(FinetuneError, match="craftlore dataset"):
        read(tmp_path / "none.jsonl", tokenizer)
    (tmp_path / "t.jsonl").write_text('{"messages"')
    with pytest.raises(FinetuneError, match="no JSON Lines"):
        read(tmp_path / "t.jsonl", tokenizer)


def test_a_tokenizer_of_another_model(tokenizer: Any, tmp_path: Path) -> None:
    path = written(tmp_path / "t.jsonl", chat("kolam", 0))
    with pytest.raises(FinetuneError, match=r"the token 15164\d, and the model knows 1000"):
        read(path, tokenizer, vocabulary=1000)

    class Otherwise:
        eos_token_ids = frozenset((1,))

        def apply_chat_template(self, messages: list[Any], **_: Any) -> list[int]:
            return [len(messages), 5, 1]

    with pytest.raises(FinetuneError, match="does not suit training"):
        read(path, Otherwise())


def test_the_beginning_that_saves_most_is_shared_and_holds_no_answer() -> None:
    long = [Row((1, 2, 3, 4, 5, n, 7), 6) for n in range(6)]
    assert shared_beginning(long) == (1, 2, 3, 4, 5)
    assert shared_beginning([*long, Row((9, 8, 7), 2)]) == (1, 2, 3, 4, 5), "one other row does not spoil it"
    assert shared_beginning([Row((1, 2), 1), Row((3, 4), 1)]) == ()
    assert shared_beginning([Row((1, 2, 3), 2), Row((1, 2, 3), 2)]) == (1,)


def test_every_row_comes_once_an_epoch_in_an_order_that_only_the_seed_decides() -> None:
    lengths = [10 + n % 7 for n in range(53)]
    order = order_of_steps(lengths, 4, 3, 2, seed=1)
    assert order == order_of_steps(lengths, 4, 3, 2, seed=1) != order_of_steps(lengths, 4, 3, 2, seed=2)
    rows = [row for step in order for batch in step for row in batch]
    assert sorted(rows[:53]) == sorted(rows[53:]) == list(range(53))
    assert rows[:53] != rows[53:]
    spread = [max(lengths[row] for row in batch) - min(lengths[row] for row in batch) for step in order for batch in step]
    assert sum(spread) / len(spread) < 2, "neighbours in length share a batch"
