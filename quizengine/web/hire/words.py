"""What roles, permissions and states are called on the hiring side's pages."""

from __future__ import annotations

from collections.abc import Mapping

from quizengine.model.profile import Resit
from quizengine.model.result import Headline, Result
from quizengine.services.hiring.intervening import Act, Reason
from quizengine.services.hiring.monitor import Tab
from quizengine.services.permissions import StaffRole
from quizengine.web.words import probability

ROLES: Mapping[StaffRole, tuple[str, str]] = {
    "owner": ("Owner", "everything, and the organisation itself"),
    "admin": ("Admin", "people, role profiles, screens, results, decisions"),
    "recruiter": ("Recruiter", "screens and invitations; sees names"),
    "reviewer": ("Reviewer", "results of the screens they are assigned to, without names"),
    "author": ("Author", "statistics of the question bank, no people"),
    "auditor": ("Auditor", "reads results without names, and the audit chain"),
}
GRANTS: Mapping[str, str] = {
    "accommodate": "approve adjustments",
    "results": "see results",
    "review": "review results",
    "decide": "decide",
    "unblind": "see who somebody is before a decision",
    "names_in_exports": "export names",
    "export_results": "export results",
}
HEADLINES: Mapping[Headline, str] = {
    "meets": "Likely meets the bar",
    "below": "Likely below the bar",
    "not enough evidence": "Not enough evidence",
    "running": "Not finished",
    "voided": "Voided",
}
RESITS: Mapping[Resit, str] = {
    "latest": "the latest result counts",
    "best": "the best result counts",
    "combined": "all answers count together",
}
VERDICTS = {"advance": "Go on with them", "hold": "Hold", "reject": "Do not go on"}
REASONS = {
    "meets_bar": "meets the bar",
    "below_bar": "below the bar",
    "not_enough_evidence": "not enough evidence",
    "withdrew": "withdrew",
    "role_filled": "the role is filled",
    "other": "another reason (say which)",
}
LIVE_TABS: Mapping[Tab, str] = {
    "not_started": "Not started",
    "ready": "Ready",
    "in_progress": "In progress",
    "paused": "Paused",
    "finished": "Finished",
    "attention": "Needs attention",
}
#: An act as staff choose it, and as it is told afterwards.
ACTS: Mapping[Act, tuple[str, str]] = {
    "add_time": ("Add time", "Time was added"),
    "pause": ("Pause the clock", "The clock was stopped"),
    "resume": ("Let the clock go on", "The clock went on"),
    "send_code": ("Send the code again", "A code to come back with was sent"),
    "void": ("Void the test", "The test was voided"),
}
INTERVENTION_REASONS: Mapping[Reason, str] = {
    "disturbance": "a disturbance, such as an alarm",
    "technical": "a technical fault at the person's end",
    "our_fault": "a fault of ours",
    "adjustment": "an adjustment that was agreed",
    "asked": "the person asked for it",
    "mistake": "a mistake in the invitation",
    "other": "another reason",
}


def headline_words(told: Result) -> str:
    """Return the headline of a result with its probability.

    The chance to meet the bar stands there whichever side it points to, so that nobody turns it round.
    """
    chance = probability(told.p_meets)
    words = HEADLINES[told.headline]
    match told.headline:
        case "meets":
            return f"{words} ({chance})"
        case "below":
            return f"{words} ({chance} to meet it)"
        case "not enough evidence":
            return f"{words} ({chance} to meet the bar)"
        case _:
            return words
