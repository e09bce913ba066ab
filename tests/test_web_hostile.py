"""Hostile text in every answer box: taken as an answer or refused with a message, never a fault of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web_questions import ANSWERS, RIGHT, make_app, post

HOSTILE = {
    "python": "__import__('os').system('touch canary')",
    "attribute walk": "().__class__.__bases__[0].__subclasses__()",
    "template": "{{ config.items() }}{% for x in y %}",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "sql end": "'; DROP TABLE users; --",
    "attach": "ATTACH DATABASE 'canary' AS x",
    "endless query": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
    "header": "1\r\nSet-Cookie: a=b",
    "formula of a sheet": "=cmd|'/c calc'!A1",
    "tex": r"\input{/etc/passwd}\write18{touch canary}",
    "tower": "9**9**9**9",
    "factorials": "((9!)!)!",
    "brackets": "(" * 9_000,
    "minus signs": "-" * 9_000 + "1",
    "digits": "9" * 20_000,
    "commas": "1," * 9_000,
    "commas of fractions": ",".join(f"{n}/7" for n in range(1, 2_000)),
    "roots": r"\sqrt{" * 2_000,
    "matrix": r"\begin{pmatrix}" * 900,
    "control characters": "\x00\x1b[31m\x7f\x08",
    "directions": "\u202e\u2066\ufeff1",
    "half a character": "\ud800",
    "marks": "1" + "\u0301" * 4_000,
    "other digits": "\u0967\U0001d7db\u2460",
    "exponent": "1e-999999999",
    "names": "e" * 9_000,
}
BODIES: dict[str, Any] = {
    "ragged": [["1"], [], ["1", "2", "3"]],
    "empty rows": [[], []],
    "no rows": [],
    "long row": ["1"] * 400,
    "many cells": [["1"] * 20] * 20,
    "half characters": [["\ud800", "\udfff"], ["1", "2"]],
}
KINDS = tuple(ANSWERS)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with make_app(tmp_path_factory.mktemp("hostile")).test_client() as made:
        yield made


def token(client: FlaskClient) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/demo").text)
    assert found
    return {"X-CSRFToken": found[1]}


def told(page: str) -> bool:
    """Whether a page says what became of the answer: a verdict, or why it could not be read."""
    return 'class="verdict' in page or "could not be read" in page or "error-summary" in page


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gets_a_message(
    client: FlaskClient, kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # A browser cannot send half a character in a form; the echo below gets it as JSON.
    text = HOSTILE[name].encode("utf-8", "replace").decode()

    answer = post(client, f"/demo?type={kind}", dict.fromkeys(list(RIGHT[kind])[:1], text))

    assert answer.status_code == 200
    assert told(answer.text)
    assert "Correct" not in re.findall(r"<h2[^>]*>(.*?)</h2>", answer.text, re.DOTALL)
    assert "<script>alert" not in answer.text
    assert "Set-Cookie: a=b" not in str(answer.headers)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_is_echoed_harmlessly_or_refused(client: FlaskClient, kind: str) -> None:
    headers = token(client)

    for value in (*HOSTILE.values(), *BODIES.values()):
        answer = client.post(
            f"/demo/read?type={kind}", json={"part": "answer", "value": value}, headers=headers
        )

        assert answer.status_code in (200, 422), value
        assert "<script>alert" not in str(answer.get_json())
        assert answer.data.isascii()


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_may_be_hostile_at_once(client: FlaskClient, kind: str) -> None:
    for text in ("(1+" * 700, "1/0", "<b>", "\x00"):
        assert post(client, f"/demo?type={kind}", dict.fromkeys(RIGHT[kind], text)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 30_000, 422),
        (b'{"part": "answer", "value": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", 422),
        (b'{"part": ' + b"1" * 10_000 + b"}", 422),
        (b'{"part": "\xff"}', 422),
        (b'{"part": ["answer"], "value": "1"}', 422),
        (b'{"part": "answer", "value": {"a": 1}}', 422),
        (b'{"part": "answer", "value": [[["1"]]]}', 422),
        (b'{"part": "answer", "value": "' + b"1" * 40_000 + b'"}', 413),
    ],
)
def test_a_hostile_body_is_refused_with_a_reason(client: FlaskClient, body: bytes, status: int) -> None:
    answer = client.post(
        "/demo/read?type=integer", data=body, content_type="application/json", headers=token(client)
    )

    assert answer.status_code == status
    assert answer.get_json()["detail"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_with_ten_thousand_fields_is_too_large(client: FlaskClient, kind: str) -> None:
    found = token(client)["X-CSRFToken"]

    answer = client.post(
        f"/demo?type={kind}",
        data=f"csrf_token={found}" + "&a.answer=1" * 10_000,
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/demo?type=%ff",
        "/static/..%2f..%2fpyproject.toml",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/learn/practice/%3Cscript%3Ealert",
        "/learn/report/..%2f..%2fetc%2fpasswd.json",
        "/t/%00/q",
        "/t/x/slots/%f0%9f",
        "/learn/start?role=%3Cscript%3Ealert(1)%3C/script%3E",
        "/learn/resume/" + "%ff" * 40,
    ],
)
def test_a_hostile_address_shows_a_page_of_ours(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code in (200, 404)
    assert "<script>alert" not in answer.text
    assert "[project]" not in answer.text


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%5Cevil.example/", "/%09/evil.example/", "/x%0d%0aA:b/"]
)
def test_no_address_leads_to_another_site(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.headers.get("Location", "/").startswith(("/", "http://localhost/"))
    assert not answer.headers.get("Location", "/").startswith(("//", "/\\"))
    assert "A" not in answer.headers


def test_the_folder_of_answers_and_secrets_is_closed_to_others(tmp_path: Path) -> None:
    make_app(tmp_path)

    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    assert (tmp_path / "data" / "variants_key").stat().st_mode & 0o077 == 0
