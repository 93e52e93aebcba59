// Filters for the table of passages, and order by any column; the address of the page keeps both.
{ // names of other scripts are left alone
  const table = document.querySelector(".browse table"), form = document.querySelector(".browse form");
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const columns = heads.map((head) => head.dataset.name);
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const status = form.querySelector("[role=status]"), selects = [...form.querySelectorAll("select")];
  const NATURAL = "passage"; // the order of the report
  const wanted = new URLSearchParams(location.search);

  const said = (part, selector) => [...part.querySelectorAll(selector)].map((one) => one.textContent.trim());

  // What a row has in each column, or beneath: the values to choose from, and one text to sort by.
  const rows = [...body.rows].map((row, place) => {
    const cells = [...row.cells];
    const values = Object.fromEntries(cells.map((cell, at) => [columns[at], said(cell, ".name")]));
    const texts = cells.map((cell, at) => values[columns[at]].join(", ") || cell.textContent.trim());
    for (const beneath of row.querySelectorAll("[data-name]")) values[beneath.dataset.name] = [beneath.textContent.trim()];
    const more = [...row.querySelectorAll("[data-more]")].map((name) => name.dataset.more);
    const words = [...said(row, "th, .long, .name, .printed"), ...more].join(" ").toLowerCase();
    return { row, place, values, texts, words };
  });

  let sort = NATURAL, down = false;

  const order = () => {
    const at = columns.indexOf(sort), turn = down ? -1 : 1;
    const compared = (a, b) => {
      if (sort === NATURAL) return turn * (a.place - b.place);
      if (!a.texts[at] || !b.texts[at]) return !a.texts[at] - !b.texts[at] || a.place - b.place; // the empty last
      return turn * collator.compare(a.texts[at], b.texts[at]) || a.place - b.place;
    };
    body.append(...[...rows].sort(compared).map(({ row }) => row));
    heads.forEach((head, column) => {
      if (column === at) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };

  const filter = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = selects.filter((select) => select.value).map(({ name, value }) => [name, value]);
    let count = 0;
    for (const { row, values, words: all } of rows) {
      const fits = words.every((word) => all.includes(word));
      const shown = fits && chosen.every(([name, value]) => values[name]?.includes(value));
      row.hidden = !shown;
      count += shown;
    }
    status.textContent = `${count} of ${rows.length} passages`;
  };

  const remember = () => {
    const address = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    if (sort !== NATURAL || down) address.set("sort", (down ? "-" : "") + sort);
    history.replaceState(null, "", address.size ? `?${address}` : location.pathname);
  };

  for (const select of selects) {
    const found = [...new Set(rows.flatMap(({ values }) => values[select.name] ?? []))].sort(collator.compare);
    select.append(...found.map((value) => new Option(value, value)));
    if (found.includes(wanted.get(select.name))) select.value = wanted.get(select.name);
  }
  form.elements.words.value = wanted.get("words") ?? "";
  const given = wanted.get("sort") ?? "";
  if (columns.includes(given.replace(/^-/, ""))) [sort, down] = [given.replace(/^-/, ""), given.startsWith("-")];

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => {
      [sort, down] = [head.dataset.name, sort === head.dataset.name && !down];
      order();
      remember();
    });
    head.replaceChildren(button);
  }
  form.addEventListener("input", () => { filter(); remember(); });
  form.addEventListener("reset", () => setTimeout(() => { filter(); remember(); })); // once the fields are empty
  form.addEventListener("submit", (event) => event.preventDefault());
  table.caption.textContent = "The passages";
  order();
  filter();
  form.hidden = false;
}
