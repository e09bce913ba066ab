"""The WSGI entry: ``gunicorn app:app``, ``flask --app app run``, or ``python app.py``."""

from __future__ import annotations

from quizengine.web import create_app

app = create_app()

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8000)
