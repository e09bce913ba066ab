"""Data on access: policies and the requests they meet, grants and their use."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

_AREAS = ("raw", "features", "models", "exports")
_PLAIN = ("read", "list", "write", "delete", "share", "copy", "tag", "restore")
_STRONG = ("write", "delete", "share", "restore")


@generator
def policy_requests(rng: np.random.Generator) -> Mapping[str, Any]:
    """Four statements and six requests on which other ways of deciding give other sets.

    The wide allow comes before the deny and the narrow one after it, so that the order would matter if
    the last match decided. ``by_first_deny`` asks the denying statements first: the same by another road.
    """
    shut, own, other = (str(area) for area in rng.permutation(_AREAS)[:3])
    names = [str(name) for name in rng.permutation(("public", "daily", "pii", "weekly"))]
    statements = [
        ("allow", "read", "*"),
        ("deny", "*", f"{shut}/*"),
        ("allow", "read", f"{shut}/{names[0]}"),
    ]
    statements.insert(int(rng.integers(0, 4)), ("allow", "*", f"{own}/*"))
    strong = [str(verb) for verb in rng.permutation(("write", "delete", "share"))]
    requests = [
        ("read", f"{shut}/{names[0]}"),
        ("read", f"{shut}/{names[1]}"),
        (strong[0], f"{other}/{names[2]}"),
        (strong[1], f"{own}/{names[int(rng.integers(0, 4))]}"),
        (strong[2], f"{rng.choice([shut, own, other])}/{names[3]}"),
        ("read", f"{rng.choice([own, other])}/{names[int(rng.integers(0, 4))]}"),
    ]
    return _decide(statements, [requests[int(i)] for i in rng.permutation(6)])


def _decide(statements: list[tuple[str, str, str]], requests: list[tuple[str, str]]) -> dict[str, Any]:
    matching = [
        [
            effect
            for effect, action, resource in statements
            if fnmatchcase(verb, action) and fnmatchcase(place, resource)
        ]
        for verb, place in requests
    ]
    shown = [f"`{verb}` on `{place}`" for verb, place in requests]
    ways = {
        "allowed": ["allow" in found and "deny" not in found for found in matching],
        "allow_matches": ["allow" in found for found in matching],
        "not_denied": ["deny" not in found for found in matching],
        "last_match": [bool(found) and found[-1] == "allow" for found in matching],
    }
    left = [i for i, found in enumerate(matching) if "deny" not in found]
    return {
        "effects": [statement[0] for statement in statements],
        "actions": [f"`{statement[1]}`" for statement in statements],
        "resources": [f"`{statement[2]}`" for statement in statements],
        "requests": shown,
        "matched": [" and ".join(sorted(set(found))) or "nothing" for found in matching],
        "decisions": ["allowed" if flag else "refused" for flag in ways["allowed"]],
        "by_first_deny": [shown[i] for i in left if matching[i]],
        **{
            key: [text for text, flag in zip(shown, flags, strict=True) if flag]
            for key, flags in ways.items()
        },
    }


@generator
def grants(rng: np.random.Generator) -> Mapping[str, Any]:
    """Seven granted actions with their uses: three unused, of which one is needed once a year."""
    while True:
        verbs = [str(verb) for verb in rng.permutation(_PLAIN)[:7]]
        actions = [f"{rng.choice(_AREAS)}:{verb}" for verb in verbs]
        uses = [0, 0, 0, int(rng.integers(1, 3)), *(int(n) for n in rng.integers(20, 3000, 3))]
        uses = [uses[int(i)] for i in rng.permutation(7)]
        idle = [action for action, count in zip(actions, uses, strict=True) if count == 0]
        yearly = idle[int(rng.integers(0, 3))]
        strong = [a for a, verb in zip(actions, verbs, strict=True) if verb in _STRONG]
        surplus = [action for action in idle if action != yearly]
        if strong and set(strong) not in (set(surplus), set(idle)):
            return {
                "actions": actions,
                "used": uses,
                "yearly": yearly,
                "unused_actions": idle,
                "surplus": surplus,
                "rare_too": [a for a, n in zip(actions, uses, strict=True) if n < 20 and a != yearly],
                "dangerous": strong,
            }
