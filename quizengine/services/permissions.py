"""Who may do what, as data: a table for the hiring side, and one for printed sheets.

Every page, export and command reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

StaffRole = Literal["owner", "admin", "recruiter", "reviewer", "author", "auditor"]
STAFF_ROLES: tuple[StaffRole, ...] = ("owner", "admin", "recruiter", "reviewer", "author", "auditor")

#: ``yes``: may. ``read``: may look and change nothing. ``grant``: may if it was granted by name.
#: ``assigned``: may on screens that they are assigned to. A role that a row leaves out may not.
Cell = Literal["yes", "read", "grant", "assigned"]

Permission = Literal[
    "organisation",
    "users",
    "profiles_edit",
    "profiles_read",
    "screens",
    "invite",
    "monitor",
    "intervene",
    "accommodate",
    "results",
    "see_answers",
    "review",
    "decide",
    "unblind",
    "names_in_exports",
    "export_results",
    "export_audit",
    "bank",
    "audit",
]

TABLE: Mapping[Permission, Mapping[StaffRole, Cell]] = {
    # The organisation itself, rights of its people, secrets.
    "organisation": {"owner": "yes"},
    "users": {"owner": "yes", "admin": "yes"},
    "profiles_edit": {"owner": "yes", "admin": "yes"},
    "profiles_read": {
        "owner": "yes", "admin": "yes", "recruiter": "read", "reviewer": "read", "author": "read",
        "auditor": "read",
    },
    "screens": {"owner": "yes", "admin": "yes", "recruiter": "yes"},
    # Inviting shows names.
    "invite": {"owner": "yes", "admin": "yes", "recruiter": "yes"},
    "monitor": {"owner": "yes", "admin": "yes", "recruiter": "yes", "auditor": "read"},
    "intervene": {"owner": "yes", "admin": "yes", "recruiter": "yes"},
    "accommodate": {"owner": "grant", "admin": "grant", "recruiter": "grant"},
    "results": {
        "owner": "yes", "admin": "yes", "recruiter": "grant", "reviewer": "assigned", "auditor": "read",
    },
    "see_answers": {"owner": "yes", "admin": "yes", "reviewer": "assigned", "auditor": "read"},
    "review": {"owner": "yes", "admin": "yes", "recruiter": "grant", "reviewer": "assigned"},
    "decide": {"owner": "yes", "admin": "yes", "recruiter": "grant", "reviewer": "grant"},
    "unblind": {"owner": "grant", "admin": "grant"},
    "names_in_exports": {"owner": "grant", "admin": "grant", "recruiter": "grant"},
    "export_results": {"owner": "yes", "admin": "yes", "recruiter": "grant", "auditor": "read"},
    "export_audit": {"owner": "yes", "admin": "yes", "auditor": "read"},
    "bank": {"owner": "yes", "admin": "yes", "author": "yes", "auditor": "read"},
    "audit": {"owner": "read", "admin": "read", "auditor": "read"},
}  # fmt: skip

#: Roles that are kept to the screens that they are assigned to; the others see all of the organisation's.
LIMITED: frozenset[StaffRole] = frozenset({"recruiter", "reviewer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A signed-in member of an organisation's staff, with all that decides what they may.

    ``grants`` are permissions given by name, ``screens`` the ids of the screens they are assigned to.
    """

    staff_id: str
    organisation_id: str
    name: str
    email: str
    roles: frozenset[StaffRole]
    grants: frozenset[str] = field(default_factory=frozenset)
    screens: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_limited(self) -> bool:
        """Whether only assigned screens are theirs to see."""
        return self.roles <= LIMITED


def cell(role: StaffRole, permission: Permission) -> Cell | None:
    """Return what the table says of a role; None where it may not."""
    return TABLE[permission].get(role)


def grantable(role: StaffRole) -> tuple[Permission, ...]:
    """Return what may be granted by name to somebody of a role.

    >>> grantable("reviewer")
    ('decide',)
    """
    return tuple(permission for permission, row in TABLE.items() if row.get(role) == "grant")


def may(actor: Actor, permission: Permission, *, screen: str | None = None) -> bool:
    """Whether somebody may do a thing, at a screen where it is about one.

    Without ``screen`` the question is whether they may anywhere.

    >>> ann = Actor(staff_id="a", organisation_id="o", name="Ann", email="", roles=frozenset({"reviewer"}),
    ...             screens=frozenset({"s1"}))
    >>> may(ann, "results", screen="s1"), may(ann, "results", screen="s2"), may(ann, "decide")
    (True, False, False)
    """
    return any(_role_may(actor, role, permission, screen) for role in actor.roles)


def _role_may(actor: Actor, role: StaffRole, permission: Permission, screen: str | None) -> bool:
    found = cell(role, permission)
    if found is None or (found == "grant" and permission not in actor.grants):
        return False
    bound = role in LIMITED and screen is not None
    return screen in actor.screens if bound else True


def sees_screen(actor: Actor, screen: str) -> bool:
    """Whether a screen of the actor's own organisation exists for them at all."""
    return not actor.is_limited or screen in actor.screens


#: What somebody is to a printed sheet: whose it is, or any other learner who has its code.
SheetParty = Literal["owner", "learner"]
#: ``shared``: may on sheets that their owner shares.
SheetCell = Literal["yes", "shared"]
SheetPermission = Literal["print", "key", "class", "share", "enter"]

SHEET_TABLE: Mapping[SheetPermission, Mapping[SheetParty, SheetCell]] = {
    # The page with its files, the paper again, another like it.
    "print": {"owner": "yes"},
    "key": {"owner": "yes"},
    # All sheets of a run with their names, and the marks of all.
    "class": {"owner": "yes"},
    "share": {"owner": "yes"},
    # Answers of one's own, and what was entered so far of them.
    "enter": {"owner": "yes", "learner": "shared"},
}


def may_with_sheet(permission: SheetPermission, *, is_owner: bool, is_shared: bool) -> bool:
    """Whether a learner who has the code of a printed sheet may do a thing with it.

    >>> [may_with_sheet(one, is_owner=False, is_shared=True) for one in ("enter", "key")]
    [True, False]
    """
    found = SHEET_TABLE[permission].get("owner" if is_owner else "learner")
    return found == "yes" or (found == "shared" and is_shared)
