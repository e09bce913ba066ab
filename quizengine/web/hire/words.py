"""What roles, permissions and states are called on the hiring side's pages."""

from __future__ import annotations

from collections.abc import Mapping

from quizengine.services.permissions import StaffRole

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
