"""What was measured beside its floor: told at once, and as one table when all has run.

Floors come from the worst of five runs on two shared cores wherever a better one would be broken by
the machine's noise.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Floors:
    """Each figure with what it may be at the least, or at the most; `rows` are all of the run."""

    database: str
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def note(self, name: str, figure: float) -> None:
        """Note what another machine does otherwise: it has no floor."""
        self.rows.append((name, self.database, f"{figure:,.0f}", "-"))

    def hold(
        self, name: str, figure: float, *, least: float | None = None, most: float | None = None
    ) -> None:
        """Note a figure, and fail where it is under its floor or over its limit."""
        floor = f"≥ {least:.2f}" if most is None else f"≤ {most:.2f}"
        self.rows.append((name, self.database, f"{figure:.2f}", floor))
        print(f"\n{name}, {self.database}: {figure:.2f} ({floor})")
        assert least is None or figure >= least
        assert most is None or figure <= most


def table(rows: list[tuple[str, str, str, str]]) -> str:
    """The rows under each other, in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
