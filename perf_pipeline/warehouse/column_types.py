"""SQL types that give back, on SQLite and PostgreSQL alike, exactly the value that was stored."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine


class Figure(TypeDecorator[float]):
    """A float that stands for its shortest decimal: `numeric` on PostgreSQL, `REAL` on SQLite.

    PostgreSQL is given that decimal, never the float: its own cast keeps only 15 digits.
    """

    impl = sa.Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """Choose the database's own type."""
        own_type: TypeEngine[Any] = sa.REAL() if dialect.name == "sqlite" else sa.Numeric()
        return dialect.type_descriptor(own_type)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """Hand a figure to the driver; a NaN is a null."""
        if value is None or value != value:  # noqa: PLR0124 - only a NaN differs from itself
            return None
        return float(value) if dialect.name == "sqlite" else Decimal(repr(float(value)))

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> float | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Take a figure from the driver."""
        return None if value is None else float(value)


class IsoDate(TypeDecorator[str]):
    """A date, held in frames as ISO text: `2023-07-21`."""

    impl = sa.Date
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> dt.date | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn ISO text into a date."""
        return None if value is None else dt.date.fromisoformat(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn a date into ISO text."""
        return None if value is None else str(value.isoformat())


class UtcTimestamp(TypeDecorator[dt.datetime]):
    """A moment in UTC; SQLite, which knows no time zones, holds it without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> dt.datetime:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn an aware moment into UTC."""
        moment: dt.datetime = value.astimezone(dt.UTC)
        return moment

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        """Return the moment in UTC, whatever the session's time zone."""
        if value is None:
            return None
        is_naive = dialect.name == "sqlite"
        moment: dt.datetime = value.replace(tzinfo=dt.UTC) if is_naive else value.astimezone(dt.UTC)
        return moment
