"""What leaves for other systems: variants of questions, a sheet, or a file that was exported before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from quizengine.bank import Bank, BankQuestion
from quizengine.errors import QuizEngineError, StoreError, UnknownNameError
from quizengine.model.answers import ANSWER_TYPES, SqlPanel
from quizengine.model.collection import Collection, Family
from quizengine.model.sheet import Sheet
from quizengine.model.variant import Variant
from quizengine.services.sheet_copies import marks_of
from quizengine.store.codec import panel_from_json, panel_to_json, variant_from_json, variant_to_json
from quizengine.store.schema import object_of, schema_of

FORMAT = "quizengine-questions-1"
MAX_VARIANTS = 200
MAX_ITEMS = 5000
#: What of a variant leaves without its key, beside its parts.
SHOWN_FIELDS = ("question_id", "version", "title", "skills", "difficulty", "seconds", "prompt", "figure")
#: Draws tried for a variant that is not there yet.
TRIES = 25


class CollectionError(QuizEngineError):
    """A file of questions that cannot be read, or a wish for questions that cannot be met."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A collection, and what a person should know of how it was made."""

    collection: Collection
    notes: tuple[str, ...]


def freeze(bank: Bank, names: Sequence[str], variants: int, *, seed: int = 1, title: str = "") -> Frozen:
    """Return ``variants`` different variants of each question that a name stands for.

    A name is a question's id, or its beginning (``math.bayes``). Equal arguments give equal variants; they
    are not those of a test, a practice or a sheet with the same seed.

    Raises
    ------
    CollectionError
        If the numbers are out of range.
    UnknownNameError
        If a name begins no question; the message offers the nearest.
    """
    if not 1 <= variants <= MAX_VARIANTS:
        raise CollectionError(f"variants must lie between 1 and {MAX_VARIANTS}; {variants} was asked for.")
    entries = _wanted(bank, names)
    if len(entries) * variants > MAX_ITEMS:
        raise CollectionError(
            f"{len(entries)} questions with {variants} variants each are more than {MAX_ITEMS} items: "
            "name fewer questions or ask for fewer variants."
        )
    families = tuple(Family(tuple(_different(entry, variants, seed)), marks_of(entry)) for entry in entries)
    notes = tuple(
        f"{family.question_id} has {len(family.variants)} different variants, not {variants}"
        for family in families
        if len(family.variants) < variants
    )
    return Frozen(Collection(title or _title(bank, names), families), notes)


def of_sheet(sheet: Sheet) -> Collection:
    """Return the questions of a sheet, each with the values that are printed on it."""
    families = tuple(Family((item.variant,), item.marks) for item in sheet.items)
    return Collection(f"{sheet.title} {sheet.code}", families)


def collection_to_json(collection: Collection) -> dict[str, Any]:
    """Return a collection as JSON with its keys: all that ``collection_from_json`` needs."""
    panels: dict[str, SqlPanel] = {}
    families = []
    for family in collection.families:
        variants = []
        for variant in family.variants:
            content, more = variant_to_json(variant)
            panels |= more
            variants.append(content)
        families.append({"question": family.question_id, "marks": family.marks, "variants": variants})
    return {
        "format": FORMAT,
        "key": True,
        "title": collection.title,
        "families": families,
        "panels": {digest: panel_to_json(panel) for digest, panel in sorted(panels.items())},
    }


def collection_from_json(content: Any) -> Collection:
    """Return the collection that was written.

    Raises
    ------
    CollectionError
        If it is not what ``collection_to_json`` wrote, or was written without its keys.
    """
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        raise CollectionError(f"This is no file of questions: it must be an object with format {FORMAT!r}.")
    if content.get("key") is not True:
        raise CollectionError("This file was exported without its keys: export it again with --with-key.")
    try:
        panels = {digest: panel_from_json(panel) for digest, panel in content["panels"].items()}
        families = tuple(
            Family(
                tuple(variant_from_json(one, panels.__getitem__) for one in family["variants"]),
                int(family["marks"]),
            )
            for family in content["families"]
        )
        if not families or not all(family.variants for family in families):
            raise CollectionError("This file holds no questions.")
        return Collection(str(content["title"]), families)
    except (KeyError, TypeError, ValueError, AttributeError, StoreError) as error:
        raise CollectionError(f"This file of questions is damaged: {error!r}.") from error


def _wanted(bank: Bank, names: Sequence[str]) -> tuple[BankQuestion, ...]:
    found: dict[str, BankQuestion] = {}
    for name in names:
        fit = [key for key in bank.questions if key == name or key.startswith(f"{name}.")]
        if not fit:
            beginnings = {key.rpartition(".")[0] for key in bank.questions}
            raise UnknownNameError("question or skill", name, [*bank.questions, *beginnings])
        found.update({key: bank.questions[key] for key in fit})
    if not found:
        raise CollectionError("Say which questions: ids, or the beginning of ids such as math.bayes.")
    return tuple(found.values())


def _different(entry: BankQuestion, wanted: int, seed: int) -> Iterator[Variant]:
    seen: set[str] = set()
    for attempt in range(wanted * TRIES):
        variant = entry.variant(_seed_of(f"export {seed} {entry.question.id} {attempt}"))
        if variant.identity in seen:
            continue
        seen.add(variant.identity)
        yield variant
        if len(seen) == wanted:
            return


def _seed_of(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:6], "big")


def _title(bank: Bank, names: Sequence[str]) -> str:
    return f"{bank.name}: {', '.join(names[:3])}{' ...' if len(names) > 3 else ''}"


def collection_schema() -> dict[str, Any]:
    """Return the JSON Schema of a collection: with its keys what is read back, else what a form shows."""
    definitions: dict[str, Any] = {}
    keyed = schema_of(Variant, definitions)
    panel = object_of(SqlPanel, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Questions with frozen values, as quizengine writes and reads them",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "key": {"type": "boolean"},
            "title": {"type": "string"},
            "families": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Family"}},
            "panels": {"type": "object", "additionalProperties": panel},
        },
        "required": ["format", "key", "title", "families", "panels"],
        "additionalProperties": False,
        "if": {"properties": {"key": {"const": True}}},
        "then": {"properties": {"families": {"items": _family(keyed)}}},
        "else": {"properties": {"families": {"items": _family({"$ref": "#/$defs/Shown"})}}},
        "$defs": definitions | {"Family": _family({"type": "object"}), "Shown": _shown(definitions)},
    }


def _family(variant: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "question": {"type": "string"},
            "marks": {"type": "integer", "minimum": 1},
            "variants": {"type": "array", "minItems": 1, "items": variant},
        },
        "required": ["question", "marks", "variants"],
        "additionalProperties": False,
    }


def _shown(definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a variant without its key: some of its fields, answers with what a form shows."""
    whole = definitions["Variant"]["properties"]
    answer = {
        "type": "object",
        "properties": {"type": {"enum": list(ANSWER_TYPES)}},
        "required": ["type"],
        "not": {"anyOf": [{"required": [name]} for name in ("key", "value", "values", "reference", "sound")]},
    }
    part = {name: definitions["Part"]["properties"][name] for name in ("name", "label", "weight")}
    parts = {"type": "array", "items": {"type": "object", "properties": part | {"answer": answer}}}
    properties = {name: whole[name] for name in SHOWN_FIELDS} | {"parts": parts}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
