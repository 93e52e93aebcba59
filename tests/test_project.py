"""The project holds together: data, descriptor, codebook, notebooks, README, lock and citation say the same."""

import ast
import importlib
import json
import re
import tomllib
from html import unescape
from pathlib import Path

import nbformat
import pytest
import yaml
from conftest import ROOT, tracked
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

import unreplies as ur

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_the_report_is_complete(ds):
    assert ds.replies["position"].to_list() == list(range(1, 25))
    assert ds.replies["section"].value_counts().to_dict() == {"II": 9, "III.A": 4, "III.B": 11}
    body = ds.passages[ds.passages["kind"].isin(["paragraph", "list_item", "footnote"])]
    assert body["gist_en"].notna().all()
    assert body["gist_en"].is_unique
    assert body["gist_en"].str.endswith(".").all()
    coded = set(ds.measures["passage_id"]) | set(ds.instrument_mentions["passage_id"])
    assert set(ds.replies["reply_id"]) <= {p.split(".")[0] for p in coded | set(ds.actor_mentions["passage_id"])}


def test_rows_are_in_document_order(ds):
    place = {p: i for i, p in enumerate(ds.passages["passage_id"])}
    for table in ("instrument_mentions", "actor_mentions", "measures", "quantities", "anomalies", "audit_exclusions"):
        order = [place[p] for p in ds[table]["passage_id"]]
        assert order == sorted(order), table
    for table, key in (("states", "iso3"), ("actors", "actor_id"), ("instruments", "instrument_id")):
        assert ds[table][key].is_monotonic_increasing, table


def test_every_instrument_and_actor_is_used(ds):
    assert set(ds.instruments["instrument_id"]) == set(ds.instrument_mentions["instrument_id"])
    used = set(ds.actor_mentions["actor_id"]) | set(ds.replies["reply_id"]) | set(ds.event_actors["actor_id"])
    assert set(ds.actors["actor_id"]) <= used | set(ds.actors["parent_id"].dropna()) | set(
        ds.instruments["issuer_id"].dropna()
    )


def test_an_actor_is_coded_once_and_never_in_its_own_reply(ds):
    own = ds.actor_mentions["passage_id"].str.split(".").str[0] == ds.actor_mentions["actor_id"]
    assert not own.any()


def test_every_field_is_described(ds):
    for resource in ds.package["resources"]:
        assert resource["description"].startswith("One row is ")
        for field in resource["schema"]["fields"]:
            assert field["title"]
            assert field["description"].endswith(".")
            assert field.get("constraints", {}).get("required") or field["empty"], (resource["name"], field["name"])


def test_the_codebook_agrees_with_the_descriptor(ds, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    codebook = importlib.import_module("codebook")
    text = (ROOT / "data" / "CODEBOOK.md").read_text("utf-8")
    assert text.split(codebook.MARK)[1].strip() == codebook.markdown(ds).strip(), "run: make codebook"


def test_versions_agree(ds):
    """The descriptor's is the one; a version under development has no date of its own, and its changes no heading."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    version = ds.package["version"]
    assert "version" not in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert ProjectMetadata(str(ROOT), PluginManager()).version == citation["version"] == version
    released = f"{version} ({ds.package['created'][:10]})"
    heading = re.search(r"^## (.+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)[1]
    assert heading == ("Unreleased" if ".dev" in version else released)
    dated = f" ({citation['date-released']})" if "date-released" in citation else ""
    assert dated == ("" if ".dev" in version else released.removeprefix(version))
    assert citation["title"] == ds.package["title"]
    assert version in ur.cite(ds)


def test_the_citation_has_one_licence_that_of_the_data(ds):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["type"] == "dataset"
    assert citation["license"] == ds.package["licenses"][0]["name"] == "CC-BY-4.0"


def test_the_lock_and_the_conda_environment_name_the_same_versions():
    lock = dict(re.findall(r"^([a-z0-9-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE))
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    pins = dict(item.split("=") for item in environment["dependencies"] if isinstance(item, str) and "=" in item)
    assert pins.pop("python")
    assert set(pins) == {"jupyterlab", "pandas", "matplotlib", "seaborn", "nbval"}
    assert pins == {name: lock[name] for name in pins}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-more.txt", "requirements-others.txt"])
def test_the_locks_have_a_hash_for_every_package_and_name_no_host(name):
    text = (ROOT / name).read_text("utf-8")
    for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert "--hash=sha256:" in entry, entry[:40]
    assert "://" not in text
    assert "--index-url" not in text


def test_the_locks_have_every_requirement_at_one_version():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = pyproject["project"]
    lock, more, others = (
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))
        for name in ("requirements.txt", "requirements-more.txt", "requirements-others.txt")
    )
    assert more == {**more, **lock}, "one package at two versions; compile both locks again"
    groups = {"": project["dependencies"], **project["optional-dependencies"], **pyproject["dependency-groups"]}
    for group, requirements in groups.items():
        for requirement in requirements:
            name, pinned = re.match(r"([\w-]+)(?:==)?([\d.]*)", requirement).groups()
            wanted = {"parquet": more, "browser": more, "duckdb": more, "others": others}.get(group, lock)
            assert name in wanted, f"{name} is not locked; compile the locks again"
            assert wanted[name] == (pinned or wanted[name])
    assert "pyarrow" not in lock, "pandas imports it where it is installed, and every notebook starts slower"


def test_the_figure_of_the_readme_is_the_first_of_the_first_analysis(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    run = importlib.import_module("run")
    figure = (ROOT / "docs" / "who_replied.svg").read_text("utf-8")
    assert figure == run.first_figure(ROOT / "notebooks" / "01_who_replied.ipynb"), "run: make notebooks"


def test_the_readme_and_the_site_list_every_notebook():
    readme, page = (ROOT / name for name in ("README.md", "docs/pages/notebooks.md"))
    for path in NOTEBOOKS:
        assert f"(notebooks/{path.name})" in readme.read_text("utf-8")
        assert f"\n{path.stem}\n" in page.read_text("utf-8")


def test_the_folder_of_notebooks_holds_notebooks_and_nothing_else():
    here = [path for path in tracked() if path.parent == ROOT / "notebooks"]
    assert here == NOTEBOOKS


def test_links_of_the_readmes_lead_somewhere():
    for path in (ROOT / "README.md", ROOT / "data" / "README.md"):
        for link in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
            assert link.startswith("https://") or (path.parent / link).exists(), f"{path.name}: {link}"


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_notebooks_were_run_from_top_to_bottom(notebook):
    """A cell without an execution count would not be compared at all."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_notebooks_hold_only_outputs_that_can_be_compared(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output
            assert not {"image/png", "image/jpeg"} & set(output.get("data", {}))
            text = json.dumps(output.get("data", {}))
            assert not re.search(r" at 0x[0-9a-f]{6,}", text), "a memory address differs from run to run"
        assert "execution" not in cell.metadata


def test_no_cell_escapes_comparison(notebook):
    """By a tag, a comment or metadata a cell can ask nbval or MyST-NB to look away; these tags are the front page's."""
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}, cell.source
        assert set(cell.metadata.get("tags", [])) <= {"finding", "shares", "passages"}, cell.source
        assert not re.search(r"nbval|pytest_validate", cell.source, re.IGNORECASE), cell.source
        assert cell.cell_type in ("code", "markdown"), cell.source


def test_figures_show_untrusted_and_have_alternative_text(notebook):
    """JupyterLab renders no SVG output of a notebook that is not trusted, and always an image in HTML."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert "image/svg+xml" not in output.get("data", {})
            html = output.get("data", {}).get("text/html", "")
            plain = 'class="dataframe"' in html  # its style sheet is dropped where nobody trusts the notebook: no harm
            assert plain or "<style" not in html
            if "<figure" in html:
                alt = re.search(r'<img alt="([^"]+)" src="data:image/svg\+xml;base64,', html)[1]
                assert len(alt) > 80
                assert unescape(alt) == output.data["text/plain"]


def sorts(source):
    """The calls of sort_values by one column alone that do not say how ties are ordered."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "sort_values":
            given = {word.arg: word.value for word in node.keywords} | dict(zip(["by"], node.args))
            by = given["by"].elts if isinstance(given.get("by"), ast.List) else []
            several = len(by) > 1 or any(isinstance(its, ast.Starred) for its in by)
            if not several and "kind" not in given:
                yield ast.unparse(node)


def test_sorts_order_ties_the_same_on_every_processor():
    """By one column pandas sorts with numpy's quicksort, whose order of ties depends on the processor."""
    assert list(sorts("a.sort_values('b'); a.sort_values(['b', 'c']); a.sort_values('b', kind='stable')")) == [
        "a.sort_values('b')"
    ]
    sources = {
        path.name: path.read_text("utf-8") for path in tracked() if path.suffix == ".py" and "tests" not in path.parts
    }
    for path in NOTEBOOKS:
        sources[path.name] = "\n".join(cell.source for cell in code_cells(nbformat.read(path, as_version=4)))
    for name, source in sources.items():
        assert not list(sorts(source)), name


def test_no_sentence_is_made_by_code(notebook):
    for cell in code_cells(notebook):
        assert "Markdown(" not in cell.source


def test_cells_are_short(notebook):
    for cell in code_cells(notebook):
        assert len(cell.source.splitlines()) <= 15, cell.source


def test_the_sentences_of_the_report_stay_out(source):
    """No run of 60 characters of the text is in a file of the project; the longest title has fewer."""
    text = ur.normalise(source.read_text("utf-8"))
    runs = {text[i : i + 60] for i in range(len(text) - 59)}
    for path in tracked():
        if path.suffix in {".csv", ".json", ".md", ".ipynb", ".py", ".svg", ".txt", ".cff", ".yml", ".toml"}:
            content = ur.normalise(path.read_text("utf-8"))
            pieces = {content[i : i + 60] for i in range(len(content) - 59) if "\u4e00" <= content[i] <= "\u9fff"}
            assert not runs & pieces, path.name


def test_the_source_is_not_part_of_the_project():
    assert not [path for path in tracked() if path.name in {"a-66-115.zh.txt", "passages.tsv"}]


def test_no_path_of_a_machine_and_no_registry_is_named():
    for path in tracked():
        if path.suffix in {".csv", ".json", ".md", ".ipynb", ".py", ".txt", ".cff", ".yml", ".toml", ""}:
            content = path.read_text("utf-8", errors="ignore")
            if path != Path(__file__):
                assert not re.search(r"/(?:home|root|Users|tmp)/\w|pypi\.org|files\.pythonhosted", content), path.name
