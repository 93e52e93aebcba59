"""What the tools of others say of the citation, the data, the notebooks, the packages and the site.

``make second-opinions`` sets the tools up and builds the site; what a machine has no tool for is skipped, and says why.
What frictionless says of broken data is in ``tests/test_broken_data.py``, which this run includes in part.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "build" / "others"
SITE = ROOT / "build" / "html"
VNU = "vnu-jar@26.9.27"
if not (TOOLS / "ready").exists():
    pytest.skip("the tools of others are not set up: make second-opinions", allow_module_level=True)


def output(*command, **options):
    """What a command prints; where it ends with an error, this is the test's failure."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_cffconvert_accepts_the_citation():
    assert "are valid" in output(TOOLS / "bin" / "cffconvert", "--validate", "-i", ROOT / "CITATION.cff")


@pytest.mark.parametrize("form", ["apalike", "bibtex", "cff", "codemeta", "endnote", "ris", "schema.org", "zenodo"])
def test_cffconvert_writes_the_citation_as(form):
    assert "unreplies" in output(TOOLS / "bin" / "cffconvert", "-f", form, "-i", ROOT / "CITATION.cff")


@pytest.mark.parametrize("profile", ["1.0", "2.0"])
@pytest.mark.parametrize("folder", ["data", "data/first_reading", "data/second_reading"])
def test_the_descriptor_follows_the_data_package_profile(folder, profile):
    (schema,) = TOOLS.glob(f"lib/python*/site-packages/dplib/profiles/{profile}/datapackage.json")
    descriptor = json.loads((ROOT / folder / "datapackage.json").read_text("utf-8"))
    jsonschema.validate(descriptor, json.loads(schema.read_text("utf-8")))


def test_nbformat_accepts_the_notebooks():
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        nbformat.validate(json.loads(path.read_text("utf-8")))


def test_twine_accepts_wheel_and_source_distribution(tmp_path):
    output(sys.executable, "-m", "hatchling", "build", "-d", tmp_path, cwd=ROOT)
    made = sorted(tmp_path.iterdir())
    assert [path.suffix for path in made] == [".whl", ".gz"]
    assert output(TOOLS / "bin" / "twine", "check", "--strict", *made).count("PASSED") == 2


@pytest.mark.parametrize("venv", [".venv", ".venv-more"])
def test_pip_finds_the_environment_whole(venv):
    if not (ROOT / venv / "ready").exists():
        pytest.skip(f"{venv} is not set up")
    output(ROOT / venv / "bin" / "python", "-m", "pip", "check")


READ = """
import sys, mlcroissant
read = mlcroissant.Dataset(jsonld=sys.argv[1])
issues = read.metadata.ctx.issues
print(sorted(issues.errors), [its for its in issues.warnings if "MAJOR.MINOR.PATCH" not in its])  # of a .dev0
print(*(f"{its.name} {len(list(read.records(its.id)))}" for its in read.metadata.record_sets), sep="\\n")
"""


def test_mlcroissant_reads_every_row(ds):
    issues, *tables = output(TOOLS / "bin" / "python", "-c", READ, SITE / "croissant.json").splitlines()
    assert issues == "[] []"
    assert dict(line.split() for line in tables) == {name: str(len(ds[name])) for name in ds}


def test_vnu_finds_no_error_in_the_site():
    """The Nu Html Checker; of the theme's files only ``webpack-macros.html`` is none: it is a template."""
    jar = TOOLS / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    if not (shutil.which("java") and shutil.which("npm")):
        pytest.skip("there is no Java, or no npm: on Debian and Ubuntu `apt-get install default-jre-headless npm`")
    if not jar.exists():
        install = ["npm", "install", "--silent", "--no-save", "--prefix", TOOLS, VNU]
        if subprocess.run(install, capture_output=True).returncode:
            pytest.skip(f"npm cannot get {VNU} here")
    pages = [path for path in sorted(SITE.rglob("*.html")) if path.name != "webpack-macros.html"]
    output("java", "-jar", jar, "--errors-only", "--also-check-svg", *pages, *sorted(SITE.rglob("*.svg")))
