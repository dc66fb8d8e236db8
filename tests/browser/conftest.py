"""Debian's Chromium, and a page of it that tells what it complained about. Pictures of the last run are in var/browser."""

import sys

import pytest

from harness import paths

_FETCHED = paths.CACHE / "browser"
sys.path.append(str(paths.needed(_FETCHED / "modules", "./deploy/setup.sh --tests brings it")))
AXE = _FETCHED / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = paths.ROOT / "var" / "browser"

# As root it has no sandbox of its own; without the rest it asks the outside world for updates.
_FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium, request):
    """A page. What its script complains of fails the test, but for what the mark `complains` names."""
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, bypass_csp=False)
    page = context.new_page()
    complaints = []
    expected = [mark.args[0] for mark in request.node.iter_markers("complains")]
    page.on("console", lambda message: message.type in ("error", "warning") and not any(text in message.text for text in expected)
            and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def picture(tab, request):
    """picture("name") keeps how the page looks."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return lambda name: tab.screenshot(path=PICTURES / f"{request.node.originalname}-{name}.png", full_page=True)
