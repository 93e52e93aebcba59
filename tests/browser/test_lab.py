"""JupyterLab in a real browser: every notebook runs from top to bottom and says what the committed one says."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from html import unescape
from urllib.parse import urlsplit

import nbformat
import pytest

from .conftest import ROOT, SWITCHES, chromium

playwright = pytest.importorskip(
    "playwright.sync_api", reason="no Playwright here; make test-browser runs the tests in a browser"
)

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SCREENSHOTS = ROOT / "build" / "screenshots"
LIMIT = 240

_OPEN = """path => {
    const app = window.jupyterapp;
    window.panel = window.broken = null;
    window.finished = false;
    const run = async () => {
        await app.restored;
        const panel = window.panel = await app.commands.execute('docmanager:open', {path, factory: 'Notebook'});
        await panel.context.ready;
        await panel.sessionContext.ready;
        app.shell.collapseLeft();
        app.shell.activateById(panel.id);
        if (app.shell.currentWidget !== panel) throw new Error(`${path} is open, but not in front`);
        await app.commands.execute('notebook:run-all-cells');
    };
    run().catch(error => { window.broken = String(error); }).finally(() => { window.finished = true; });
}"""
#: Idle alone also holds when nothing ran: every code cell needs its number, unless an error ended the run.
_DONE = """() => {
    if (window.broken) throw new Error(window.broken);
    if (!window.finished) return false;
    const cells = Array.from(window.panel.context.model.cells).filter(cell => cell.type === 'code');
    const failed = cells.some(cell => cell.outputs.toJSON().some(output => output.output_type === 'error'));
    const counted = cells.every(cell => cell.executionCount !== null);
    return window.panel.sessionContext.session.kernel.status === 'idle' && (counted || failed);
}"""
_SHOW = """async place => {
    const content = window.panel.content;
    content.activeCellIndex = place;
    content.mode = 'command';
    await content.scrollToItem(place, 'start');
}"""


@pytest.fixture(scope="module")
def lab_desk(tmp_path_factory):
    """`make lab` at work on copies, with settings of its own: (folder, address of an empty desk, what it opens)."""
    desk = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "notebooks", desk / "notebooks")
    venv = ".venv" if (ROOT / ".venv" / "ready").exists() else ".venv-more"
    for name in ("Makefile", "requirements.txt", "requirements-more.txt", "pyproject.toml"):
        (desk / name).symlink_to(ROOT / name)
    (desk / venv).mkdir()
    for path in (ROOT / venv).iterdir():
        (desk / venv / path.name).symlink_to(path)
    (desk / venv / "ready").unlink()
    (desk / venv / "ready").write_text(f"{desk.resolve()}\n")  # the packages of this clone, as if set up for the desk
    opened = desk / "opened"  # what would be opened in the user's browser
    (desk / "browser").write_text(f'#!/bin/sh\nprintf %s "$1" > "{opened}"\n')
    (desk / "browser").chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = ["--expose-app-in-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--allow-root"]
    flags += ["--ServerApp.port_retries=0"]
    token = secrets.token_hex(16)
    flags += [f"--IdentityProvider.token={token}", f"--ServerApp.browser='{desk}/browser %s'"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    environment |= {"HOME": str(desk), "XDG_CONFIG_HOME": str(desk / "config"), "XDG_DATA_HOME": str(desk / "share")}
    with open(desk / "log", "w+", encoding="utf-8") as log:
        command = ["make", "lab", f"VENV={venv}", f"LABFLAGS={' '.join(flags)}"]
        server = subprocess.Popen(
            command, cwd=desk, env=environment, stdout=log, stderr=log, text=True, start_new_session=True
        )
        try:
            deadline = time.monotonic() + 120
            while not (opened.exists() and opened.read_text()):
                if server.poll() is not None or time.monotonic() > deadline:
                    pytest.fail("make lab opens no page:\n" + (desk / "log").read_text("utf-8"), pytrace=False)
                time.sleep(0.2)
            yield desk / "notebooks", f"http://127.0.0.1:{port}/lab?token={token}&reset", opened.read_text()
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


@pytest.fixture(scope="module")
def lab_browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def lab_page(lab_browser, lab_desk):
    """A page on an empty desk, which may ask no other host and report no fault of a script."""
    _, address, _ = lab_desk
    context = lab_browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    asked, faults = [], []
    page.on("request", lambda request: asked.append(urlsplit(request.url)))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    page.wait_for_function("() => window.jupyterapp", timeout=60_000)
    yield page
    context.close()
    hosts = {url.netloc for url in asked if url.scheme not in ("data", "blob", "file")}
    assert hosts == {urlsplit(address).netloc}, "JupyterLab asked another host"
    assert not faults


def lab_run(page, folder, notebook, name):
    """Open a copy without any output, run all cells, save; returns the notebook as JupyterLab saved it."""
    bare = nbformat.from_dict(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(bare, folder / name)
    page.evaluate(_OPEN, name)
    page.wait_for_function(_DONE, timeout=LIMIT * 1000, polling=200)
    page.evaluate("() => window.panel.context.save()")
    return nbformat.read(folder / name, as_version=4)


def lab_shot(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.evaluate(_SHOW, 0)
    page.wait_for_timeout(500)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def lab_close(page):
    page.evaluate("async () => { await window.panel.sessionContext.shutdown(); window.panel.dispose(); }")


def outputs(cell):
    """What a cell shows, streams put together: (kind, content) each."""
    shown = []
    for output in cell.outputs:
        if output.output_type == "stream":
            if shown and shown[-1][0] == output.name:
                shown[-1] = (output.name, shown[-1][1] + output.text)
            else:
                shown.append((output.name, output.text))
        elif output.output_type == "error":
            shown.append(("error", f"{output.ename}: {output.evalue}"))
        else:
            shown.append((output.output_type, dict(output.data)))
    return shown


def lab_faults(ran, committed):
    """What is wrong with a notebook after its run, cell by cell."""
    faults = []
    mine, theirs = ([cell for cell in its.cells if cell.cell_type == "code"] for its in (ran, committed))
    if [cell.source for cell in mine] != [cell.source for cell in theirs]:
        faults.append("the cells are not the same")
    for number, (cell, wanted) in enumerate(zip(mine, theirs), 1):
        if cell.execution_count != number:
            faults.append(f"cell {number} has the execution count {cell.execution_count}")
        faults += [f"cell {number}: {kind}: {text}" for kind, text in outputs(cell) if kind in ("error", "stderr")]
        if outputs(cell) != outputs(wanted):
            faults.append(f"cell {number} shows something else than the committed notebook:\n{cell.source}")
    return faults


def lab_notebook(cells):
    """A notebook that names its kernel; without that JupyterLab would ask for one."""
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def test_make_lab_opens_on_the_start_notebook(lab_desk, lab_page):
    lab_page.goto(lab_desk[2])  # a file that leads to the desk, as the user's browser would be led
    lab_page.wait_for_url("**/lab/tree/00_start_here.ipynb*", timeout=60_000, wait_until="commit")
    lab_page.wait_for_function("() => window.jupyterapp", timeout=60_000)
    lab_page.wait_for_function("() => window.jupyterapp.shell.currentWidget?.context?.path", timeout=60_000)
    assert lab_page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path") == "00_start_here.ipynb"
    lab_page.wait_for_timeout(3000)
    assert not lab_page.locator(".Toastify__toast").count(), "it asks for something"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_in_jupyterlab_as_it_is_committed(lab_desk, lab_page, path):
    committed = nbformat.read(path, as_version=4)
    ran = lab_run(lab_page, lab_desk[0], committed, path.name)
    lab_shot(lab_page, f"lab-{path.stem}")
    lab_close(lab_page)
    assert lab_faults(ran, committed) == []
    assert nbformat.read(path, as_version=4) == committed, "the committed notebook was changed"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("1 / 0", "cell 2: error: ZeroDivisionError: division by zero"),
        ("import warnings\nwarnings.warn('old')", "cell 2: stderr: "),
        ("print('more')", "cell 2 shows something else"),
    ],
)
def test_a_broken_notebook_is_caught(lab_desk, lab_page, source, told):
    cells = [nbformat.v4.new_code_cell(text) for text in ("print('one')", source, "print('three')")]
    for number, (cell, text) in enumerate(zip(cells, ("one\n", "two\n", "three\n")), 1):
        cell.execution_count, cell.outputs = number, [nbformat.v4.new_output("stream", text=text)]
    committed = lab_notebook(cells)
    ran = lab_run(lab_page, lab_desk[0], committed, "broken.ipynb")
    lab_close(lab_page)
    faults = lab_faults(ran, committed)
    assert [fault for fault in faults if fault.startswith(told)], faults
    assert not [fault for fault in faults if fault.startswith("cell 1")], faults
    assert ("cell 3 has the execution count None" in faults) == ("/ 0" in source), faults


_LOOK = """async () => {
    const content = window.panel.content, found = {images: [], cells: [], trusted: []};
    for (const [place, cell] of Array.from(content.widgets).entries()) {
        if (cell.model.type !== 'code') continue;
        await content.scrollToItem(place, 'start');
        await cell.ready;
        await new Promise(done => setTimeout(done, 50));
        found.trusted.push(cell.model.trusted);
        for (const image of cell.node.querySelectorAll('.jp-OutputArea img')) {
            await image.decode();
            found.images.push({alt: image.alt, width: image.getBoundingClientRect().width});
        }
        for (const td of cell.node.querySelectorAll('.jp-OutputArea table:not(.dataframe) tbody td'))
            found.cells.push(getComputedStyle(td).textAlign);
    }
    return found;
}"""


def stored(notebook):
    """What a reader is to see of a committed notebook: the words for each image, the side of each cell of a table."""
    html = [
        output.data.get("text/html", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]
    words = [unescape(alt) for text in html for alt in re.findall(r'<img alt="([^"]*)"', text)]
    sides = [side for text in html for side in re.findall(r"<td style=['\"]text-align:(\w+)", text)]
    return words, sides


@pytest.mark.parametrize("trusted", [False, True], ids=["untrusted", "trusted"])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_shows_its_charts_and_tables(lab_desk, lab_page, path, trusted):
    """As everybody sees it who opens a clone: nothing was run, and a home that has never trusted anything."""
    committed = nbformat.read(path, as_version=4)
    name = path.name
    shutil.copy(path, lab_desk[0] / name)
    if not trusted:  # another notebook than the one that make lab trusts
        name = f"untrusted-{path.name}"
        nbformat.write(
            nbformat.from_dict(committed | {"cells": [*committed.cells, nbformat.v4.new_markdown_cell("New.")]}),
            lab_desk[0] / name,
        )
    words, sides = stored(committed)
    lab_page.evaluate(_OPEN.replace("await app.commands.execute('notebook:run-all-cells');", ""), name)
    lab_page.wait_for_function("() => { if (window.broken) throw new Error(window.broken); return window.finished; }")
    for scheme in ("JupyterLab Light", "JupyterLab Dark"):
        with theme(lab_page, scheme):
            found = lab_page.evaluate(_LOOK)
            assert set(found["trusted"]) == {trusted}
            assert [image["alt"] for image in found["images"]] == words
            assert all(image["width"] > 300 for image in found["images"])
            assert found["cells"] == sides
            lab_page.evaluate(_SHOW, 1)
            lab_page.wait_for_timeout(300)
            shade = scheme.split()[1].lower()
            lab_page.screenshot(path=SCREENSHOTS / f"lab-{'' if trusted else 'un'}trusted-{path.stem}-{shade}.png")
    lab_close(lab_page)


@contextmanager
def theme(page, name):
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", name)
    page.wait_for_function(
        "dark => document.body.dataset.jpThemeLight === String(!dark)", arg=name.endswith("Dark"), timeout=30_000
    )
    page.wait_for_timeout(500)
    yield
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")


def test_tables_show_well_in_light_and_dark(lab_desk, lab_page):
    from axe_playwright_python.sync_playwright import Axe

    shown = {"Passages": "ds.passages", "Quantities": "ds.joined('quantities')", "Fields": "ds.codebook('passages')"}
    calls = ["ds", "ds.evidence('iaea.08')", *(f"ur.table({rows}, '{title}')" for title, rows in shown.items())]
    first = nbformat.v4.new_code_cell("import unreplies as ur\nds = ur.load()")
    notebook = lab_notebook([first, *map(nbformat.v4.new_code_cell, calls)])
    ran = lab_run(lab_page, lab_desk[0], notebook, "tables.ipynb")
    for cell in ran.cells[1:]:
        html = outputs(cell)[0][1]["text/html"]
        assert "<caption" in html
        assert not re.search("[0-9a-f]{64}", html), "a wall of hashes"
    lab_page.wait_for_selector(".jp-OutputArea-output table caption")
    for name in ("JupyterLab Light", "JupyterLab Dark"):
        with theme(lab_page, name):
            short = name.split()[1].lower()
            for place in range(1, len(calls) + 1):
                lab_page.evaluate(_SHOW, place)
                lab_page.wait_for_timeout(300)
                SCREENSHOTS.mkdir(parents=True, exist_ok=True)
                lab_page.screenshot(path=SCREENSHOTS / f"lab-tables-{place}-{short}.png")
                rules = {"runOnly": ["color-contrast", "empty-table-header", "td-headers-attr", "th-has-data-cells"]}
                found = Axe().run(lab_page, context=".jp-OutputArea-output table", options=rules).response
                assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []
                assert found["passes"], "nothing was looked at"
    lab_close(lab_page)
