"""Strict reading of YAML 1.2: values with the line of every key, and nothing clever.

Anchors, aliases, tags, directives and repeated keys are refused. Values are built from the
parser's events, so no alias is ever expanded and no tag ever constructs anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError

from perf_pipeline.council.cells import hidden_fault
from perf_pipeline.council.files import decoded
from perf_pipeline.council.wording import Fault, quoted
from perf_pipeline.errors import Mistake

Place = tuple[str | int, ...]
"""Where a value stands: the keys and list positions that lead to it."""

_DEEPEST = 20
_CORE_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {f"{_CORE_TAG}{name}" for name in ("null", "bool", "int", "float")}


@dataclass(frozen=True)
class YamlFile:
    """A YAML file as read.

    Attributes:
        name: File name relative to the council folder.
        data: Mappings, lists, texts, numbers, booleans and None; None also where a value was
            refused.
        lines: Line of each key and list entry, by path; the whole file is line 0.
        mistakes: What was refused.
        is_whole: False when the file could not be read to its end, so that what it lacks may
            yet be in it.
    """

    name: str
    data: Any
    lines: Mapping[Place, int]
    mistakes: Sequence[Mistake]
    is_whole: bool = True

    def under(self, key: str) -> Any:
        """Return what stands under a key of the file itself, None where nothing does."""
        return self.data.get(key) if isinstance(self.data, dict) else None

    def line_of(self, place: Sequence[str | int]) -> int:
        """Return the line of a path or of the nearest key above it.

        Parts that are no key of the file are passed over: pydantic puts the kind of an entry
        into the place of its mistakes.
        """
        path: Place = ()
        for part in place:
            if (*path, part) in self.lines:
                path = (*path, part)
        return self.lines.get(path, 0)


def read_yaml(name: str, content: bytes | None) -> YamlFile:
    """Read one YAML document.

    Args:
        name: File name for mistakes, relative to the council folder.
        content: Its bytes; None when it could not be read, which somebody else has reported.
    """
    if content is None:
        return YamlFile(name, None, {}, (), is_whole=False)
    text = decoded(content)
    if not isinstance(text, str):
        line, fault = text
        return YamlFile(name, None, {}, (fault.at(name, line),), is_whole=False)
    return _Builder(name, text).read()


class _Builder:
    """Builds values from one document's events, noting lines and mistakes on the way."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.yaml = YAML(typ="safe", pure=True)
        self.lines: dict[Place, int] = {}
        self.mistakes: list[Mistake] = []
        self.last_line = 1

    def read(self) -> YamlFile:
        data = None
        try:
            data = self._documents(self._events())
        except (YAMLError, ValueError, OverflowError) as error:
            line, problem = self._syntax_error(error)
            remedy = (
                "Correct this line or the one before it: indent with spaces, and put texts that "
                "hold : or # between quotes."
            )
            self._refuse(line, Fault(f"The file is not YAML from here on: {problem}.", remedy))
            return YamlFile(self.name, None, {}, tuple(self.mistakes), is_whole=False)
        return YamlFile(self.name, data, self.lines, tuple(self.mistakes))

    def _events(self) -> Iterator[Event]:
        for event in self.yaml.parse(self.text):
            self.last_line = _line(event)
            yield event

    def _documents(self, events: Iterator[Event]) -> Any:
        data, count = None, 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                count += 1
                self._check_document(event, count)
            elif isinstance(event, NodeEvent):
                value = self._value(event, events, ())
                data = value if count == 1 else data
        return data

    def _check_document(self, event: Any, count: int) -> None:
        line = _line(event)
        if count > 1:
            self._refuse(
                line, Fault("A second document begins here.", "Delete the line with `---`.")
            )
        if event.version or event.tags:
            self._refuse(
                line,
                Fault("The file has a directive (a line with `%`).", "Delete that line."),
            )

    def _value(self, event: Any, events: Iterator[Event], path: Place) -> Any:
        if len(path) > _DEEPEST:
            problem = f"it is nested more than {_DEEPEST} deep"
            raise MaxDepthExceededError(None, None, problem, event.start_mark)
        is_refused = self._refuse_anchors_and_tags(event)
        value: Any = None
        if isinstance(event, MappingStartEvent):
            value = self._mapping(events, path)
        elif isinstance(event, SequenceStartEvent):
            value = self._sequence(events, path)
        elif isinstance(event, ScalarEvent) and not is_refused:
            value = self._scalar(event)
        return None if is_refused else value

    def _refuse_anchors_and_tags(self, event: Any) -> bool:
        line = _line(event)
        if isinstance(event, AliasEvent):
            self._refuse(
                line,
                Fault(
                    f"The alias {quoted(f'*{event.anchor}')} is not allowed.",
                    "Write the value out in full.",
                ),
            )
            return True
        if event.anchor is not None:
            anchor = quoted(f"&{event.anchor}")
            self._refuse(line, Fault(f"The anchor {anchor} is not allowed.", f"Delete {anchor}."))
        if event.tag is not None:
            tag = event.tag.replace(_CORE_TAG, "!!")
            self._refuse(
                line,
                Fault(
                    f"The tag {quoted(tag)} is not allowed.",
                    "Delete the word that begins with `!`; put the value between quotes if it "
                    "is a text.",
                ),
            )
        return event.tag is not None

    def _mapping(self, events: Iterator[Event], path: Place) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            key = self._key(event, events, path)
            place = (*path, key)
            if key in mapping:
                first = f"(it is on line {self.lines[place]} already)"
                self._refuse(
                    _line(event),
                    Fault(f"The key {quoted(key)} is repeated {first}.", "Keep one of the two."),
                )
            else:
                self.lines[place] = _line(event)
            mapping[key] = self._value(next(events), events, place)
        return mapping

    def _key(self, event: Event, events: Iterator[Event], path: Place) -> str:
        key = self._value(event, events, (*path, ""))
        if not isinstance(key, str):
            self._refuse(
                _line(event),
                Fault(
                    f"The key {quoted(key)} is not a text.",
                    "Write a text as key, between quotes if it looks like a number.",
                ),
            )
        return str(key)

    def _sequence(self, events: Iterator[Event], path: Place) -> list[Any]:
        entries: list[Any] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            place = (*path, len(entries))
            self.lines[place] = _line(event)
            entries.append(self._value(event, events, place))
        return entries

    def _scalar(self, event: Any) -> Any:
        tag = self.yaml.resolver.resolve(ScalarNode, event.value, event.implicit)
        if str(tag) in _PLAIN_TAGS:
            node = ScalarNode(tag, event.value, event.start_mark, event.end_mark)
            try:
                return self.yaml.constructor.construct_object(node)
            except ValueError:
                return event.value
        fault = hidden_fault("The text", event.value, may_wrap=True)
        if fault:
            self._refuse(_line(event), fault)
            return None
        return event.value

    def _refuse(self, line: int, fault: Fault) -> None:
        self.mistakes.append(fault.at(self.name, line))

    def _syntax_error(self, error: Exception) -> tuple[int, str]:
        if isinstance(error, MarkedYAMLError):
            mark = error.problem_mark or error.context_mark
            return mark.line + 1 if mark else 0, str(error.problem or error.context)
        if isinstance(error, ReaderError):
            line = self.text.count("\n", 0, error.position) + 1
            return line, f"the character U+{error.character:04X} is not allowed"
        # An escape such as \UFFFFFFFF is beyond Unicode, which ruamel leaves to Python to find.
        return self.last_line, str(error)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
