"""What readers take along: of a chart its files, a link to it and a citation; of a table its rows."""

import base64
import posixpath
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import matplotlib
import resvg_py
from bs4 import BeautifulSoup, Tag

FOLDER = "_files"
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_SVG = "data:image/svg+xml;base64,"
#: Text in a picture is drawn with the fonts that matplotlib has laid it out with, so that it looks the same everywhere.
_FONTS = [f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans{face}.ttf" for face in ("", "-Bold")]


def png(svg: str, **more) -> bytes:
    """An SVG as PNG; its sizes are in points, of which 72 are 96 pixels."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, dpi=96, font_files=_FONTS, skip_system_fonts=True, **more))


def picture(svg: str, width: int, height: int, margin: int = 14) -> bytes:
    """A chart in the middle of a white picture of a given size, as PNG."""
    across, down = (float(number) + 2 * margin for number in _BOX.search(svg).groups())
    svg = re.sub(' (?:width|height)="[^"]*"', "", svg, count=2)
    box = f'viewBox="-{margin} -{margin} {across:g} {down:g}" width="{width}" height="{height}"'
    return png(_BOX.sub(box, svg, count=1), background="#ffffff")


class Taken:
    """What is taken along from one page: ``files``, by their place on the site.

    ``fill`` makes the HTML beneath a chart or table, from the template ``take``.
    """

    def __init__(self, page: str, fill: Callable[..., str]):
        self.page, self.files, self._fill, self._numbers = page, {}, fill, Counter()

    def chart(self, figure: Tag) -> None:
        """Make files of a figure's SVG and of the rows behind it, with links to them and to its place beneath."""
        image, title, rows = figure.img, figure.attrs.pop("data-title", ""), figure.attrs.pop("data-csv", "")
        if not image or not image.get("src", "").startswith(_SVG):
            return
        svg = base64.b64decode(image["src"].removeprefix(_SVG)).decode()
        figure["id"] = self._next("chart")
        contents = {"svg": svg.encode(), "png": png(svg, zoom=2), "csv": rows.encode()}
        links = self._keep(figure["id"], contents)
        image["src"] = links["svg"]
        if size := _BOX.search(svg):  # so that nothing moves when it is there
            image["width"], image["height"] = (str(round(float(number))) for number in size.groups())
        self._beneath(figure, links, figure["id"], title)

    def table(self, box: Tag, rows: str) -> None:
        """Make a file of the rows behind a table, with a link to it beneath the box of the table."""
        links = self._keep(self._next("table"), {"csv": rows.encode()})
        self._beneath(box, links)

    def _next(self, kind: str) -> str:
        self._numbers[kind] += 1
        return f"{kind}-{self._numbers[kind]}"

    def _keep(self, name: str, contents: dict[str, bytes]) -> dict[str, str]:
        """Keep the files of a chart or table, and give the links to them, by their endings."""
        paths = {ending: f"{FOLDER}/{self.page}-{name}.{ending}" for ending in contents}
        self.files |= {paths[ending]: content for ending, content in contents.items()}
        return {ending: posixpath.relpath(path, posixpath.dirname(self.page) or ".") for ending, path in paths.items()}

    def _beneath(self, shown: Tag, links: dict[str, str], chart: str = "", title: str = "") -> None:
        html = self._fill(links=links, chart=chart, title=title)
        shown.insert_after(BeautifulSoup(html, "html.parser"))

    def write(self, folder: Path) -> None:
        """Write the files of the page to the folder of the site, in place of those that it had."""
        for kind in ("chart", "table"):
            for old in (folder / FOLDER).glob(f"{self.page}-{kind}-*"):
                old.unlink()
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
