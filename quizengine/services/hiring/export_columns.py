"""The columns of exports, as the data dictionary tells them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export, as the data dictionary tells it."""

    name: str
    type: str
    unit: str
    meaning: str
    missing: str = "never"


RESULT_COLUMNS = (
    Column("candidate_code", "text", "", "what reviewers know the candidate by"),
    Column("screen", "text", "", "title of the screen"),
    Column("profile", "text", "", "title of the role profile"),
    Column("profile_version", "integer", "", "version of the role profile"),
    Column("state", "text", "", "begun, finished or voided"),
    Column(
        "sitting",
        "integer",
        "",
        "which sitting of this version of the profile it is for the person, in any screen: 1 is the first",
        "not started, or voided",
    ),
    Column("started_at", "time", "ISO 8601, UTC", "when the clock started", "not started"),
    Column(
        "submitted_at",
        "time",
        "ISO 8601, UTC",
        "when the test ended, in the time that everybody has",
        "not finished",
    ),
    Column("minutes_used", "real", "minutes", "time taken, adjusted to the time that everybody has"),
    Column("minutes_credited", "real", "minutes", "time given back for outages, or by hand"),
    Column(
        "conditions",
        "text",
        "",
        "standard, or under approved conditions where the candidate lets it be known",
    ),
    Column("answers", "integer", "answers", "answers that count"),
    Column("dont_know", "integer", "answers", "of these, answers of “I don't know yet”"),
    Column("undecided", "integer", "answers", "answers that wait for a person to look at"),
    Column("headline", "text", "", "meets, below, or not enough evidence", "not finished"),
    Column("p_meets", "real", "probability", "P(on or above the bar, and all floors)", "not finished"),
    Column(
        "composite", "real", "logits", "posterior mean of the weighted mean of the skills", "not finished"
    ),
    Column("composite_lo80", "real", "logits", "lower end of its 80 % band", "not finished"),
    Column("composite_hi80", "real", "logits", "upper end of its 80 % band", "not finished"),
    Column("decision", "text", "", "the last decision by a person: advance, hold or reject", "none yet"),
    Column("decided_at", "time", "ISO 8601, UTC", "when that was recorded", "none yet"),
    Column("bank_hash", "text", "", "hash of the question bank when the test was made"),
    Column("engine_version", "text", "", "version of the program when the test was made"),
)
SKILL_COLUMNS = (
    Column("skill.{id}.p", "real", "probability", "P(at the target) of {title}", "not finished"),
    Column("skill.{id}.mean", "real", "logits", "posterior mean of {title}", "not finished"),
    Column("skill.{id}.sd", "real", "logits", "posterior standard deviation of {title}", "not finished"),
    Column("skill.{id}.answers", "integer", "answers", "answers on {title}", "not finished"),
)
NAME_COLUMNS = (
    Column("external_id", "text", "", "your own number for the candidate", "not given"),
    Column("name", "text", "", "the candidate's name", "not given"),
    Column("email", "text", "", "the candidate's address"),
)
ANSWER_COLUMNS = (
    Column("candidate_code", "text", "", "what reviewers know the candidate by"),
    Column("number", "integer", "", "place in the test"),
    Column("question", "text", "", "id of the question in the bank"),
    Column("version", "integer", "", "version of the question"),
    Column("skill", "text", "", "the skill that it asks"),
    Column("typed", "text", "", "what was given, in one line", "“I don't know yet”"),
    Column("dont_know", "integer", "", "1 for “I don't know yet”, else 0"),
    Column("verdict", "text", "", "correct, partial, wrong or undecided"),
    Column("score", "real", "", "0 to 1"),
    Column("misconception", "text", "", "the known mistake that it shows", "none"),
    Column("seconds", "real", "seconds", "time on the question, adjusted to the time that everybody has"),
)
AUDIT_COLUMNS = (
    Column("n", "integer", "", "number of the row in the organisation's audit chain"),
    Column("at", "time", "ISO 8601, UTC", "when it was done"),
    Column("actor", "text", "", "id of a member of staff; operator, candidate or system"),
    Column("act", "text", "", "what was done"),
    Column(
        "data",
        "JSON",
        "",
        "ids, numbers and words about it; without invitation and code, which the hash covers too, for who "
        "knows people by their invitations",
    ),
    Column("note_hash", "text", "", "salted hash of what the person wrote", "nothing was written"),
    Column("before", "text", "", "hash of the row before it in the chain"),
    Column("hash", "text", "", "hash of this row, which covers the one before"),
)
EVENT_COLUMNS = (
    Column("candidate_code", "text", "", "what reviewers know the candidate by"),
    Column("attempt", "text", "", "id of the attempt, which the hashes cover"),
    Column("n", "integer", "", "number of the event in the attempt"),
    Column("open", "JSON", "", "its kind and data, where nobody could tell extra time from them; else {}"),
    Column("seal", "text", "", "hash of salt, kind, data and time", "written before events were sealed"),
    Column("hash", "text", "", "hash of this event, which covers the one before"),
)
#: For who approves adjustments: what the seals hold.
SEALED_COLUMNS = (
    Column("kind", "text", "", "what happened"),
    Column("data", "JSON", "", "ids, numbers, times and words about it"),
    Column("at", "time", "ISO 8601, UTC", "when it happened"),
    Column("salt", "text", "", "what opens the seal", "written before events were sealed"),
)
DICTIONARY_COLUMNS = ("file", "column", "type", "unit", "meaning", "missing means")
