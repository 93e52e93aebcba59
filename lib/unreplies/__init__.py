"""The replies in the Secretary-General's report A/66/115 (2011) as data, with the measures of its analysis.

Begin with the data. A table is a pandas DataFrame, reached as ``ds.replies`` or ``ds["replies"]``:

>>> import unreplies as ur
>>> ds = ur.load()
>>> ds
<unreplies data ...: ... tables, ... rows>

Then look (``ds.tables()``, ``ds.codebook("measures")``), join (``ds.joined("measures")``), count each respondent once
(``ds.count_respondents("measures", "category_label")``), take a part (``ds.only("iaea")``), and go back to the source
(``ds.evidence("iaea.08")``). Each question of the notebooks has a module of its name, whose functions take a dataset
and give a table: ``ur.who_replied``, ``ur.when_and_how``, ``ur.which_instruments_recur``, ``ur.what_was_done``,
``ur.who_works_with_whom``, ``ur.events_and_figures``, ``ur.how_far_to_trust_it``, ``ur.respondents``; the agreement of
the readers is in ``ur.agreement``.

``ur.table(rows, caption)`` shows a table to readers and ``ur.charts`` draws it; ``ur.export`` writes all tables for
other programs, ``ur.validate`` checks a copy, and ``ur.audit`` proves the data against the text of the report.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .audit import audit
from .dataset import Dataset, Evidence, load, validate
from .errors import DataError, Fault, UnknownName
from .export import export
from .rows import normalise
from .tables import table

if TYPE_CHECKING:
    from . import (
        agreement,
        charts,
        events_and_figures,
        how_far_to_trust_it,
        respondents,
        rows,
        what_was_done,
        when_and_how,
        which_instruments_recur,
        who_replied,
        who_works_with_whom,
    )
else:

    def __getattr__(name):
        """A module of the package, imported by whoever asks for it first (PEP 562)."""
        if name in __all__:
            return import_module(f".{name}", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "DataError",
    "Dataset",
    "Evidence",
    "Fault",
    "UnknownName",
    "agreement",
    "audit",
    "charts",
    "cite",
    "events_and_figures",
    "export",
    "how_far_to_trust_it",
    "load",
    "normalise",
    "respondents",
    "rows",
    "table",
    "validate",
    "what_was_done",
    "when_and_how",
    "which_instruments_recur",
    "who_replied",
    "who_works_with_whom",
]


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__"))]


def cite(ds: Dataset | None = None) -> str:
    """How to cite the data: authors, year, title, version, and the report that they are made from.

    >>> print(cite())
    The unreplies contributors (2026). unreplies: the replies in A/66/115 as data. Version ... Coded from: ...
    """
    package = (ds or load()).package
    authors = "; ".join(person["title"] for person in package["contributors"])
    source = package["sources"][0]["title"]
    return (
        f"{authors} ({package['created'][:4]}). {package['title']}. Version {package['version']}. Coded from: {source}."
    )
