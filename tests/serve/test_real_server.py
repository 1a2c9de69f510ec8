"""The whole server with real weights: the index, the encoder and the small model, from the command line to a finished idea."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from craftlore.config import load_config
from craftlore.engines.catalogue import path_of
from craftlore.errors import WeightsError
from craftlore.library import Library
from craftlore.records import Idea
from craftlore.suggest.open import build_index, open_encoder
from craftlore.verify.ideas import audit_idea

pytestmark = pytest.mark.real
MODEL = "qwen2.5-coder-0.5b"


def test_a_teachers_way_from_a_search_to_an_idea_and_a_swap(tmp_path: Path, library: Library) -> None:
    config = load_config()
    try:
        path_of(config.weights_dir, MODEL)
        encoder = open_encoder(config)
    except WeightsError as error:
        if os.environ.get("CRAFTLORE_TEST_REAL") == "1":
            raise
        pytest.skip(f"needs real weights: {error}")
    home = tmp_path / "home"
    home.mkdir()
    (home / "weights").symlink_to(config.weights_dir.resolve())
    if (config.index_dir / "manifest.json").exists():
        shutil.copytree(config.index_dir, home / "index")
    build_index(config.model_copy(update={"home": home}), library, encoder)
    engine = f'[engine]\nname = "embedded"\nmodel = "{MODEL}"\nparallel = 1\nthreads = 1\n'
    (home / "craftlore.toml").write_text(engine + "[suggest]\nretries = 1\nmax_tokens = 400\n")
    environment = os.environ | {"CRAFTLORE_HOME": str(home), "CRAFTLORE_CONFIG": str(home / "craftlore.toml")}
    command = [sys.executable, "-m", "craftlore", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, cwd=home, text=True, stdout=subprocess.PIPE) as server:
        assert server.stdout
        try:
            address = re.search(r"http://127.0.0.1:\d+", server.stdout.readline())
            assert address
            with httpx.Client(base_url=address[0], timeout=300, trust_env=False) as client:
                assert client.get("/readyz").json()["ready"]
                request = {"text": "grade 4, egg cartons and dried beans, a sowing game"}
                card = client.post("/api/search", json=request).json()["cards"][0]
                with client.stream("POST", "/api/ideas", json=request | {"article_id": card["article_id"]}) as answer:
                    events = [json.loads(line) for line in answer.iter_lines() if line]
                idea = next(event["value"] for event in events if event["event"] == "idea")
                assert all(audit_idea(Idea.model_validate_json(json.dumps(idea)), library).values()) and idea["model"]["name"] == MODEL
                assert {"reading", "writing", "checking"} <= {event.get("state") for event in events}
                change = {"kind": "material", "from": idea["materials_used"][0], "to": "nothing of the kind"}
                refused = client.post("/api/ideas/regenerate", json={"idea": idea, "change": change}).json()["error"]["message"]
                assert "cannot stand in" in refused
        finally:
            server.terminate()
