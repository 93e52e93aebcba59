"""What Binder's builder (repo2docker) asks of the repository, and the badge that leads there."""

import re
import shutil
import subprocess
import tomllib

import pytest
import yaml
from conftest import ROOT

ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
BADGE = re.compile(r"^<!-- Binder -->(.*)$", re.MULTILINE)


def repository():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8")).get("repository-code", "")


def test_the_builder_takes_this_environment_and_no_other():
    """A folder binder/ or .binder/ would be looked into instead; a Dockerfile would win over environment.yml."""
    assert not [name for name in ("binder", ".binder", "Dockerfile", "runtime.txt") if (ROOT / name).exists()]
    assert isinstance(ENVIRONMENT, dict)
    assert ENVIRONMENT["channels"] == ["conda-forge"]


def test_the_library_is_installed_from_the_repository_itself():
    """By a local path, so that the builder copies the whole repository first; and pip is named, as conda wants."""
    *conda, last = ENVIRONMENT["dependencies"]
    assert last["pip"][-1] == "-e ."
    assert "pip" in conda
    assert all(isinstance(item, str) for item in conda)


def test_every_requirement_is_named_at_the_version_of_the_lock():
    lock = dict(re.findall(r"^([a-z0-9-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE))
    *conda, last = ENVIRONMENT["dependencies"]
    pins = dict(re.split("=+", item) for item in [*conda, *last["pip"]] if "=" in item)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {re.match(r"[\w-]+", requirement)[0] for requirement in project["dependencies"]}
    assert needed - set(pins) <= {"jinja2"}, "JupyterLab brings Jinja2 itself"
    python = pins.pop("python")
    assert pins == {name: lock[name] for name in pins}
    least = re.search(r"[\d.]+", project["requires-python"])[0]
    assert [int(part) for part in python.split(".")] >= [int(part) for part in least.split(".")]


def test_the_badge_of_the_readme_is_that_of_the_address():
    readme = (ROOT / "README.md").read_text("utf-8")
    (badge,) = BADGE.findall(readme)
    if repository():
        assert f"/gh/{repository().removeprefix('https://github.com/').rstrip('/')}/HEAD?" in badge, "run: make badge"
    else:
        assert badge == "", "no address, no link"
        assert "](https://mybinder.org" not in readme


@pytest.mark.parametrize(
    "address", ["https://github.com/someone/some-replies", '"https://github.com/someone/some-replies/"']
)
def test_make_badge_has_one_place_to_take_the_address_from(tmp_path, address):
    for name in ("Makefile", "README.md", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    citation = tmp_path / "CITATION.cff"
    kept = re.sub(r"^repository-code:.*\n", "", citation.read_text("utf-8"), flags=re.MULTILINE)

    def badge():
        return subprocess.run(["make", "badge"], cwd=tmp_path, capture_output=True, text=True, check=False)

    citation.write_text(kept, "utf-8")
    before = (tmp_path / "README.md").read_text("utf-8")
    refused = badge()
    assert refused.returncode != 0
    assert "names no repository-code" in refused.stdout
    assert (tmp_path / "README.md").read_text("utf-8") == before
    citation.write_text(f"{kept}repository-code: {address}\n", "utf-8")
    for _ in range(2):  # a second time changes nothing
        assert badge().returncode == 0
        readme = (tmp_path / "README.md").read_text("utf-8")
        link = re.search(r"\]\((https://mybinder[^)]+)\)$", BADGE.search(readme)[0])[1]
        assert link == (
            "https://mybinder.org/v2/gh/someone/some-replies/HEAD?urlpath=lab/tree/notebooks/00_start_here.ipynb"
        )
        assert BADGE.sub("", readme) == BADGE.sub("", before)
    assert (ROOT / link.split("lab/tree/")[1]).exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CITATION.cff", "Makefile", "README.md"]
