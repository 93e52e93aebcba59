"""One clone, one result: whatever is in the user's environment, home and other folders."""

import functools
import hashlib
import importlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, tracked

#: In place of every Python: it notes call and environment, and makes what make waits for.
PYTHON = r"""#!/bin/sh
[ "$1" = -I ] || { echo "CALL $*"; env; } >> "$LOG"
[ "$1" != -I ] || [ -z "$3" ] || printf 'of python3 '
case "$*" in
  *set_up.py*) for venv; do :; done; rm -rf "$venv"; mkdir -p "$venv/bin"
    cp "$0" "$venv/bin/python"; pwd -P > "$venv/ready" ;;
  *render.py) mkdir -p build/html; touch build/html/.nojekyll ;;
esac
"""


def outside():
    """The environment, without what a make around these tests adds to it."""
    ours = ("MAKE", "MFLAGS", "JUPYTER", "IPYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


class Clone:
    """A copy of what make looks at, with a Python that only takes notes."""

    def __init__(self, folder):
        self.folder, self.tools, self.log = folder, folder.parent / "tools", folder.parent / "log"
        for name in (
            "Makefile",
            "pyproject.toml",
            "requirements.txt",
            "requirements-more.txt",
            "requirements-others.txt",
            "CITATION.cff",
            "LICENSE",
        ):
            folder.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder)
        for name in ("data", "docs", "lib", "notebooks"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        self.tools.mkdir()
        self.tool("python3", PYTHON)

    def tool(self, name, text):
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)

    def make(self, *arguments, folder=None, **environment):
        """Run make; gives its exit status and output, and the calls and environments that Python noted."""
        self.log.write_text("")
        tools = {"PATH": f"{self.tools}:{os.environ['PATH']}", "LOG": str(self.log), "HOME": str(self.log.parent)}
        done = subprocess.run(
            ["make", *arguments],
            cwd=folder or self.folder,
            env=outside() | tools | environment,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr, self.log.read_text()

    def sets_up(self, folder):
        status, said, noted = self.make(".venv/ready", folder=folder)
        assert status == 0, said
        return "Setting up" in said and f"\nPWD={folder}\n" in noted


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path.resolve() / "a clone")


def test_a_set_up_is_done_once(clone):
    assert clone.sets_up(clone.folder)
    assert not clone.sets_up(clone.folder)


@pytest.mark.parametrize("venv", [".venv", ".venv-more", "build/others"])
def test_a_moved_clone_is_set_up_again(clone, venv):
    assert clone.make(f"{venv}/ready")[0] == 0
    there = clone.folder.rename(clone.folder.with_name("moved"))
    assert "Setting up" in clone.make(f"{venv}/ready", folder=there)[1]
    assert "Setting up" not in clone.make(f"{venv}/ready", folder=there)[1]


@pytest.mark.parametrize("share", [shutil.copytree, lambda old, new: new.symlink_to(old)], ids=["copied", "linked"])
def test_a_copy_gets_a_set_up_of_its_own_and_leaves_the_other(clone, share):
    clone.sets_up(clone.folder)
    there = clone.folder.with_name("copy")
    shutil.copytree(clone.folder, there, ignore=shutil.ignore_patterns(".venv"))
    share(clone.folder / ".venv", there / ".venv")
    assert clone.sets_up(there)
    assert not (there / ".venv").is_symlink()
    assert not clone.sets_up(clone.folder)


def test_a_set_up_whose_python_is_gone_is_done_again(clone):
    clone.sets_up(clone.folder)
    (clone.folder / ".venv" / "bin" / "python").unlink()
    assert clone.sets_up(clone.folder)


THEIRS = """PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONOPTIMIZE PYTHONWARNINGS PIP_TARGET PIP_PREFIX PIP_REQUIRE_HASHES
    PIP_PYTHON PIP_NO_DEPS PIP_CONSTRAINT UV_PYTHON UV_TARGET UV_CONSTRAINT UV_NO_VERIFY_HASHES MPLBACKEND MPLSTYLE
    MATPLOTLIBRC SOURCE_DATE_EPOCH"""
SOURCES = """PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_NO_INDEX PIP_CERT PIP_CACHE_DIR PIP_PROXY UV_DEFAULT_INDEX
    UV_INDEX UV_EXTRA_INDEX_URL UV_CACHE_DIR UV_OFFLINE"""


@pytest.mark.parametrize("target", ["html", "test", "notebooks", "lab"])
def test_nothing_of_the_environment_changes_what_runs(clone, target):
    environment = dict.fromkeys(THEIRS.split(), "theirs") | dict.fromkeys(SOURCES.split(), "source")
    status, said, noted = clone.make(target, PIP_USER="1", PYTHONUTF8="0", **environment)
    assert status == 0, said
    calls = noted.split("CALL ")[1:]
    assert [call for call in calls if "set_up.py" in call]
    for call in calls:
        assert "=theirs\n" not in call
        assert "\nPIP_USER=0\n" in call
        assert "\nPYTHONNOUSERSITE=1\n" in call
        assert "\nPYTHONUTF8=1\n" in call
        assert call.count("=source\n") == len(SOURCES.split()), "where packages come from is the user's"


def test_another_python_gets_a_set_up_of_its_own(clone):
    """Only where one is asked for: else the set-up stays, whatever python3 has come to mean."""
    clone.tool("python3.99", PYTHON.replace("of python3", "of python3.99"))
    asked, setting_up = "PYTHON=python3.99", "Setting up .venv "
    assert setting_up in clone.make("codebook")[1]
    assert setting_up in clone.make("codebook", asked)[1]
    assert setting_up not in clone.make("codebook", asked)[1]
    assert setting_up not in clone.make("codebook")[1]
    assert setting_up in clone.make("codebook", "PYTHON=python3")[1]


def test_a_python_that_is_missing_is_named(clone):
    clone.sets_up(clone.folder)
    status, said, _ = clone.make("codebook", "PYTHON=python3.99")
    assert status != 0
    assert "'python3.99' is older or missing" in said
    assert "Setting up" not in clone.make("codebook")[1], "what was there stays"


def test_two_at_once_set_up_once(monkeypatch, tmp_path, capsys):
    """The one that comes second waits, and then finds nothing left to do."""
    set_up, done = imported("set_up", monkeypatch), []

    def fill(lock, folder):
        time.sleep(0.3)
        Path(folder).mkdir()
        done.append(folder)

    monkeypatch.setattr(set_up, "fill", fill)
    monkeypatch.setattr(set_up, "alone", functools.partial(set_up.alone, build=tmp_path))
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: set_up.main("requirements.txt", str(tmp_path / "venv")), range(2)))
    assert len(done) == 1
    assert capsys.readouterr().out == "Another make is at it: waiting ...\n"


def test_where_nothing_can_be_written_a_sentence_says_so(monkeypatch, tmp_path):
    (tmp_path / "build").write_text("")
    alone = imported("alone", monkeypatch).alone("html", tmp_path / "build")
    with pytest.raises(SystemExit, match=f"Nothing can be written to {tmp_path}/build"), alone:
        pass


def test_a_set_up_that_was_cut_off_is_done_again(clone):
    clone.tool("python3", PYTHON.replace("*set_up.py*) for venv", "*set_up.py*) kill -9 $PPID; exit; for venv"))
    assert clone.make(".venv/ready")[0] != 0
    clone.tool("python3", PYTHON)
    assert clone.sets_up(clone.folder)


def calls_of_set_up(monkeypatch, tmp_path, fails="nothing", settings=""):
    """What set_up.py starts on a machine with uv, and in which environment; what ``fails`` ends with an error."""
    set_up, calls = imported("set_up", monkeypatch), []

    def run(command, check, env=None, **options):
        calls.append((" ".join(map(str, command)), env))
        if fails in calls[-1][0]:
            raise subprocess.CalledProcessError(1, command)
        return subprocess.CompletedProcess(command, 0, stdout=settings)

    monkeypatch.setattr(set_up.shutil, "which", lambda name: f"/tools/{name}")
    monkeypatch.setattr(set_up.subprocess, "run", run)
    set_up.fill("requirements.txt", str(tmp_path / "venv"))
    return calls


def test_uv_sets_up_where_it_is_on_the_path(monkeypatch, tmp_path):
    calls = [call for call, _ in calls_of_set_up(monkeypatch, tmp_path)]
    assert "--without-pip" in calls[0]
    assert [call for call in calls[1:] if not call.startswith("/tools/uv pip install")] == [
        f"{tmp_path}/venv/bin/python -m pip config list"
    ]
    hashed = [call for call in calls if "-r requirements.txt" in call]
    assert "--require-hashes" in hashed[0]
    assert "--compile-bytecode" in hashed[0]
    assert f"--editable {ROOT}" in calls[-1]


def test_pip_goes_on_where_uv_fails(monkeypatch, tmp_path, capsys):
    calls = [call for call, _ in calls_of_set_up(monkeypatch, tmp_path, fails="-qq")]
    assert capsys.readouterr().out == "uv could not install the packages: going on with pip ...\n"
    assert calls[-3].endswith(f"-m venv --clear {tmp_path}/venv"), "nothing stays of what uv began"
    assert calls[-2].endswith("-m pip install --quiet --require-hashes -r requirements.txt")
    assert f"--editable {ROOT}" in calls[-1]


def test_uv_is_told_where_pip_takes_packages_from(monkeypatch, tmp_path):
    settings = """:env:.extra-index-url='https://env.example/simple file:///simple'
:env:.default-timeout='180'
global.extra-index-url='https://global.example/simple'
global.find-links='/wheels\\n/more'
global.index-url='https://global.example/simple'
install.index-url='https://install.example/simple'
install.no-index='false'
"""

    def told(settings):
        calls = calls_of_set_up(monkeypatch, tmp_path, settings=settings)
        return next((call, env) for call, env in calls if "-r " in call)

    call, environment = told(settings)
    assert "--no-index" not in call
    assert environment["UV_DEFAULT_INDEX"] == "https://install.example/simple"
    assert environment["UV_INDEX"] == "https://env.example/simple file:///simple"
    assert environment["UV_FIND_LINKS"] == "/wheels,/more"
    assert environment["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    monkeypatch.setenv("UV_FIND_LINKS", "/of uv itself")
    call, environment = told(settings.replace("false", "1"))
    assert "--no-index" in call
    assert environment["UV_FIND_LINKS"] == "/of uv itself", "uv's own settings come first"


def wheel(folder, name):
    """A package of one module, and its line of a lock."""
    path = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "there = True\n")
        archive.writestr(f"{name}-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        archive.writestr(f"{name}-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}-1.dist-info/RECORD", "")
    return f"{name}==1 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """set_up.py, for a project of one wheel with a lock of another that pip's settings lead to."""
    set_up = imported("set_up", monkeypatch)
    wheel(tmp_path, "project")
    (tmp_path / "lock").write_text(wheel(tmp_path, "package"))
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(set_up, "PROJECT", [str(next(tmp_path.glob("project-*")))])
    return set_up


def installed(venv):
    """Packages with their versions, and modules as source and as bytecode, in an environment."""
    done = subprocess.run([venv / "bin/python", "-m", "pip", "list"], capture_output=True, text=True, check=True)
    files = {path.relative_to(venv).as_posix() for path in venv.rglob("*.py*")}
    return done.stdout, {name for name in files if "site-packages" in name}


def test_both_ways_leave_the_same(small, tmp_path, monkeypatch):
    if not shutil.which("uv"):
        pytest.skip("uv is not on the path")
    small.main(str(tmp_path / "lock"), str(tmp_path / "by uv"))
    monkeypatch.setattr(small.shutil, "which", lambda name: None)
    small.main(str(tmp_path / "lock"), str(tmp_path / "by pip"))
    by_uv, by_pip = (installed(tmp_path / f"by {name}") for name in ("uv", "pip"))
    assert by_uv == by_pip
    assert {"package", "project", "pip"} <= set(by_uv[0].split())


def test_a_set_up_that_is_whole_stays_whatever_the_environment():
    """The question whether it is whole is asked of a Python that looks at no variable."""
    probe = f'PROBE := $(call set_up_for,{os.path.relpath(sys.prefix, ROOT)})\nprobe: ; @echo "found $(PROBE)"\n'
    command = ["make", "-f", "Makefile", "-f", "-", "probe"]
    done = subprocess.run(
        command, cwd=ROOT, input=probe, capture_output=True, text=True, env=outside() | {"PYTHONHOME": "/none"}
    )
    ready = Path(sys.prefix) / "ready"
    if not ready.exists():
        pytest.skip("this Python was not set up by make")
    assert done.stdout == f"found {ready.read_text()}"


@pytest.mark.parametrize("target", ["html", "test", "notebooks", "test-browser", "second-opinions"])
def test_caches_and_settings_stay_in_the_clone(clone, target):
    mine = {"JUPYTER_PATH": "/theirs", "JUPYTER_CONFIG_PATH": "/theirs", "JUPYTER_CONFIG_DIR": "/theirs"}
    _, _, noted = clone.make(target, **mine)
    last = dict(line.split("=", 1) for line in noted.split("CALL ")[-1].splitlines()[1:] if "=" in line)
    names = ("MPLCONFIGDIR", "IPYTHONDIR", "HYPOTHESIS_STORAGE_DIRECTORY")
    for name in (*names, "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        assert last[name].startswith(f"{clone.folder}/build/"), name
    assert not last["JUPYTER_PATH"] + last["JUPYTER_CONFIG_PATH"]


def test_jupyterlab_keeps_the_settings_of_a_user_who_has_a_home(clone):
    home = clone.log.parent / "home"
    home.mkdir()
    _, said, noted = clone.make("lab", HOME=str(home), JUPYTER_CONFIG_DIR="/mine")
    last = noted.split("CALL ")[-1]
    assert f"\nHOME={home}\n" in last
    assert "\nJUPYTER_CONFIG_DIR=/mine\n" in last
    assert f"\nMPLCONFIGDIR={clone.folder}/build/" in last
    assert "build/home" not in said


def test_jupyterlab_starts_where_there_is_no_home(clone):
    none = str(clone.log.parent / "none")
    status, said, noted = clone.make("lab", HOME=none, XDG_CONFIG_HOME=none, XDG_DATA_HOME=none)
    assert status == 0
    assert "build/home" in said
    assert f"\nHOME={clone.folder}/build/home\n" in noted.split("CALL ")[-1]
    assert f"={none}\n" not in noted.split("CALL ")[-1]


@pytest.mark.parametrize(("user", "allowed"), [("0", True), ("1000", False)])
def test_jupyterlab_starts_for_root_too(clone, user, allowed):
    clone.tool("id", f"#!/bin/sh\necho {user}\n")
    _, said, noted = clone.make("lab")
    assert ("--allow-root" in noted) is ("--allow-root" in said) is allowed


@pytest.mark.parametrize(
    "gone", ["data/states.csv", "lib/unreplies/text.py", "docs/pages/method.md", "docs/templates/roll.html"]
)
def test_a_source_that_is_gone_is_noticed(clone, gone):
    assert "render.py" in clone.make("html")[2]
    assert "render.py" not in clone.make("html")[2]
    (clone.folder / gone).unlink()
    assert "render.py" in clone.make("html")[2]


@pytest.mark.parametrize("gone", ["CITATION.cff", "LICENSE", "requirements.txt"])
def test_a_single_file_that_is_gone_stops_make(clone, gone):
    clone.make("html")
    (clone.folder / gone).unlink()
    status, said, _ = clone.make("html")
    assert status != 0
    assert gone in said


def test_the_site_is_not_made_of_a_part_of_the_data(clone):
    (clone.folder / "data" / "states.csv").unlink()
    environment = os.environ | {"PYTHONPATH": str(clone.folder / "lib"), "UNREPLIES_DATA": str(clone.folder / "data")}
    command = [sys.executable, clone.folder / "docs" / "render.py"]
    done = subprocess.run(command, cwd=clone.folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "states.csv" in done.stderr
    assert not (clone.folder / "build" / "html").exists()


WARNING = "import sys; print('a fresh warning', file=sys.stderr)"


def notebook(path, code):
    cells = [nbformat.v4.new_markdown_cell("# A page"), nbformat.v4.new_code_cell(code)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def imported(name, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module(name)


def test_what_stops_or_warns_is_named_and_is_no_page(tmp_path):
    """All of them at once; what ran to its end is cached, and nothing else, for a warning need not come again."""
    notebook(tmp_path / "index.ipynb", "print('to its end')")
    notebook(tmp_path / "warns.ipynb", WARNING)
    notebook(tmp_path / "stops.ipynb", "assert 1 == 2, 'no more'")
    cache = tmp_path / "cache"
    options = ["-W", "-q", "-b", "html", "-c", ROOT / "docs", "-D", f"nb_execution_cache_path={cache}"]
    command = [sys.executable, "-m", "sphinx", *options, tmp_path, tmp_path / "html"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert re.search(r"(?s)warns\.ipynb .*a fresh warning", done.stderr)
    assert re.search(r"(?s)stops\.ipynb stopped.*assert 1 == 2.*no more", done.stderr)
    assert "Traceback (most recent call last):\n" not in done.stderr, "no traceback of ours around that of the cell"
    assert not list((tmp_path / "html").glob("*.html"))
    assert ["to its end" in path.read_text("utf-8") for path in cache.rglob("base.ipynb")] == [True]


def test_an_interruption_ends_every_kernel_and_stores_nothing(tmp_path):
    slow = "import os, time; open(os.environ['BEGUN'] + str(os.getpid()), 'w'); time.sleep(60)"
    paths = [notebook(tmp_path / f"{number}.ipynb", slow) for number in range(3)]
    before = [path.read_bytes() for path in paths]
    command, begun = [sys.executable, ROOT / "docs" / "run.py", *paths], tmp_path / "begun"
    begun.mkdir()
    its = {"env": os.environ | {"BEGUN": f"{begun}/"}, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, start_new_session=True, **its) as running:
        while len(list(begun.iterdir())) < min(3, os.cpu_count()) and running.poll() is None:
            time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        said = running.stderr.read()
    assert running.returncode == 1
    assert said.splitlines()[-1] == "Interrupted: what is not listed above is as it was."
    assert [path.read_bytes() for path in paths] == before
    for kernel in begun.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(kernel.name), 0)


def test_sphinx_names_no_place_that_the_pages_leave(tmp_path):
    (tmp_path / "index.md").write_text("# A page\n")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-c", ROOT / "docs", tmp_path, tmp_path / "beside"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0
    assert "build succeeded" in done.stdout
    assert "beside" not in done.stdout


def test_a_warning_in_a_notebook_is_not_stored(tmp_path, monkeypatch):
    run = imported("run", monkeypatch)
    path = notebook(tmp_path / "warning.ipynb", WARNING)
    before = path.read_bytes()
    with pytest.raises(run.Stopped, match=r"(?s)warning\.ipynb .*a fresh warning"):
        run.side_by_side([path], run.store)
    assert path.read_bytes() == before


def test_a_source_distribution_has_what_its_tests_ask_for(tmp_path):
    wanted = {path.relative_to(ROOT).as_posix() for path in tracked()}
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path], cwd=ROOT, check=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert {name for name in wanted - packed if not name.startswith((".ci/", ".git"))} == set()
