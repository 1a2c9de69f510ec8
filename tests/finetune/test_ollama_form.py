"""The fused model in a real Ollama, made from the Modelfile."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from mlx_lm.utils import load_tokenizer

from craftlore.finetune.export import write_gguf, write_modelfile
from craftlore.finetune.parity import greedy

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of transformers
OLLAMA = "http://127.0.0.1:11434"
BUILT = Path(__file__).parents[2] / "data" / "ollama" / "ollama"
NAME = "craftlore-test-tiny"
ASKED = "Why do you think weavers in Ghana name their cloth?"


def test_ollama_makes_the_model_and_answers_as_mlx_does(tiny: Path, tmp_path: Path) -> None:
    program = shutil.which("ollama") or (str(BUILT) if BUILT.exists() else None)
    try:
        httpx.get(f"{OLLAMA}/api/version", timeout=2, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        pytest.skip(f"no Ollama listens on 127.0.0.1:11434 ({type(error).__name__}): scripts/with-ollama make test")
    if program is None:
        pytest.skip("an Ollama listens, but its program is not in PATH nor in data/ollama")
    folder = tiny.with_name("mlx")
    write_gguf(folder, tmp_path / "model.gguf")
    modelfile = write_modelfile(tmp_path, "model.gguf", 1024)
    home = {**os.environ, "HOME": str(BUILT.parent) if BUILT.exists() else os.environ["HOME"]}
    try:
        subprocess.run([program, "create", NAME, "-f", str(modelfile)], env=home, check=True, capture_output=True, timeout=300)
        messages = [{"role": "system", "content": "You help teachers."}, {"role": "user", "content": ASKED}]
        options = {"temperature": 0, "num_predict": 8, "seed": 0}
        body = {"model": NAME, "messages": messages, "stream": False, "options": options}
        answer = httpx.post(f"{OLLAMA}/api/chat", json=body, timeout=300, trust_env=False).raise_for_status().json()
        tokenizer = load_tokenizer(folder)
        prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True)
        assert answer["prompt_eval_count"] == len(prompt), "Ollama's template writes what the chat template writes"
        mine = greedy(folder, None, [prompt], 8)[0]
        sure = next((at for at, margin in enumerate(mine.margins) if margin < 0.6), 8)
        assert answer["message"]["content"].startswith(tokenizer.decode(mine.tokens[:sure]).strip("\ufffd "))
    finally:
        subprocess.run([program, "rm", NAME], env=home, check=False, capture_output=True, timeout=60)
