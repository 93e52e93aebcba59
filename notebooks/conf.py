"""How the HTML pages are made: Sphinx executes the notebooks and renders them (make html)."""

from myst_nb.core.render import NbElementRenderer

import unreplies as ur

_package = ur.load().package
project = "unreplies"
author = _package["contributors"][0]["title"]
version = release = _package["version"]
copyright = f"{_package['created'][:4]}, {author} (data CC BY 4.0, code MIT)"
language = "en"

extensions = ["myst_nb"]
exclude_patterns = ["run.py", "conf.py", "*.part", "**.ipynb_checkpoints"]
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True
nb_merge_streams = True

html_theme = "pydata_sphinx_theme"
html_title = "unreplies"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "search_bar_text": "Search",
    "logo": {"text": "unreplies"},
    "navbar_center": ["navbar-nav"],
    "header_links_before_dropdown": 1,
    "navbar_persistent": ["search-field"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
}
html_sidebars = {"**": []}
html_static_path = ["site.css"]
html_css_files = ["site.css"]


def _render_image(self, data, render=NbElementRenderer.render_image):
    """A figure takes its alternative text from the metadata of its output."""
    images = render(self, data)
    alt = data.output_metadata.get(data.mime_type, {}).get("alt")
    if alt:
        images[0]["alt"] = alt
    return images


NbElementRenderer.render_image = _render_image
