"""``python -m quizengine``: the command line."""

from __future__ import annotations

from quizengine.cli import main

if __name__ == "__main__":
    main(prog_name="quizengine")
