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
        assert re.search(rf"^{name} +{len(ds[name])}  one ", out, re.MULTILINE)


def test_validate(capsys, copy):
    assert main(["validate"]) == 0
    assert main(["validate", str(copy)]) == 0
    assert "no fault" in capsys.readouterr().out
    (copy / "measures.csv").unlink()
    assert main(["validate", str(copy)]) == 1
    assert "measures.csv is missing" in capsys.readouterr().err


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


def run(command, **environment):
    keep = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    bash = ["bash", "-c", f"set -o pipefail; {command}"]
    return subprocess.run(bash, cwd=ROOT, capture_output=True, text=True, env={**keep, **environment})


def test_as_a_module_into_a_closed_pipe():
    result = run(f'"{sys.executable}" -m unreplies tables | (exec <&-)')
    assert result.returncode == 0, result.stderr
    assert not result.stderr


def test_a_terminal_that_knows_ascii_only():
    result = run(f'"{sys.executable}" -m unreplies tables', PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    assert "\\u2026" in result.stdout
