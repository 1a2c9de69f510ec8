"""An adapter folder, as `craftlore finetune` writes it: what it is called and which weights it belongs to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from craftlore.errors import EngineUnavailable

__all__ = ["STARTER_ADAPTER", "Adapter", "find_adapter", "read_adapter"]

STARTER_ADAPTER = Path(__file__).resolve().parent.parent / "starter" / "adapter"


@dataclass(frozen=True)
class Adapter:
    """`adapters.safetensors` and `adapter_config.json` (mlx-lm) and `adapter.gguf` (llama.cpp) in one folder."""

    folder: Path
    name: str
    base: str
    base_sha256: str

    @property
    def gguf(self) -> Path:
        return self.folder / "adapter.gguf"

    def check_base(self, model: str, sha256: str | None) -> None:
        """Raises EngineUnavailable if the adapter was trained on other weights than these."""
        if sha256 != self.base_sha256:
            raise EngineUnavailable(
                f"the adapter {self.folder} belongs to {self.base} (sha256 {self.base_sha256[:12]}), not to {model} (sha256 {(sha256 or 'unknown')[:12]}). "
                f"Set [engine] model = {self.base!r}, or train one for {model}."
            )


def find_adapter(setting: str, model: str, sha256: str | None) -> Adapter | None:
    """What [engine] adapter means for a model with this hash: "auto" the one that ships, if it is for this model; "starter" that one; "" none.

    Raises EngineUnavailable for a folder that holds no adapter, or one for other weights.
    """
    if setting == "auto":
        found = read_adapter(STARTER_ADAPTER) if (STARTER_ADAPTER / "adapter_config.json").exists() else None
        return found if found and found.base_sha256 == sha256 else None
    if not setting:
        return None
    found = read_adapter(STARTER_ADAPTER if setting == "starter" else Path(setting))
    found.check_base(model, sha256)
    return found


def read_adapter(folder: Path) -> Adapter:
    """The adapter in `folder`. Raises EngineUnavailable if a file is missing or unreadable."""
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        found = Adapter(folder, f"{config['base']}-lora-{config['name']}", config["base"], config["base_sha256"])
        for file in ("adapters.safetensors", "adapter.gguf"):
            if not (folder / file).is_file():
                raise EngineUnavailable(f"{folder} has no {file}. Point [engine] adapter at a folder that `craftlore finetune` wrote.")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineUnavailable(
            f"{folder} holds no adapter ({type(error).__name__}: {error}). Point [engine] adapter at a folder that `craftlore finetune` wrote."
        ) from error
    return found
