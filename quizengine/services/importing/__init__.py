"""Questions of other systems become question files: what cannot come along is told, question by question."""

from quizengine.services.importing.bank import Imported, import_questions
from quizengine.services.importing.foreign import READERS, ImportFileError

__all__ = ["READERS", "ImportFileError", "Imported", "import_questions"]
