"""The table of rights, cell by cell, as the paper prints it."""

from __future__ import annotations

from typing import get_args

import pytest

from quizengine.services.permissions import (
    SHEET_TABLE,
    STAFF_ROLES,
    TABLE,
    Actor,
    Permission,
    SheetPermission,
    StaffRole,
    cell,
    may,
    may_with_sheet,
    sees_screen,
)

# owner, admin, recruiter, reviewer, author, auditor. Y yes, R read, G by grant, A assigned, - no.
PRINTED = """
organisation       Y - - - - -
users              Y Y - - - -
profiles_edit      Y Y - - - -
profiles_read      Y Y R R R R
screens            Y Y Y - - -
invite             Y Y Y - - -
monitor            Y Y Y - - R
intervene          Y Y Y - - -
accommodate        G G G - - -
results            Y Y G A - R
see_answers        Y Y - A - R
review             Y Y G A - -
decide             Y Y G G - -
unblind            G G - - - -
names_in_exports   G G G - - -
export_results     Y Y G - - R
export_audit       Y Y - - - R
bank               Y Y - - Y R
audit              R R - - - R
"""
WORDS = {"Y": "yes", "R": "read", "G": "grant", "A": "assigned", "-": None}
ROWS = {line.split()[0]: line.split()[1:] for line in PRINTED.split("\n") if line}
CELLS = [(name, role, row[at]) for name, row in ROWS.items() for at, role in enumerate(STAFF_ROLES)]


def somebody(*roles: StaffRole, grants: tuple[str, ...] = (), screens: tuple[str, ...] = ()) -> Actor:
    return Actor(
        staff_id="s", organisation_id="o", name="Sam", email="sam@example.org",
        roles=frozenset(roles), grants=frozenset(grants), screens=frozenset(screens),
    )  # fmt: skip


def test_the_table_has_every_permission_and_no_other() -> None:
    assert set(TABLE) == set(get_args(Permission)) == set(ROWS)


@pytest.mark.parametrize(("permission", "role", "printed"), CELLS)
def test_a_cell_is_what_is_printed_and_holds(permission: Permission, role: StaffRole, printed: str) -> None:
    found = cell(role, permission)

    assert found == WORDS[printed]
    assert may(somebody(role), permission) == (printed in "YRA")
    assert may(somebody(role, grants=(permission,)), permission) == (printed in "YRAG")


def test_a_grant_to_somebody_whose_role_has_no_such_cell_gives_nothing() -> None:
    assert not may(somebody("author", grants=("unblind",)), "unblind")


def test_recruiters_and_reviewers_are_kept_to_their_screens() -> None:
    reviewer = somebody("reviewer", screens=("mine",))

    assert may(reviewer, "results", screen="mine")
    assert not may(reviewer, "results", screen="other")
    assert not may(somebody("recruiter"), "invite", screen="other")
    assert not sees_screen(reviewer, "other")
    assert sees_screen(somebody("admin"), "other")


def test_of_several_roles_the_one_that_may_counts() -> None:
    both = somebody("reviewer", "auditor")

    assert may(both, "audit")
    assert may(both, "results", screen="any")
    assert sees_screen(both, "any")


# What may be done with a printed sheet. Y yes, S while it is shared, - no.
OF_SHEETS = """
print  Y -
key    Y -
class  Y -
share  Y -
enter  Y S
"""


def test_the_table_of_printed_sheets_is_what_is_printed_and_holds() -> None:
    rows = {line.split()[0]: line.split()[1:] for line in OF_SHEETS.split("\n") if line}

    assert set(SHEET_TABLE) == set(get_args(SheetPermission)) == set(rows)
    for permission in get_args(SheetPermission):
        for is_owner, printed in zip((True, False), rows[permission], strict=True):
            found = [may_with_sheet(permission, is_owner=is_owner, is_shared=one) for one in (False, True)]
            assert found == {"Y": [True, True], "S": [False, True], "-": [False, False]}[printed]
