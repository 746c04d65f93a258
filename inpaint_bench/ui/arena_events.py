"""What happens on the Arena page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import gradio as gr
import numpy as np

from inpaint_bench.bench.votes import ANSWERS, Vote, VoteStore
from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.masks.ratio import hole_ratio
from inpaint_bench.ui import markup, steps
from inpaint_bench.ui.arena import Match, draw_match, standings
from inpaint_bench.ui.canvas import hatched
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import compare
from inpaint_bench.ui.hole_history import HoleHistory
from inpaint_bench.ui.inpaint_events import Canvas, InpaintEvents
from inpaint_bench.ui.session import Photograph
from inpaint_bench.ui.vote_log import VoteLog

__all__ = ["EXAMPLE", "OWN", "ArenaEvents"]

EXAMPLE, OWN = "an example", "mine, from the Inpaint page"
Shown = tuple[Match, str, str, str, str, str]  # match, its word, left, input, right, line


@dataclass(frozen=True)
class ArenaEvents:
    """The events of the page.

    Attributes:
        page: events of the Inpaint page, for its models and limits.
        entries: variants by name.
        names: those that can run here.
        store: of the votes.
        log: of what is pushed to the Hub; None where nothing is.
    """

    page: InpaintEvents
    entries: Mapping[str, Entry]
    names: tuple[str, ...]
    store: VoteStore
    log: VoteLog | None = None

    def new_pair(
        self,
        source: str,
        photo: Photograph | None,
        canvas: Canvas,
        history: HoleHistory,
        before: Match | None = None,
    ) -> Shown:
        """Run two methods on a picture; show them without names.

        Args:
            before: the visitor's last pair, whose session goes on.

        Raises:
            InpaintBenchError: the visitor's picture has no hole, or both methods failed.
        """
        own = None
        if source == OWN:
            hole = self.page.hole(photo, canvas, history)
            if not hole.any():
                raise InpaintBenchError("expected a hole on the Inpaint page, got none: brush one")
            own = (steps.need(photo), hole)
        rng = np.random.default_rng(secrets.randbits(63))
        side = self.page.settings.max_side
        match = draw_match(self.names, self.store.read(), rng, side=side, own=own)
        *_, done = compare(match.comparison, self.page.models)
        for name, outcome in done.outcomes.items():
            if outcome.picture is None:
                raise InpaintBenchError(f"{name} failed ({outcome.error}): take another pair")
        shown = self.page.outbox.png("arena-input", hatched(done.picture, done.hole))
        left, right = (self.page.outbox.png("arena", done.pictures[n]) for n in done.variants)
        line = "Which of the two looks better? Their names follow your answer."
        match = replace(match, comparison=done, session=before.session if before else match.session)
        return match, match.pair, left, shown, right, markup.note(line)

    def vote(
        self,
        match: Match | None,
        seen: str | None,
        natural_left: float,
        natural_right: float,
        answer: str,
    ) -> tuple[int, int]:
        """Keep an answer; return ratings for the next pair, which are none.

        Args:
            seen: word of the pair that the page showed when a button was pressed.

        Raises:
            InpaintBenchError: there is no pair or another one by now, it was answered already, or
                votes come too fast.
        """
        if match is None:
            raise InpaintBenchError("expected a pair to vote on, got none: press New pair")
        if seen != match.pair:
            raise InpaintBenchError(
                "expected a vote on the pair in sight, got one on the pair before: look again"
            )
        done = match.comparison
        vote = Vote(
            session=match.session,
            photograph="own" if match.own else done.name,
            hole_ratio=float(hole_ratio(done.hole)),
            left=match.left,
            right=match.right,
            answer=answer,
            natural_left=int(natural_left) or None,
            natural_right=int(natural_right) or None,
            pair=match.pair,
        )
        self.store.add(vote)
        if self.log is not None:
            self.log.add(vote)
        return 0, 0

    def voted(self, match: Match | None) -> list[Any]:
        """Return the line, which names the methods once the pair was answered, and whether each
        of the buttons of answers can be pressed."""
        answer = None if match is None else self.store.answer(match.pair)
        line = gr.skip() if answer is None else self._unveil(match, answer)
        open_now = match is not None and answer is None
        return [line, *(gr.update(interactive=open_now) for _ in ANSWERS)]

    def table(self) -> str:
        """Return the standings as HTML."""
        votes = self.store.read()
        if votes.empty:
            return markup.note("No votes yet: the first one could be yours.")
        headings, rows = standings(votes, self.entries, self.page.settings.results_dir)
        head = "".join(f"<th scope='col'>{escape(text)}</th>" for text in headings)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        return (
            f'<div class="ib-arena-table"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )

    def export(self) -> str:
        """Return the path of all votes as CSV, without times, sessions and pairs.

        Raises:
            InpaintBenchError: there are none.
        """
        votes = self.store.read().drop(columns=["id", "time", "session", "pair"])
        if votes.empty:
            raise InpaintBenchError("expected votes to save, got none yet")
        return self.page.outbox.put("votes.csv", votes.to_csv(index=False).encode())

    def _unveil(self, match: Match, answer: str) -> str:
        titles = [escape(self.entries[name].title) for name in (match.left, match.right)]
        said = {"left": "left is better", "right": "right is better"}.get(answer, answer)
        return (
            f'<p class="ib-unveil" role="status">Left: <strong>{titles[0]}</strong> · right: '
            f"<strong>{titles[1]}</strong>. You said: {said}.</p>"
        )
