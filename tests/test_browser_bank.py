"""The bank in numbers in a browser: no serious fault of accessibility, nothing wider than the window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.browsing import Site, Watch, axe_faults, chromium, serve

pytestmark = pytest.mark.browser
PATHS = ("/bank", "/bank?order=difficulty&falling=yes", "/bank/math.bayes.disease-test")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve(tmp_path_factory.mktemp("bank"), author=True) as made:
        yield made


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_every_page_can_be_read_by_everybody_and_fits(
    browser: Browser, site: Site, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    watch = Watch(site.url)
    watch.over(page)
    faults: list[str] = []
    for path in PATHS:
        page.goto(site.url + path)
        faults += axe_faults(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{path} is wider than {width}")
    page.close()

    assert faults + watch.faults == []
