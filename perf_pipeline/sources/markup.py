"""XML parts of workbooks, streamed: nothing is held in memory, and no entity is ever defined.

Expat is used by itself since a part can be large and only a few of its elements matter.
"""

from collections.abc import Mapping
from typing import IO, Protocol
from xml.parsers import expat

from perf_pipeline.rules import ReturnFault

_SEPARATOR = " "
_OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:"


class DocumentTypeError(ValueError):
    """The part declares a document type, with which it could define entities."""


def fault_of(error: Exception) -> ReturnFault:
    """Return the code of a part that cannot be read."""
    is_typed = isinstance(error, DocumentTypeError)
    return ReturnFault.DOCUMENT_TYPE if is_typed else ReturnFault.DAMAGED


class Reader(Protocol):
    """What receives a part's elements, by their names without namespace."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Receive an element's beginning."""

    def end(self, name: str) -> None:
        """Receive an element's end."""

    def text(self, data: str) -> None:
        """Receive text, not necessarily all of it at once."""


class Elements:
    """A reader that keeps every element of a small part, with its attributes."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Mapping[str, str]]] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Keep the element."""
        self.found.append((name, attributes))

    def end(self, name: str) -> None:
        """Pass over the end."""

    def text(self, data: str) -> None:
        """Pass over text."""

    def named(self, name: str) -> list[Mapping[str, str]]:
        """Return the attributes of the elements of a name."""
        return [attributes for found, attributes in self.found if found == name]


def stream(file: IO[bytes], reader: Reader) -> None:
    """Pass an XML part through a reader.

    Raises:
        DocumentTypeError: The part declares a document type.
        xml.parsers.expat.ExpatError: The part is not well-formed.
    """
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = lambda name, attributes: reader.start(
        _local(name), _own(name, attributes)
    )
    parser.EndElementHandler = lambda name: reader.end(_local(name))
    parser.CharacterDataHandler = reader.text
    parser.ParseFile(file)


def _refuse(*_: object) -> None:
    raise DocumentTypeError("it declares a document type")


def _local(name: str) -> str:
    return name.rpartition(_SEPARATOR)[2]


def _own(name: str, attributes: Mapping[str, str]) -> dict[str, str]:
    """Drop what an application adds to OpenDocument under the same local names."""
    is_open_document = name.startswith(_OPEN_DOCUMENT)
    return {
        _local(key): value
        for key, value in attributes.items()
        if not is_open_document or key.startswith(_OPEN_DOCUMENT)
    }
