"""From which network a test is written: a keyed hash of it, to note that it changed, for 30 days."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_address, ip_network

from quizengine.model.attempt import EXAMINED
from quizengine.services.attempt import accommodations, integrity
from quizengine.services.attempt.integrity import Seen
from quizengine.services.runtime import Runtime
from quizengine.store import contract
from quizengine.store import integrity as store
from quizengine.store.attempt_rows import NetworkRow

CHANGED = "address_changed"
#: What one household or office shares: the last part of an address says who sits where.
BITS = {4: 24, 6: 48}


def network_of(address: str) -> str:
    """Return the network of an address; an address that is none gives nothing.

    >>> network_of("203.0.113.77"), network_of("2001:db8:1:2::9"), network_of("here")
    ('203.0.113.0/24', '2001:db8:1::/48', '')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network((found, BITS[found.version]), strict=False))


def note(runtime: Runtime, learner_id: str, attempt_id: str, address: str, *, now: datetime) -> None:
    """Note a change of network in a test in which people are told so; the first one is only kept as a hash.

    The hash is made with the server's key and for this attempt alone: it leads to no address, and to no
    other attempt.
    """
    network = network_of(address)
    if not network:
        return
    hashed = str(runtime.seed("network", attempt_id, network))
    with runtime.transaction.reading() as session:
        if store.watched_kind(session, attempt_id, learner_id) not in EXAMINED:
            return
        known = session.get(NetworkRow, attempt_id)
        off = accommodations.current(session, learner_id, now).integrity_off
    if CHANGED in off or (known is not None and known.hash == hashed):
        return
    with runtime.transaction() as session:
        contract.locked_attempt(session, attempt_id)
        row = session.get(NetworkRow, attempt_id)
        before = row.hash if row else hashed
        session.merge(NetworkRow(attempt_id=attempt_id, hash=hashed, seen_at=now))
    if before != hashed:
        integrity.record(runtime, learner_id, attempt_id, [Seen(CHANGED)], now=now)
