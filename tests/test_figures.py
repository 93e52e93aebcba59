"""Every figure of the library: the same bytes twice, and words that say what it shows."""

import base64
import importlib
import pkgutil
import re
from html import unescape

import pytest

import unreplies

MODULES = [
    importlib.import_module(f"unreplies.{module.name}")
    for module in pkgutil.iter_modules(unreplies.__path__)
    if not module.name.startswith("_")
]
DRAWINGS = [
    drawing
    for module in MODULES
    for name, drawing in vars(module).items()
    if name.startswith("draw_") and drawing.__module__ == module.__name__
]


@pytest.mark.parametrize("draw", DRAWINGS, ids=lambda draw: f"{draw.__module__}.{draw.__name__}")
def test_a_figure_is_the_same_bytes_twice_and_says_what_it_shows(ds, draw):
    chart = draw(ds)
    assert chart.svg == draw(ds).svg
    assert 'role="img"' in chart.svg[:200]
    assert "font-family" in chart.svg or "font:" in chart.svg  # text stays text
    assert len(chart.alt) > 80
    assert len(chart.table)
    image = re.fullmatch(
        r'<figure [^>]*><img alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)" [^>]*></figure>',
        chart._repr_html_(),
    )
    assert unescape(image[1]) == chart.alt == repr(chart)
    assert base64.b64decode(image[2]).decode() == chart.svg
