"""Lengths as a city says them: miles or kilometres. Everything is computed and stored in kilometres."""

from __future__ import annotations

from typing import NamedTuple


class Length(NamedTuple):
    """A unit of length: its name and short form, its kilometres, and the smaller unit that it holds `per_unit` of."""

    name: str
    short: str
    km: float
    small_short: str
    per_unit: int

    def of(self, km: float) -> float:
        """Kilometres in this unit."""
        return km / self.km

    def words(self, km: float) -> str:
        """ "12 miles", "1 mile"."""
        count = f"{self.of(km):,.0f}"
        return f"{count} {self.name.removesuffix('s') if count == '1' else self.name}"


KILOMETRES = Length("kilometres", "km", 1.0, "m", 1000)
MILES = Length("miles", "mi", 1.609344, "ft", 5280)
LENGTHS = {unit.name: unit for unit in (KILOMETRES, MILES)}
