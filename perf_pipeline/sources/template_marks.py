"""A return made from our template: told by its workbook's mark, read by its own headings.

The mark replaces what `sources.yaml` says of the layout, whatever kind of file the entry names.
"""

import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from xml.parsers.expat import ExpatError

from perf_pipeline.errors import QuarterError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import ReturnFault
from perf_pipeline.source_entries import ExcelEntry, ReturnField, Source
from perf_pipeline.sources.markup import DocumentTypeError, stream
from perf_pipeline.sources.wording import ReturnPlace, quoted
from perf_pipeline.sources.workbook_files import DAMAGED
from perf_pipeline.template_format import (
    FIELDS_PROPERTY,
    HEADINGS,
    QUARTER_PROPERTY,
    RETURN_SHEET,
    SOURCE_PROPERTY,
    TEMPLATE_VERSION,
    VERSION_PROPERTY,
)

_PARTS = ("docProps/custom.xml", "meta.xml")
"""Where .xlsx and .ods keep custom properties."""

_LARGEST_PART_BYTES = 1_000_000
_NAMED = frozenset({"property", "user-defined"})
_NEW_TEMPLATE = "Make a new template and copy the figures into it"


class TemplateMark(NamedTuple):
    """What a template says of itself.

    Attributes:
        version: Its layout.
        source_code: Source that it was made for.
        quarter_key: Quarter that it was made for.
        fields: Fields that it has columns for, as text separated by spaces.
    """

    version: str
    source_code: str
    quarter_key: str
    fields: str


def read_mark(path: Path) -> TemplateMark | None:
    """Return the mark of a file, or nothing where it bears none or is no workbook."""
    properties: Mapping[str, str] = {}
    with suppress(*DAMAGED, ExpatError, DocumentTypeError), zipfile.ZipFile(path) as archive:
        properties = _custom_properties(archive)
    if VERSION_PROPERTY not in properties:
        return None
    names = (VERSION_PROPERTY, SOURCE_PROPERTY, QUARTER_PROPERTY, FIELDS_PROPERTY)
    return TemplateMark(*(properties.get(name, "").strip() for name in names))


def as_sent(entry: Source, path: Path, place: ReturnPlace) -> tuple[Source, ReturnPlace]:
    """Return how a landed copy is laid out: as the entry says, or as the template that it is.

    Args:
        entry: The source's entry.
        path: The landed copy.
        place: Whose, when and where.

    Raises:
        ReturnError: It is a template of another source, quarter or layout.
    """
    mark = read_mark(path)
    if mark is None:
        return entry, place
    _check(mark, place)
    laid_out = ExcelEntry(
        kind="excel",
        source_code=entry.source_code,
        source_name=entry.source_name,
        contact_role=entry.contact_role,
        columns={HEADINGS[name]: name for name in _fields(mark, place)},
        percent_scale=entry.percent_scale,
        location="{quarter}",
        sheet=RETURN_SHEET,
    )
    return laid_out, replace(place, entry=laid_out)


class _Properties:
    """A reader that keeps custom properties by name."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._name: str | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin a property."""
        if name in _NAMED:
            self._name = attributes.get("name", "")
            self.found[self._name] = ""

    def end(self, name: str) -> None:
        """End it."""
        if name in _NAMED:
            self._name = None

    def text(self, data: str) -> None:
        """Take its value."""
        if self._name is not None:
            self.found[self._name] += data


def _custom_properties(archive: zipfile.ZipFile) -> Mapping[str, str]:
    reader = _Properties()
    for name in set(_PARTS) & set(archive.namelist()):
        if archive.getinfo(name).file_size <= _LARGEST_PART_BYTES:
            with archive.open(name) as part:
                stream(part, reader)
    return reader.found


def _check(mark: TemplateMark, place: ReturnPlace) -> None:
    if mark.version != TEMPLATE_VERSION:
        raise place.error(
            f"This is a template of layout {quoted(mark.version)}, and layout {TEMPLATE_VERSION} "
            "is read.",
            _NEW_TEMPLATE,
            ReturnFault.WRONG_TEMPLATE,
        )
    if mark.source_code != place.entry.source_code:
        raise place.error(
            f"This is the template of {quoted(mark.source_code)}.",
            f"Send the template of {place.entry.source_code}",
            ReturnFault.WRONG_TEMPLATE,
        )
    if place.quarter is not None and mark.quarter_key != place.quarter.key:
        made_for, wanted = _label(mark.quarter_key), place.quarter.label
        own = f"the figures of {wanted} in its own template"
        raise place.error(
            f"This is the template for {made_for}, not for {wanted}.",
            f"Check it for {made_for}, or fill in {own}" if place.is_unsent else f"Send {own}",
            ReturnFault.WRONG_TEMPLATE,
        )


def _label(quarter_key: str) -> str:
    with suppress(QuarterError):
        return Quarter.parse(quarter_key).label
    return quoted(quarter_key)


def _fields(mark: TemplateMark, place: ReturnPlace) -> list[ReturnField]:
    names = mark.fields.split()
    known = [name for name in HEADINGS if name in names]
    needed = {ReturnField.KPI_REF, ReturnField.VALUE}
    if len(known) != len(names) or not needed <= set(known):
        raise place.error(
            f"The template's own list of its columns was changed: {quoted(mark.fields)}.",
            _NEW_TEMPLATE,
            ReturnFault.TEMPLATE_CHANGED,
        )
    return known
