"""One whole answered question through HTTP: the POST that commits, and the GET of the next page.

Claim: a round trip takes at most 25 ms (median), warm, on 2 cores, with the server that
``quizengine serve`` runs. The floor of the same run is ``/healthz``, which touches nothing.
Other work on the machine stretches the wall clock: the processor time that the server's
processes took for an answered question stands below it (Linux), with the load average.

    python benchmarks/http_round_trip.py [--attempts 4] [--reading 1]

A learner reads for some seconds before an answer: the server draws meanwhile what may come next.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

OUT = Path(__file__).parent / "out" / "http_round_trip.json"
START_SECONDS = 60
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="csrf_token"')
SLOT = re.compile(r'name="slot" value="([a-z2-7]{26})"')


#: Status, place to go on, body, milliseconds.
Reply = tuple[int, str, str, float]


class Browser:
    """The little of a browser that forms need: cookies, the token, redirects."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookies: dict[str, str] = {}
        self.port = port

    def request(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, str, str, float]:
        """Return status, place to go on, body and milliseconds."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers["Origin"] = f"http://127.0.0.1:{self.port}"
        body = urlencode(form) if form is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        milliseconds = 1000 * (time.perf_counter() - started)
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), text, milliseconds

    def post(self, path: str, page: str, **form: str) -> Reply:
        """Post a form of ``page``."""
        found = TOKEN.search(page)
        if found is None:
            raise RuntimeError(f"no token on the page before {path}")
        return self.request("POST", path, {"csrf_token": found[1] or found[2], **form})


@contextmanager
def server(data: str) -> Iterator[tuple[int, int]]:
    """Run ``quizengine serve`` on a free port until the block ends; give its process and the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "quizengine", "serve", "--port", str(port), "--data", data]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        _settle(process.pid)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(30)


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process and those that it started; 0 where /proc does not tell."""
    place = Path("/proc") / str(pid)
    try:
        after_name = (place / "stat").read_text().rpartition(")")[2].split()
        children = (place / "task" / str(pid) / "children").read_text().split()
    except OSError:
        return 0.0
    own = (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for child in children)


def _wait(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            if Browser(port).request("GET", "/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the server did not answer within {START_SECONDS} s")


def _settle(pid: int) -> None:
    """Wait until the server has nothing to do: it gets ready while it serves already."""
    until, before = time.monotonic() + START_SECONDS, -1.0
    while time.monotonic() < until and (now := processor_seconds(pid)) > before + 0.1:
        before = now
        time.sleep(1)


def sit(port: int, reading: float) -> tuple[list[float], list[float]]:
    """Take one diagnostic, answering every question with what is typed first; return POST and GET times."""
    browser = Browser(port)
    page = browser.request("GET", "/learn/start")[2]
    place = browser.post("/learn/start", page, role="ml-engineer", hours="6")[1]
    page = browser.request("GET", place)[2]
    if not place.endswith("/q"):
        place = browser.post(f"{place}/start", page)[1]
        page = browser.request("GET", place)[2]
    posts, gets = [], []
    while (slot := SLOT.search(page)) is not None:
        time.sleep(reading)
        form = {"slot": slot[1], **_given(page)}
        status, following, _, milliseconds = browser.post(place, page, **form)
        if status != 303:  # what could not be read is asked again: say so, and go on
            _, following, _, _ = browser.post(place, page, slot=slot[1], dont_know="yes")
        else:
            posts.append(milliseconds)
        _, _, page, milliseconds = browser.request("GET", following)
        gets.append(milliseconds)
    return posts, gets


def _given(page: str) -> dict[str, str]:
    """Fill every box with 1, and pick what comes first."""
    given: dict[str, str] = {}
    for tag, name in re.findall(r'(<(?:input|textarea|select)[^>]*name="(a\.[^"]+)"[^>]*>)', page):
        if tag.startswith("<select"):
            place = sum(key.rpartition(".")[0] == name.rpartition(".")[0] for key in given) + 1
            given[name] = str(place) if "data-ordering" in page else "a"
        elif "radio" in tag or "checkbox" in tag:
            given[name] = "a"
        else:
            given[name] = "SELECT 1" if "data-editor" in tag else "1"
    return given


def main() -> None:
    """Print the table and write the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--attempts", type=int, default=4)
    parser.add_argument("--reading", type=float, default=1.0, help="seconds")
    options = parser.parse_args()
    attempts, reading = options.attempts, options.reading
    posts: list[float] = []
    gets: list[float] = []
    with tempfile.TemporaryDirectory() as data, server(data) as (pid, port):
        for _ in range(2):
            sit(port, 0.0)  # warm: both workers draw, grade and render once
        before = processor_seconds(pid)
        for _ in range(attempts):
            post, get = sit(port, reading)
            posts, gets = posts + post, gets + get
        processor = 1000 * (processor_seconds(pid) - before) / len(gets)
        browser = Browser(port)
        floor = [browser.request("GET", "/healthz")[3] for _ in range(200)]
    rows = {"commit (POST)": posts, "next question (GET)": gets, "floor: /healthz": floor}
    print(f"{'round trip':<22}{'n':>6}{'median':>9}{'p95':>9}{'p99':>9}   ms")
    found = {}
    for name, times in rows.items():
        ordered = sorted(times)
        at = [
            statistics.median(ordered),
            ordered[int(0.95 * len(ordered))],
            ordered[int(0.99 * len(ordered))],
        ]
        found[name] = {"n": len(times), "median": at[0], "p95": at[1], "p99": at[2]}
        print(f"{name:<22}{len(times):>6}" + "".join(f"{value:>9.1f}" for value in at))
    average = os.getloadavg()
    print(f"processor time of the server for an answered question: {processor:.1f} ms (mean)")
    print("load average", " ".join(f"{value:.1f}" for value in average))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({**found, "processor": processor, "load_average": average}, indent=1))


if __name__ == "__main__":
    main()
