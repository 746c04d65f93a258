"""Numbers that papers report: where they stand, and what is known of how they came about.

They are shown beside measured ones and never mixed with them: other photographs, other masks,
often other conventions. They compete for no rank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from inpaint_bench.errors import BenchError

__all__ = ["Reported", "parse_reported"]

_TEXTS = ("paper", "table", "page", "photographs", "masks", "n", "convention")


@dataclass(frozen=True)
class Reported:
    """One table of a paper, or a part of it.

    Attributes:
        paper: authors, year, title.
        table: its number, or what it is called.
        page: of the paper; a section where our copy has no page numbers.
        photographs: that were measured, in words.
        masks: likewise.
        n: how many, as the paper states it.
        convention: of the numbers, as the paper states it.
        columns: headings, with unit and direction (↑ or ↓).
        rows: method -> one number a column, with the digits that the paper prints; None where it
            has none.
    """

    paper: str
    table: str
    page: str
    photographs: str
    masks: str
    n: str
    convention: str
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[Decimal | None, ...]]

    @property
    def title(self) -> str:
        """The line above the table."""
        return f"Reported by {self.paper}, {self.table}, {self.page}"

    @property
    def words(self) -> str:
        """What a reader has to know beside it."""
        return (
            "Not measured here and not ranked: other photographs, other masks. "
            f"Photographs: {self.photographs}. Masks: {self.masks}. N: {self.n}. "
            f"Convention: {self.convention}."
        )

    def cell(self, method: str, column: int) -> str:
        """Return a number as the paper prints it, or a dash."""
        value = self.rows[method][column]
        return "—" if value is None else str(value)


def parse_reported(where: str, tables: object) -> tuple[Reported, ...]:
    """Return the `[[reported]]` tables of a suite file.

    Args:
        where: the file, for messages.
        tables: as read from TOML, numbers with a point as `Decimal`.

    Raises:
        BenchError: a field is missing or not known, or a row has another number of values than
            there are columns.
    """
    if not isinstance(tables, list):
        raise BenchError(f"suite {where}: expected [[reported]] tables")
    return tuple(_parse(where, table) for table in tables)


def _parse(where: str, table: object) -> Reported:
    wanted = {*_TEXTS, "columns", "rows"}
    if not isinstance(table, Mapping) or set(table) != wanted:
        fields = ", ".join(sorted(wanted))
        raise BenchError(f"suite {where}: expected each [[reported]] with {fields}")
    columns, rows = table["columns"], table["rows"]
    texts = all(isinstance(table[name], str) and table[name] for name in _TEXTS)
    if not texts or not _names(columns) or not isinstance(rows, Mapping) or not rows:
        raise BenchError(f"suite {where}: [[reported]] holds texts, a list of columns, and rows")
    return Reported(
        **{name: table[name] for name in _TEXTS},
        columns=tuple(columns),
        rows={name: _row(where, name, values, len(columns)) for name, values in rows.items()},
    )


def _row(where: str, name: str, values: object, count: int) -> tuple[Decimal | None, ...]:
    """Return the numbers of a method; an empty text stands for none."""
    right = isinstance(values, list) and len(values) == count
    if not right or not all(one == "" or isinstance(one, (int, Decimal)) for one in values):
        raise BenchError(
            f"suite {where}: expected {count} numbers reported for {name!r}, got {values!r}"
        )
    return tuple(None if one == "" else Decimal(one) for one in values)


def _names(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(one, str) for one in value)
    )
