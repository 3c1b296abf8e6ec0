"""Pydantic's mistakes, told to the person who wrote the file: where, what, and what instead."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from perf_pipeline.council.cells import quarter_fault
from perf_pipeline.council.wording import Fault, either, nearest, quoted
from perf_pipeline.council.yaml_files import Place, YamlFile
from perf_pipeline.errors import Mistake, QuarterError

_NUMBER = "Write a number, such as 5 or 2.5."
_TEXT = "Write a text, between quotes if it looks like a number."
_KEYS = "Write keys with their values here, one a line, indented."
_ENTRY_SECTIONS = ("rules", "sources")
"""Keys whose entries have a kind, which pydantic puts into places: `rules`, name, kind, key."""

_NUMBER_TYPES = ("int_", "decimal_", "float_")
_REMEDIES: Mapping[str, str] = {
    "string_type": _TEXT,
    "int_type": "Write a whole number, such as 10.",
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": "Write a number of {max_digits} digits at most.",
    "finite_number": _NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "greater_than_equal": "Write {ge} or more.",
    "greater_than": "Write more than {gt}.",
    "less_than_equal": "Write {le} or less.",
    "enum": "Write {expected}.",
    "literal_error": "Write {expected}.",
    "string_too_short": _TEXT,
    "string_too_long": "Write {max_length} characters at most.",
    "string_pattern_mismatch": "Write small letters, digits and underscores, 40 at most, a letter "
    "first, such as adults_services.",
    "too_short": "Write at least {min_length} of them.",
    "tuple_type": "Write a list here: one entry a line, each after a hyphen.",
    "list_type": "Write a list here: one entry a line, each after a hyphen.",
    "mapping_type": _KEYS,
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "model_attributes_type": _KEYS,
}


def model_mistakes(
    error: ValidationError,
    file: YamlFile,
    model: type[BaseModel],
    kinds: Mapping[str, type[BaseModel]],
) -> Iterator[Mistake]:
    """Word each mistake that pydantic found, with the line of its key.

    Args:
        error: What pydantic raised.
        file: The file that was checked.
        model: The file's model.
        kinds: Models of the file's entries by kind.
    """
    for details in error.errors(include_url=False):
        place: Place = details["loc"]
        if details["type"] in {"union_tag_invalid", "union_tag_not_found"}:
            place = (*place, "kind")
        at_place = _model_at(place, model, kinds)
        yield _fault(dict(details), place, at_place, kinds).at(file.name, file.line_of(place))


def _model_at(
    place: Place, model: type[BaseModel], kinds: Mapping[str, type[BaseModel]]
) -> type[BaseModel]:
    """Return the model of the keys among which a place is."""
    kind, parts = _kind_in(place, kinds), place[:-1]
    if kind:
        # Below the entry's own keys, of which the place's third part is its kind.
        model, parts = kinds[kind], parts[3:]
    for part in parts:
        field = model.model_fields.get(str(part))
        model = (_nested_model(field.annotation) if field else None) or model
    return model


def _kind_in(place: Place, kinds: Mapping[str, type[BaseModel]]) -> str | None:
    section, _, kind, *_ = [*place, "", "", ""]
    return str(kind) if section in _ENTRY_SECTIONS and kind in kinds else None


def _nested_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    nested = [model for model in map(_nested_model, get_args(annotation)) if model]
    return nested[0] if len(nested) == 1 else None


def _fault(
    details: dict[str, Any],
    place: Place,
    model: type[BaseModel],
    kinds: Mapping[str, type[BaseModel]],
) -> Fault:
    # Pydantic puts an entry's kind at the end of the entry's own place.
    is_entry = len(place) == len(("section", "name", "kind")) and _kind_in(place, kinds)
    subject, context = _subject(place[:-1] if is_entry else place), details.get("ctx", {})
    match details["type"]:
        case "missing":
            return Fault(f"{subject} is missing.", f"Add {subject} with its value.")
        case "extra_forbidden":
            return _unknown_key(str(place[-1]), subject, model)
        case "union_tag_not_found":
            return Fault("`kind` is missing.", f"Add `kind`: {either(kinds)}.")
        case "union_tag_invalid":
            return Fault(f"`kind` is {quoted(context['tag'])}.", f"Write {either(kinds)}.")
        case "value_error":
            return _own_fault(subject, details["input"], context["error"])
        case other:
            template = _REMEDIES.get(other)
            remedy = template.format(**context) if template else f"{details['msg']}."
            # Pydantic lists words between apostrophes, which are not to be written.
            return Fault(_found(subject, details["input"], other), remedy.replace("'", ""))


def _subject(place: Place) -> str:
    keys = [part for part in place if part != "[key]"]
    if not keys:
        return "The file"
    if isinstance(keys[-1], int) and place[-1] != "[key]":
        return f"Entry {keys[-1] + 1}"
    return quoted(keys[-1])


def _found(subject: str, value: Any, error_type: str) -> str:
    if value is None or value == "":
        return f"{subject} is empty."
    if isinstance(value, dict | list):
        return f"{subject} holds {'keys' if isinstance(value, dict) else 'a list'}."
    if isinstance(value, bool):
        return f"{subject} is `{str(value).lower()}`."
    # A number between quotes looks right until it is said to be a text.
    is_text_for_number = isinstance(value, str) and error_type.startswith(_NUMBER_TYPES)
    return f"{subject} is {'the text ' if is_text_for_number else ''}{quoted(value)}."


def _unknown_key(key: str, subject: str, model: type[BaseModel]) -> Fault:
    known = tuple(model.model_fields)
    near = nearest(key, known)
    remedy = f"Did you mean `{near}`?" if near else f"Delete it; known here are {', '.join(known)}."
    return Fault(f"{subject} is not known here.", remedy)


def _own_fault(subject: str, value: Any, error: ValueError) -> Fault:
    if isinstance(error, QuarterError):
        return quarter_fault(subject, str(value), error)
    message = str(error)
    found, _, remedy = message.rpartition(": ")
    return Fault(f"{subject}: {found or 'it cannot stand as it is'}.", f"{_sentence(remedy)}.")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
