"""SQLAlchemy tables, the codec between values and JSON, query functions. Nothing here commits."""

# Imported for their tables: whoever opens the database or migrates it must know them all.
from quizengine.store import attempt_rows, hiring_rows, rows

__all__ = ["attempt_rows", "hiring_rows", "rows"]
