"""Any file that can be verified: found out by its format."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from quizengine.bank import Bank
from quizengine.errors import RequestError
from quizengine.services.exports import FORMAT as REPORT
from quizengine.services.hiring.results_file import FORMAT as RESULTS
from quizengine.services.verifying.outcome import STEPS, Difference, Step, Verification, step
from quizengine.services.verifying.report import verify_report
from quizengine.services.verifying.results import verify_results

MOST_BYTES = 500_000_000


def read_file(path: Path) -> Any:
    """Return what a file holds.

    Raises
    ------
    RequestError
        If it cannot be read, or is no JSON.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RequestError(f"{path} has more than {MOST_BYTES:,} bytes: export fewer results at once.")
        return json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{path} cannot be read: {error}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise RequestError(f"{path} is no JSON: {error}") from error


def verify_table(table: Any, bank: Bank | None, heads: Collection[str] = ()) -> Verification:
    """Compute all that a file says again, and compare."""
    kind = table.get("format") if isinstance(table, Mapping) else None
    if kind == RESULTS:
        return verify_results(table, bank, heads)
    if kind == REPORT:
        return verify_report(table, bank)
    fault = Difference("format", kind, f"{RESULTS} or {REPORT}")
    rest = [Step(name, skipped="nobody knows what this file is") for name in STEPS if name != "schema"]
    return Verification("a file of another kind", (step("schema", [fault]), *rest))
