"""Write the tables of ``data/CODEBOOK.md`` from the descriptor: ``make codebook``."""

from __future__ import annotations

import unreplies as ur

MARK = "<!-- From here on written from datapackage.json by `make codebook`; do not edit. -->"


def markdown(ds: ur.Dataset) -> str:
    """The fields of every table as Markdown, in the order of the descriptor."""
    parts = []
    for resource in ds.package["resources"]:
        name = resource["name"]
        parts += [f"## {name}: {resource['title']}", "", resource["description"], ""]
        parts += [
            "| field | type | allowed | key | description | empty means | source |",
            "|---|---|---|---|---|---|---|",
        ]
        for row in ds.codebook(name).itertuples():
            kind = f"{row.type}, {row.unit}" if row.unit else row.type
            allowed = f"`{row.allowed}`" if row.allowed.startswith("^") else row.allowed
            cells = [
                f"`{row.field}`",
                kind,
                allowed,
                row.key,
                f"**{row.title}.** {row.description}",
                row.empty,
                row.source,
            ]
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        parts.append("")
    return "\n".join(parts)


def main() -> None:
    ds = ur.load()
    path = ds.folder / "CODEBOOK.md"
    rules = path.read_text(encoding="utf-8").split(MARK)[0]
    path.write_text(f"{rules}{MARK}\n\n{markdown(ds)}", encoding="utf-8", newline="\n")
    print(f"{path}: {len(ds)} tables; now: make hashes")


if __name__ == "__main__":
    main()
