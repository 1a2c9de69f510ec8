"""Which engine a configuration means, opened."""

from __future__ import annotations

import platform
from importlib.util import find_spec

from craftlore.config import Config
from craftlore.engines.adapter import find_adapter
from craftlore.engines.catalogue import find, path_of, pinned
from craftlore.engines.seam import Engine
from craftlore.errors import EngineUnavailable

__all__ = ["engine_name", "open_engine"]


def engine_name(config: Config) -> str:
    """`auto` means MLX on Apple Silicon where it is installed, and the embedded llama.cpp everywhere else."""
    if config.engine.name != "auto":
        return config.engine.name
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return "mlx" if apple and find_spec("mlx_lm") else "embedded"


def open_engine(config: Config) -> Engine:
    """The engine that `config` asks for. Raises WeightsError or EngineUnavailable, saying what to do."""
    settings, name = config.engine, engine_name(config)
    if name == "server":
        from craftlore.engines.server import ServerEngine

        return ServerEngine(settings.url, settings.served_model, context=settings.context)
    model = find(settings.model)
    weights = path_of(config.weights_dir, settings.model, None)
    adapter = find_adapter(settings.adapter, settings.model, pinned(config.weights_dir, settings.model, model.weights_file))
    if name == "mlx":
        from craftlore.engines.convert import convert_gguf
        from craftlore.engines.mlx import MlxEngine

        folder = weights.parent if model.format == "mlx" else convert_gguf(weights, config.weights_dir / f"{settings.model}-mlx")
        return MlxEngine(folder, settings.model, context=settings.context, adapter=adapter)
    if model.format != "gguf":
        raise EngineUnavailable(f"the embedded engine reads GGUF files, and {settings.model} is {model.format}. Choose another [engine] model.")
    from craftlore.engines.embedded import EmbeddedEngine

    return EmbeddedEngine(weights, settings.model, context=settings.context, parallel=settings.parallel, threads=settings.threads, adapter=adapter)
