"""Units of measurement: how a figure is calculated, bounded and printed."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Unit:
    """A unit of measurement.

    Attributes:
        code: As `unit_code` in the register.
        multiplier: A ratio of numerator to denominator is multiplied by this to give the figure.
        minimum: Smallest figure that the unit allows, unless the KPI says otherwise.
        maximum: Largest, likewise.
        prefix: Printed before a figure.
        suffix: Printed after a figure.
        words: What people write behind a figure, in small letters and without commas.
    """

    code: str
    multiplier: Decimal = Decimal(1)
    minimum: Decimal | None = Decimal(0)
    maximum: Decimal | None = None
    prefix: str = ""
    suffix: str = ""
    words: tuple[str, ...] = ()


UNITS = {
    unit.code: unit
    for unit in (
        Unit("percent", Decimal(100), maximum=Decimal(100), suffix="%", words=("%", "percent")),
        Unit("number"),
        Unit("gbp", minimum=None, prefix="£"),
        Unit("days", suffix=" days", words=("day", "days")),
        Unit("weeks", suffix=" weeks", words=("week", "weeks")),
        Unit("hours", suffix=" hours", words=("hour", "hours", "hrs")),
        Unit("minutes", suffix=" minutes", words=("minute", "minutes", "mins")),
        Unit("kg", suffix=" kg", words=("kg", "kgs")),
        Unit("ratio"),
        Unit("per_1000", Decimal(1000), suffix=" per 1,000", words=("per 1000",)),
        Unit("per_10000", Decimal(10_000), suffix=" per 10,000", words=("per 10000",)),
        Unit("per_100000", Decimal(100_000), suffix=" per 100,000", words=("per 100000",)),
    )
}
