"""The arena's votes on their way to a data set on the Hugging Face Hub, where a host asks for it.

The disk of a Space is empty after each start. So every start writes a file of its own, one line
a vote, and a scheduler of the Hub's library pushes what has been added every few minutes. What
says who voted when stays behind.
"""

from __future__ import annotations

import json
import logging
import os
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from inpaint_bench.bench.votes import Vote
from inpaint_bench.errors import BenchError
from inpaint_bench.ui.settings import Settings

__all__ = ["VoteLog", "start_log"]

_MINUTES = 5
_log = logging.getLogger(__name__)


class _Scheduler(Protocol):
    lock: AbstractContextManager[Any]  # held while a push looks at the files


@dataclass(frozen=True, eq=False)
class VoteLog:
    """A file of votes that is pushed.

    Attributes:
        path: JSON lines, this process's own.
        scheduler: pushes the folder of `path`.
    """

    path: Path
    scheduler: _Scheduler

    def add(self, vote: Vote) -> None:
        """Write a vote down, without its session and the word for its pair."""
        said = {name: v for name, v in asdict(vote).items() if name not in ("session", "pair")}
        with self.scheduler.lock, self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(said) + "\n")


def start_log(
    settings: Settings,
    environment: Mapping[str, str] = os.environ,
    scheduler: Callable[..., _Scheduler] | None = None,
) -> VoteLog | None:
    """Return a log whose votes are pushed to `settings.votes_repo`; None without it or a token.

    Args:
        environment: holds HF_TOKEN.
        scheduler: makes what pushes; by default `huggingface_hub.CommitScheduler`.

    Raises:
        BenchError: the data set cannot be reached or made with this token.
    """
    repo, token = settings.votes_repo, environment.get("HF_TOKEN", "")
    if not (repo and token):
        if repo:
            _log.warning("votes are not pushed to %s: expected a token in HF_TOKEN", repo)
        return None
    if scheduler is None:
        from huggingface_hub import CommitScheduler as scheduler

    folder = settings.votes_file.parent / "pushed"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        pushing = scheduler(
            repo_id=repo,
            repo_type="dataset",
            folder_path=folder,
            path_in_repo="votes",
            every=_MINUTES,
            allow_patterns="*.jsonl",
            private=True,
            token=token,
        )
    except (OSError, ValueError) as error:  # the library's own errors are of these
        raise BenchError(
            f"expected to push votes to the data set {repo!r}, but the Hub refused "
            f"({type(error).__name__}): check INPAINT_BENCH_VOTES_REPO and HF_TOKEN"
        ) from error
    return VoteLog(folder / f"{uuid.uuid4().hex}.jsonl", pushing)
