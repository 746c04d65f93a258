"""Logs of a training: CSV always, TensorBoard where it is installed."""

from __future__ import annotations

import csv
from pathlib import Path

__all__ = ["TrainingLog"]


class TrainingLog:
    """Appends rows to files of one folder.

    Args:
        folder: of the CSV files and of TensorBoard's.
        enabled: False in all processes but the main one.
    """

    def __init__(self, folder: Path, enabled: bool) -> None:
        self.folder, self.enabled = folder, enabled
        self._columns: dict[str, list[str]] = {}
        self._board = None

    def write(self, name: str, row: dict[str, float]) -> None:
        """Append a row to NAME.csv; a new set of columns starts with a header of its own.

        Args:
            name: of the file and of the group in TensorBoard.
            row: values by column, among them `images`, the number of images seen.
        """
        if not self.enabled:
            return
        path = self.folder / f"{name}.csv"
        header = not path.exists() or self._columns.get(name) != list(row)
        self._columns[name] = list(row)
        with path.open("a", newline="") as stream:
            writer = csv.DictWriter(stream, row)
            if header:
                writer.writeheader()
            writer.writerow(row)
        self._to_tensorboard(name, row)

    def _to_tensorboard(self, group: str, row: dict[str, float]) -> None:
        if self._board is None:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                self._board = False
            else:
                self._board = SummaryWriter(str(self.folder / "tensorboard"))
        if self._board:
            for name, value in row.items():
                self._board.add_scalar(f"{group}/{name}", value, int(row["images"]))
