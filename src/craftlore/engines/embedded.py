"""llama.cpp inside this process: no server to install, no compiler, no account.

xllamacpp runs llama.cpp's own server on a loopback port that it picks; asking it over that port gives the same code path
as any other server, with token counts and cancelling by hanging up. A random key keeps other local users out.
"""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

import httpx

from craftlore.engines.adapter import Adapter
from craftlore.engines.server import ServerEngine
from craftlore.errors import EngineUnavailable

__all__ = ["EmbeddedEngine"]


class EmbeddedEngine(ServerEngine):
    """A GGUF file, with a LoRA adapter if there is one, served by llama.cpp in this process; `parallel` answers at a time share the weights."""

    def __init__(self, gguf: Path, model: str, *, context: int = 4096, parallel: int = 2, threads: int = 0, adapter: Adapter | None = None) -> None:
        try:
            import xllamacpp
        except ImportError as error:
            raise EngineUnavailable("the embedded engine needs the package xllamacpp: run `make install`.") from error
        key = secrets.token_urlsafe(24)
        settings = xllamacpp.CommonParams()
        settings.model.path = str(gguf)
        settings.model_alias = {model}
        if adapter:
            settings.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter.gguf), 1.0)]
        settings.n_ctx = context * parallel
        settings.n_parallel = parallel
        settings.cpuparams.n_threads = threads or os.cpu_count() or 1
        settings.cpuparams_batch.n_threads = threads or os.cpu_count() or 1
        settings.n_gpu_layers = 0
        settings.verbosity = -1
        settings.hostnames = ["127.0.0.1"]
        settings.api_keys = [key]
        try:
            self._server: xllamacpp.Server | None = xllamacpp.Server(settings)
        except (RuntimeError, ValueError) as error:
            with_adapter = f" with the adapter {adapter.gguf}" if adapter else ""
            raise EngineUnavailable(f"llama.cpp cannot load {gguf}{with_adapter} ({error}). Run `craftlore models verify {model}`.") from error
        self._wait_until_ready(f"{self._server.listening_address}/health")
        super().__init__(f"{self._server.listening_address}/v1", context=context, name="embedded", api_key=key)
        self.model, self.adapter = model, adapter.name if adapter else None
        self.address, self.api_key = self._url, key

    def close(self) -> None:
        super().close()
        self._server = None

    @staticmethod
    def _wait_until_ready(url: str, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise EngineUnavailable(f"llama.cpp did not get ready within {seconds:.0f} s")
