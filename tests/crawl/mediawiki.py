"""A real MediaWiki on loopback: Debian's package run in place, its data in a folder of ours, gone when the test ends.

Set up and running in about two seconds. Nothing is copied out of the package: `MW_CONFIG_FILE` points it at our settings.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from xml.sax.saxutils import escape

import httpx

PACKAGES = "mediawiki php-cli php-sqlite3 php-xml php-mbstring php-intl php-curl"
CODE = Path("/usr/share/mediawiki")
SETTINGS = """
$wgServer = "http://wiki.test";  // one name for the wiki whatever its port, so that records are the same in every run
$wgSQLiteDataDir = __DIR__;
$wgRightsUrl = "https://creativecommons.org/licenses/by-sa/4.0/";
$wgRightsText = "Creative Commons Attribution-Share Alike 4.0";
$wgMaxArticleSize = 4096;
$wgJobRunRate = 0;
$wgPingback = false;
$wgShowExceptionDetails = true;
// Nothing here outlives the test, so nothing waits for the disk: the import is five times as fast.
$wgDBservers = [ [ 'type' => 'sqlite', 'dbname' => $wgDBname, 'dbDirectory' => __DIR__, 'host' => '', 'user' => '', 'password' => '',
  'load' => 1, 'flags' => DBO_DEFAULT, 'variables' => [ 'synchronous' => 'OFF' ] ] ];
$wgJobTypeConf['default']['server']['variables']['synchronous'] = 'OFF';
$wgObjectCaches[CACHE_DB]['server']['variables']['synchronous'] = 'OFF';
"""


@dataclass(frozen=True)
class Page:
    title: str
    text: str
    timestamp: str = "2026-01-02T03:04:05Z"


def missing() -> str | None:
    """Why the real wiki cannot run on this machine, and what to do about it."""
    if CODE.is_dir() and shutil.which("php"):
        found = subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split()
        if {"pdo_sqlite", "xml", "mbstring", "intl", "curl"} <= set(found):
            return None
    return f"no MediaWiki on this machine; to have one: apt-get install --no-install-recommends {PACKAGES}"


def dump(pages: Iterable[Page]) -> str:
    """The pages in MediaWiki's own export format."""
    rows = (
        f"<page><title>{escape(page.title)}</title><revision><timestamp>{page.timestamp}</timestamp><contributor><username>Importer</username></contributor>"
        f'<model>wikitext</model><format>text/x-wiki</format><text xml:space="preserve">{escape(page.text)}</text></revision></page>'
        for page in pages
    )
    return f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">{"".join(rows)}</mediawiki>'


class MediaWiki:
    """One wiki with its database in `folder`; `api` is its address while it serves (`with MediaWiki(...) as wiki:`)."""

    def __init__(self, folder: Path, *, extracts: bool = True) -> None:
        self.folder, self.api = folder, ""
        self._server: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        extensions = ["Cite", "ParserFunctions", *(["TextExtracts"] if extracts else [])]
        where = ["--dbtype", "sqlite", "--dbname", "craftwiki", "--dbpath", str(folder), "--confpath", str(folder), "--scriptpath", ""]
        who = ["--server", "http://wiki.test", "--pass", os.urandom(12).hex(), "--skins", "Vector", "Craft wiki", "Keeper"]
        self.php("install", *where, "--extensions", ",".join(extensions), *who)
        with (folder / "LocalSettings.php").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS)

    def twin(self, folder: Path) -> MediaWiki:
        """The same wiki again, not serving yet, for a test that changes it."""
        made = object.__new__(MediaWiki)
        made.folder, made.api, made._server = folder, "", None
        shutil.copytree(self.folder, folder)
        settings = folder / "LocalSettings.php"
        settings.write_text(settings.read_text().replace(str(self.folder), str(folder)))
        return made

    def php(self, script: str, *arguments: str, text: str = "") -> str:
        """The output of one of MediaWiki's maintenance scripts, given `text` on its standard input."""
        command = ["php", str(CODE / "maintenance" / f"{script}.php"), *arguments]
        done = subprocess.run(command, input=text, env=self._environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
        return done.stdout

    def _environment(self) -> dict[str, str]:
        settings = self.folder / "LocalSettings.php"
        return os.environ | {"PHP_CLI_SERVER_WORKERS": "4"} | ({"MW_CONFIG_FILE": str(settings)} if settings.exists() else {})

    def load(self, pages: Iterable[Page]) -> None:
        """Import pages as a dump, in order, so that their ids and revisions are the same in every run."""
        self.php("importDump", "--quiet", text=dump(pages))

    def edit(self, title: str, text: str) -> None:
        self.php("edit", "--user", "Keeper", title, text=text)

    def delete(self, title: str) -> None:
        self.php("deleteBatch", text=title)

    def ask(self, **parameters: str | int) -> dict[str, Any]:
        """One request to the API, by itself, for what a test compares with."""
        answer = httpx.get(self.api, params={"format": "json", "formatversion": 2, **parameters}, timeout=60, trust_env=False)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def __enter__(self) -> Self:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        # However this process ends, its end of the pipe closes, and the shell takes the server and all its workers with it.
        command = ["bash", "-c", '"$@" </dev/null & read -r; kill -KILL 0', "bash", "php", "-S", address, "-t", str(CODE)]
        with (self.folder / "server.log").open("wb") as log:
            self._server = subprocess.Popen(command, env=self._environment(), stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
        self.api = f"http://{address}/api.php"
        for _ in range(100):
            try:
                self.ask(action="query", meta="siteinfo")
                return self
            except httpx.TransportError:
                time.sleep(0.1)
        self.__exit__()
        raise AssertionError(f"MediaWiki did not start: {(self.folder / 'server.log').read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        if self._server and self._server.stdin:
            self._server.stdin.close()
            self._server.wait()
            self._server = None
