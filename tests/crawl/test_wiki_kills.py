"""A crawl that is killed again and again: the same bytes in the end, and no answer asked for twice."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from pathlib import Path

from crawling import SEEDS, Crawler
from fault_proxy import Proxy
from mediawiki import MediaWiki

from craftlore.records import Label

KILLS = 20
FEW = {label: SEEDS[label] for label in (Label.MUSIC, Label.SKY, Label.PLAY)}


def killed(crawler: Crawler, proxy: Proxy, more: int, pause: float) -> bool:
    """Start a crawl and kill it `pause` seconds after its `more`-th request, or after it has asked nothing for a while."""
    before = len(proxy.asked)
    process = subprocess.Popen(crawler.command(), env=crawler.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    patience = time.monotonic() + 3 + 20 * pause
    while process.poll() is None and len(proxy.asked) < before + more and time.monotonic() < patience:
        time.sleep(0.002)
    time.sleep(pause)
    process.kill()
    return process.wait() != 0


def test_twenty_kills_change_nothing_and_repeat_nothing(wiki: MediaWiki, tmp_path: Path) -> None:
    chance = random.Random(4)
    with Proxy(wiki.api) as proxy:
        calm = Crawler(tmp_path / "calm", proxy.api, FEW)
        calm.run()
        wanted, needed = calm.files, Counter(proxy.answered)
        proxy.asked.clear()
        crawler = Crawler(tmp_path / "killed", proxy.api, FEW)
        in_flight: set[str] = set()
        kills = 0
        while kills < KILLS:
            kills += killed(crawler, proxy, chance.randint(1, 2 * len(needed) // KILLS), chance.random() * 0.1)
            time.sleep(0.1)  # so that the proxy has finished with what was on its way
            in_flight |= set(proxy.answered[-1:])  # it may have been killed before it could write that one down
        crawler.run()
        again = {key for key, times in Counter(proxy.answered).items() if times > 1}
    assert crawler.files == wanted
    assert set(proxy.answered) == set(needed) and again <= in_flight, "only what was on its way when the process died is asked for again"
    assert not [path.name for path in crawler.folder.iterdir() if path.name.startswith(".")], "nothing half-written stays behind"
