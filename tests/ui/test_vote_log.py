"""Votes on their way to the Hub: the library's own scheduler, with a made-up Hub."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import pytest
from huggingface_hub import CommitScheduler

from inpaint_bench.bench.votes import Vote
from inpaint_bench.errors import BenchError
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.vote_log import start_log

VOTE = Vote("secret-session", "chelsea", 0.25, "telea", "mean_colour", "left", 8, None, "a-pair")
TOKEN = {"HF_TOKEN": "hf_made_up"}


class Hub:
    """Keeps what is committed, as `HfApi` would send it."""

    def __init__(self):
        self.made, self.files = [], {}
        self.run_as_future = ThreadPoolExecutor(1).submit

    def create_repo(self, repo_id, *, private, repo_type, exist_ok):
        self.made.append((repo_id, repo_type, private, exist_ok))
        return SimpleNamespace(repo_id=repo_id)

    def create_commit(self, repo_id, repo_type, operations, **options):
        for one in operations:
            with one.as_file() as file:
                self.files[one.path_in_repo] = file.read().decode()


@pytest.fixture
def settings(tmp_path):
    return Settings(votes_file=tmp_path / "votes.sqlite", votes_repo="me/votes")


def test_votes_are_pushed_a_line_each_without_the_session(settings):
    hub = Hub()
    log = start_log(settings, TOKEN, partial(CommitScheduler, hf_api=hub))
    for _ in range(2):
        log.add(VOTE)
        log.scheduler.trigger().result(timeout=20)
    log.scheduler.stop()
    assert hub.made == [("me/votes", "dataset", True, True)]
    ((path, content),) = hub.files.items()
    assert path == f"votes/{log.path.name}"
    first, second = (json.loads(line) for line in content.splitlines())
    assert first == second and first["answer"] == "left" and first["natural_right"] is None
    assert "secret-session" not in content and "time" not in first
    assert "a-pair" not in content and "pair" not in first


def test_another_start_has_a_file_of_its_own(settings):
    make = partial(CommitScheduler, hf_api=Hub())
    one, other = start_log(settings, TOKEN, make), start_log(settings, TOKEN, make)
    assert one.path != other.path
    for log in (one, other):
        log.scheduler.stop()


def test_without_a_data_set_or_a_token_nothing_is_pushed_or_imported(settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)  # importing it fails
    assert start_log(Settings(votes_file=settings.votes_file), TOKEN) is None
    assert start_log(settings, {}) is None


def test_a_hub_that_refuses_is_reported_in_one_line(settings):
    def refuse(**options):
        raise PermissionError("403: hf_made_up is no token of yours")

    with pytest.raises(BenchError, match="check INPAINT_BENCH_VOTES_REPO and HF_TOKEN") as caught:
        start_log(settings, TOKEN, refuse)
    assert "hf_made_up" not in str(caught.value) and "\n" not in str(caught.value)
