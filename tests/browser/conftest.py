"""A browser for these tests: Debian's Chromium, driven by Playwright; it asks no other host for anything."""

import functools
import http.server
import shutil
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "html"
#: No sandbox within a container, and nothing that the browser would fetch for itself.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _missing() -> str:
    """What the browser tests need and do not find, with the way to get it; empty if nothing is missing."""
    for package in ("playwright", "axe_playwright_python"):
        if find_spec(package) is None:
            return f"{package} is not installed here: run `make test-browser`, which sets up .venv-more"
    if not chromium():
        return "there is no Chromium: on Debian and Ubuntu `apt-get install chromium`"
    return ""


def chromium() -> str:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""


def pytest_collection_modifyitems(config, items):
    """Without a browser these tests are skipped among others, and stop the run when they were asked for alone."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    missing = _missing() if here else ""
    if missing and len(here) == len(items):
        pytest.exit(f"No browser tests: {missing}.", returncode=1)
    for item in here if missing else []:
        item.add_marker(pytest.mark.skip(reason=missing))


def pytest_terminal_summary(terminalreporter):
    """The weight of each page, as it was seen."""
    weights = {
        report.nodeid.split("[")[-1].rstrip("]"): value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", [])
        if name == "bytes" and getattr(report, "when", "") == "call"
    }
    if weights:
        terminalreporter.section("bytes of a first visit, the heaviest page first")
        for page, weight in sorted(weights.items(), key=lambda item: -item[1]):
            terminalreporter.write_line(f"{weight / 1e6:5.2f} MB  {page}")


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve():
    """Serve a folder on this machine: a function that takes it and gives its address."""
    servers = []

    def start(folder: Path) -> str:
        handler = functools.partial(_Quiet, directory=str(folder))
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="session")
def site(serve):
    """The address of the rendered site."""
    if not (SITE / ".nojekyll").exists():
        pytest.fail("the site is not there: run `make html` first")
    return serve(SITE)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """As hosts of static sites do, a lost address is answered with the page for it."""

    def send_error(self, code, message=None, explain=None):
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            return super().send_error(code, message, explain)
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.read_bytes())

    def log_message(self, *arguments):
        pass
