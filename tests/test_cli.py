"""The command line: what it prints, and its exit status."""

import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT

from unreplies.__main__ import main


def test_tables(capsys, ds):
    assert main(["tables"]) == 0
    out = capsys.readouterr().out
    for name in ds:
        assert re.search(rf"^{name} +{len(ds[name])}  (one|the) ", out, re.MULTILINE)


def test_validate(capsys, copy):
    assert main(["validate"]) == 0
    assert main(["validate", str(copy)]) == 0
    assert "no fault" in capsys.readouterr().out
    (copy / "measures.csv").unlink()
    assert main(["validate", str(copy)]) == 1
    assert "measures.csv not found" in capsys.readouterr().err


def test_cite(capsys):
    assert main(["cite"]) == 0
    assert "A/66/115" in capsys.readouterr().out


def test_audit(capsys, source, copy):
    assert main(["audit", str(source)]) == 0
    assert "0 faults" in capsys.readouterr().out
    path = copy / "quantities.csv"
    path.write_text(path.read_text("utf-8").replace("82个", "83个"), "utf-8")
    assert main(["audit", str(source), "--data", str(copy)]) == 1
    assert "83个" in capsys.readouterr().out


def test_audit_of_no_file(capsys, tmp_path):
    assert main(["audit", str(tmp_path / "nothing.txt")]) == 2
    assert "No such file" in capsys.readouterr().err
    (tmp_path / "latin.txt").write_bytes(b"\xe9\xe8")
    assert main(["audit", str(tmp_path / "latin.txt")]) == 2
    assert "not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["audit"], ["validate", "a", "b"]])
def test_usage(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: unreplies" in capsys.readouterr().err


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert all(command in out for command in ("tables", "validate", "audit", "cite", "Exit status"))


def test_a_path_that_is_not_there(capsys, source, tmp_path, monkeypatch):
    """The call could not be carried out, which is no fault in the data, whichever command is given the path."""
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    for path in ("nowhere", "file", "no\x1b[2J"):
        for command in (
            ["validate", path],
            ["audit", str(source), "--data", path],
            ["tables", "--data", path],
            ["cite", "--data", path],
            ["export", "--to", "sqlite", "--data", path],
        ):
            assert main(command) == 2, command
            captured = capsys.readouterr()
            assert captured.out == ""
            assert re.fullmatch(r"unreplies: (nowhere|file|no\\x1b\[2J): there is no such folder\n", captured.err)
    assert main(["audit", "nowhere"]) == 2
    assert main(["audit", str(tmp_path)]) == 2
    monkeypatch.setenv("UNREPLIES_DATA", "nowhere")
    assert main(["validate"]) == 2
    assert "UNREPLIES_DATA must name a folder" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_every_command_reads_the_data_that_it_is_given(capsys, copy, tmp_path):
    path = copy / "datapackage.json"
    path.write_text(path.read_text("utf-8").replace("unreplies: the replies in A/66/115", "My copy", 1), "utf-8")
    assert main(["cite", "--data", str(copy)]) == 0
    assert "My copy" in capsys.readouterr().out
    path = copy / "adjudication.csv"
    path.write_text("\n".join(path.read_text("utf-8").split("\n")[:3]) + "\n", "utf-8")
    assert main(["tables", "--data", str(copy)]) == 0
    assert re.search("^adjudication +2 ", capsys.readouterr().out, re.MULTILINE)
    assert main(["export", "--to", "sqlite", "--data", str(copy), str(tmp_path / "out")]) == 0
    assert "adjudication: 2 rows" in capsys.readouterr().out


def run(command, **environment):
    keep = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    bash = ["bash", "-c", f"set -o pipefail; {command}"]
    return subprocess.run(bash, cwd=ROOT, capture_output=True, text=True, env={**keep, **environment})


UNREPLIES = f'"{sys.executable}" -m unreplies'


def test_a_reader_that_has_gone(copy, source, tmp_path):
    """Nobody reads on, and the exit status says all the same what was found; an export is whole."""
    other = tmp_path / "other.txt"
    other.write_text("防止恐怖分子", "utf-8")
    path = copy / "measures.csv"
    path.write_text(path.read_text("utf-8").replace("in_progress", "done"), "utf-8")
    for command, status in (
        ("tables", 0),
        ("cite", 0),
        ("validate", 0),
        (f"audit {source}", 0),
        (f"audit {other}", 1),
        (f"validate {copy} 2>&1", 1),
        (f"export --to sqlite {tmp_path}/out", 0),
        (f"export --to sqlite {tmp_path}/out 2>&1", 2),
    ):
        result = run(f"{UNREPLIES} {command} | (exec <&-)")
        assert result.returncode == status, command
        assert "Traceback" not in result.stderr
    assert run(f"{UNREPLIES} audit {other} | head -1").returncode == 1
    assert run(f"{UNREPLIES} export --to sqlite {tmp_path}/two | head -1").returncode == 0
    one, two = (next((tmp_path / name).iterdir()) for name in ("out", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("command", ["tables", "cite", "validate", "audit README.md"])
@pytest.mark.parametrize(
    ("to", "why"),
    [
        (">&-", "standard output is closed"),
        pytest.param(
            ">/dev/full",
            "standard output: No space left",
            marks=pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full"),
        ),
    ],
)
def test_an_answer_that_cannot_be_given(command, to, why):
    result = run(f"{UNREPLIES} {command} {to}")
    assert result.returncode == 2
    assert re.fullmatch(f"unreplies: {why}.*\n", result.stderr)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_an_export_needs_no_output(tmp_path, closed):
    result = run(f"{UNREPLIES} export --to sqlite {tmp_path}/out {closed}")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_terminal_that_knows_ascii_only():
    result = run(f'"{sys.executable}" -m unreplies tables', PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    assert "\\u2026" in result.stdout
