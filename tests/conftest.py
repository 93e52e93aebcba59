"""Shared by all tests: the data, a copy of them to spoil, the text of the report where it is available."""

import shutil
import subprocess
from pathlib import Path

import pytest

import unreplies as ur

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT.parent / "shared" / "source" / "a-66-115.zh.txt"


def tracked():
    """The files of the project as git lists them; a source distribution has no such list."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="session")
def ds():
    return ur.load(ROOT / "data")


@pytest.fixture
def copy(tmp_path):
    """A folder with a copy of the data, to be spoiled."""
    folder = tmp_path / "data"
    shutil.copytree(ROOT / "data", folder)
    return folder


@pytest.fixture(scope="session")
def source():
    if not SOURCE.exists():
        pytest.skip("the text of the report is not here; whoever has it puts it at ../shared/source/a-66-115.zh.txt")
    return SOURCE


#: Parts of the dataset on which everything has to run: which replies each keeps.
PARTS = {
    "States": "respondent_kind == 'Member State'",
    "organizations": "respondent_kind == 'organization'",
    "as printed": "form == 'as_printed'",
    "one reply": "reply_id == 'iaea'",
    "none": "reply_id == ''",
}


@pytest.fixture(params=PARTS, scope="session")
def part(request, ds):
    """A part of the dataset: every public function runs on each, and gives right numbers."""
    return ds.only(ds.respondents.query(PARTS[request.param])["reply_id"])
