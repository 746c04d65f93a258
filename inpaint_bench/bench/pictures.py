"""The photographs and holes of one shard: read ahead in the background, each once for all
variants, and kept as 8-bit pixels until they are needed as tensors."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Executor, Future

import numpy as np
from torch import Tensor

from inpaint_bench.data.testset import TestSetReader
from inpaint_bench.imaging import hole_to_tensor, to_tensor, to_uint8

__all__ = ["Pictures"]

_log = logging.getLogger(__name__)

_Pixels = tuple[np.ndarray, np.ndarray]  # SxSx3 uint8, SxS bool


class Pictures:
    """The pictures at some positions of a test set, being read from the moment it is made."""

    def __init__(
        self,
        reader: TestSetReader,
        positions: Sequence[int],
        executor: Executor,
        *,
        offset: int = 0,
    ) -> None:
        """Begin to read.

        Args:
            reader: of the test set.
            positions: in the order in which they will be asked for.
            executor: that reads, one picture after the other.
            offset: position of the reader's first item.
        """
        self.reader = reader
        self._offset = offset
        self._futures: dict[int, Future[_Pixels | Exception]] = {
            position: executor.submit(_read, reader, self.index(position)) for position in positions
        }

    def index(self, position: int) -> int:
        """Return where an item stands among those of the reader."""
        return position - self._offset

    def read(self, position: int) -> tuple[Tensor, Tensor] | Exception:
        """Return 1x3xSxS and 1x1xSxS, waiting until they are there, or why they cannot be read."""
        found = self._futures[position].result()
        if isinstance(found, Exception):
            return found
        return to_tensor(found[0]), hole_to_tensor(found[1])

    def stop(self) -> None:
        """Leave unread what nobody has begun to read."""
        for future in self._futures.values():
            future.cancel()


def _read(reader: TestSetReader, index: int) -> _Pixels | Exception:
    try:
        image, hole = reader.read(index)
    except Exception as error:  # told in the row of every variant
        _log.info("item %d cannot be read: %s", index, error)
        return error
    return to_uint8(image), hole[0].numpy() > 0.5
