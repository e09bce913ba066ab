"""SQLAlchemy tables, the codec between values and JSON, query functions. Nothing here commits."""
