"""The journal: no question twice, whatever happens; rounds of questions; a folder that is in use, foreign, damaged or full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from craftlore.crawl.journal import Journal
from craftlore.errors import CrawlError

API, QUERY = "https://wiki.test/w/api.php", {"action": "query", "titles": "Kite"}


class Asked:
    """A wiki that counts, and answers with the number of the question."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, query: Any) -> dict[str, Any]:
        self.count += 1
        return {"answer": self.count, "of": "Ṣọ̀pọ̀ná 凧"}


def test_a_question_is_asked_once_whatever_the_order_of_its_words(tmp_path: Path) -> None:
    asked = Asked()
    with Journal(tmp_path / "j", API) as journal:
        first = journal.answer(QUERY, asked, 1)
        assert journal.answer(dict(reversed(QUERY.items())), asked, 1) == first == {"answer": 1, "of": "Ṣọ̀pọ̀ná 凧"}
    with Journal(tmp_path / "j", API) as journal:
        assert journal.answer(QUERY, asked, 1) == first and not journal.has({"action": "parse"}, 1) and asked.count == 1


def test_an_answer_that_failed_is_not_kept(tmp_path: Path) -> None:
    def fail(query: Any) -> dict[str, Any]:
        raise CrawlError("no")

    with Journal(tmp_path / "j", API) as journal:
        with pytest.raises(CrawlError):
            journal.answer(QUERY, fail, 1)
        assert not journal.has(QUERY, 1)


def test_a_visit_begins_only_when_the_one_before_is_finished(tmp_path: Path) -> None:
    asked = Asked()
    with Journal(tmp_path / "j", API) as journal:
        journal.begin_visit()
        assert journal.visit == 1 and journal.past_sizes() == {}
        journal.answer(QUERY, asked, 1)
        journal.finish_visit({"Category:Kites": (3, 1)})
        journal.begin_visit()
    with Journal(tmp_path / "j", API) as journal:
        journal.begin_visit()
        assert journal.visit == 2 and journal.past_sizes() == {"Category:Kites": (3, 1)}
        assert journal.answer(QUERY, asked, 1)["answer"] == 1 and not journal.has(QUERY, 2)
        assert journal.answer(QUERY, asked, 2)["answer"] == 2
        assert [(journal.known(QUERY, 1, until) or {})["answer"] for until in (1, 2)] == [1, 2]


def test_what_lasts_is_asked_once_for_all_visits_unless_it_was_an_error(tmp_path: Path) -> None:
    asked, page, gone = Asked(), {"action": "parse", "oldid": "1"}, {"action": "parse", "oldid": "2"}
    with Journal(tmp_path / "j", API) as journal:
        journal.answer(page, asked, 1, lasts=True)
        journal.answer(gone, lambda query: {"error": {"code": "nosuchrevid"}}, 1, lasts=True)
        assert journal.has(gone, 1)
        journal.finish_visit({})
        journal.begin_visit()
        assert journal.has(page, 2) and journal.answer(page, asked, 2)["answer"] == 1 and not journal.has(gone, 2)


def test_a_killed_process_leaves_every_answer_behind(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom craftlore.crawl.journal import Journal\n"
        f"journal = Journal(Path(sys.argv[1]), {API!r})\n"
        "for n in range(50): journal.answer({'n': str(n)}, lambda query: {'n': query['n']}, 1)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "j")], check=False)
    assert done.returncode == -signal.SIGKILL
    with Journal(tmp_path / "j", API) as journal:
        assert [journal.known({"n": str(n)}, 1, 1) for n in range(50)] == [{"n": str(n)} for n in range(50)]


def test_two_crawls_do_not_share_a_folder(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", API), pytest.raises(CrawlError, match=r"another crawl is at work in .* --out"):
        Journal(tmp_path / "j", API)


def test_the_journal_of_another_wiki_is_left_alone(tmp_path: Path) -> None:
    Journal(tmp_path / "j", API).__exit__()
    with pytest.raises(CrawlError, match=r"holds the crawl of https://wiki\.test/w/api\.php\. Give --out"):
        Journal(tmp_path / "j", "https://other.test/api.php")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"this is no database" * 100)
    with pytest.raises(CrawlError, match=r"j is damaged .* Move it away"):
        Journal(tmp_path / "j", API)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(CrawlError, match=r"cannot be written"):
        Journal(Path("/dev/full") / "crawl" / "j", API)
    assert os.listdir(tmp_path) == []
