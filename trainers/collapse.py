"""Early report of a training that has gone wrong."""

from __future__ import annotations

from inpaint_bench.errors import InpaintBenchError

__all__ = ["CollapseWatch", "TrainingDiverged"]

_DOUBT = 100  # steps
_PATIENCE = 1000


class TrainingDiverged(InpaintBenchError):
    """A loss is no longer finite, or the critic has collapsed; the last good checkpoint is kept."""


class CollapseWatch:
    """Counts the steps in a row in which a critic's loss lies below what a fair game can give.

    A hinge loss near zero means that the critic tells every completion from a photograph with
    ease: its score no longer says in which direction to improve.

    Args:
        floor: of the loss; None watches nothing.
        patience: steps in a row that stop the training.
    """

    def __init__(self, floor: float | None, patience: int = _PATIENCE) -> None:
        self.floor, self.patience = floor, patience
        self.streak = 0

    @property
    def in_doubt(self) -> bool:
        """Whether the streak is so long that no checkpoint should be overwritten."""
        return self.streak >= min(_DOUBT, self.patience)

    def see(self, loss: float, samples: int) -> None:
        """Count one step.

        Raises:
            TrainingDiverged: the streak is as long as the patience.
        """
        if self.floor is None:
            return
        self.streak = self.streak + 1 if loss < self.floor else 0
        if self.streak >= self.patience:
            raise TrainingDiverged(
                f"the critic has collapsed: its loss stayed below {self.floor:g} for "
                f"{self.streak} steps up to image {samples}; the last good checkpoint is kept: "
                "resume with a smaller --loop critic_rate"
            )
