"""One run of the stage as a process of its own, to be killed: one_run.py HOME FOLDER URL ARTICLE..."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    from small import few, planner

    from craftlore.dataset.ask import from_engine
    from craftlore.dataset.run import run
    from craftlore.engines.server import ServerEngine

    home, folder, url, *articles = sys.argv[1:]
    inputs = few(planner(Path(home)), articles)
    run(inputs, Path(folder), from_engine(ServerEngine(url), inputs.planner.config), lambda total, answered: None)
