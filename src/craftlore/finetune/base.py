"""The model that is trained: the same verified bytes for training (MLX) and for serving."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from craftlore.config import Config
from craftlore.engines.adapter import read_adapter
from craftlore.engines.catalogue import find, path_of, pinned
from craftlore.engines.convert import convert_gguf
from craftlore.engines.seam import Engine
from craftlore.errors import FinetuneError

__all__ = ["Base", "find_base"]


@dataclass(frozen=True)
class Base:
    """`folder` is what MLX trains, `gguf` the file that it was converted from, if it was; `sha256` is that of the weights in the catalogue."""

    name: str
    folder: Path
    gguf: Path | None
    sha256: str

    def engine(self, adapter: Path | None, *, context: int = 4096) -> Engine:
        """The engine that serves this model, with the adapter in a folder. Raises EngineError."""
        found = read_adapter(adapter) if adapter else None
        if found:
            found.check_base(self.name, self.sha256)
        if self.gguf:
            from craftlore.engines.embedded import EmbeddedEngine

            return EmbeddedEngine(self.gguf, self.name, context=context, parallel=1, adapter=found)
        from craftlore.engines.mlx import MlxEngine

        return MlxEngine(self.folder, self.name, context=context, adapter=found)


def find_base(config: Config) -> Base:
    """The base of [finetune], converted for MLX where it is a GGUF. Raises WeightsError, or FinetuneError if its hash is not known."""
    name = config.finetune.base
    model, weights = find(name), path_of(config.weights_dir, name)
    sha256 = pinned(config.weights_dir, name, model.weights_file)
    if sha256 is None:
        raise FinetuneError(f"the hash of {name} is not known, so an adapter could not say what it belongs to. Run `craftlore models pull {name} --pin`.")
    if model.format == "mlx":
        return Base(name, weights.parent, None, sha256)
    if model.format != "gguf":
        raise FinetuneError(f"{name} is a {model.format} model; only language models are trained. Set [finetune] base.")
    return Base(name, convert_gguf(weights, config.weights_dir / f"{name}-mlx"), weights, sha256)
