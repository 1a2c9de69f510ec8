"""The real engine as a process of its own, so that a test can kill it: `engine.py MODEL.gguf` prints its address and waits."""

from __future__ import annotations

import sys
import threading

import xllamacpp

settings = xllamacpp.CommonParams()
settings.model.path = sys.argv[1]
settings.n_ctx = 4096
settings.port = 0
server = xllamacpp.Server(settings)
sys.stdout.write(f"{server.listening_address}\n")
sys.stdout.flush()
threading.Event().wait()
