// Two respondents side by side, from the block of JSON in the page; the address of the page names them.
{ // names of other scripts are left alone
  const place = document.querySelector(".compare"), form = place.querySelector("form");
  const { respondents, items } = JSON.parse(place.querySelector("script").textContent);
  const names = new Map(respondents), { one, other } = form.elements;
  const KINDS = { measure: "kinds of measure", instrument: "instruments", actor: "actors", event: "events" };
  const SHARED = ["measure", "instrument", "actor"]; // an event is coded from one passage alone
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  // An element that shows text and holds other elements; text is never read as markup.
  const element = (tag, attributes = {}, ...parts) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...parts);
    return made;
  };
  const link = (text, href) => (href ? element("a", { href }, text) : text);
  const passages = (item) => item.passages.flatMap(([key, href], at) => [at ? ", " : "", link(key, href)]);

  // The items of a kind that either has: those of both first, then those of the one, then those of the other.
  const sides = (kind) => {
    const found = new Map();
    for (const item of items) {
      if (item.kind !== kind) continue;
      for (const select of [one, other]) {
        if (item.reply === select.value) found.set(item.id, { ...found.get(item.id), item, [select.name]: item });
      }
    }
    const rank = (row) => (row.one ? 0 : 2) + (row.other ? 0 : 1);
    return [...found.values()].sort((a, b) => rank(a) - rank(b) || collator.compare(a.item.name, b.item.name));
  };

  const table = (kind, rows) => {
    const title = KINDS[kind][0].toUpperCase() + KINDS[kind].slice(1);
    const heads = [title, names.get(one.value), names.get(other.value)];
    const both = rows.filter((row) => row.one && row.other).length;
    const caption = SHARED.includes(kind) ? `${title}: ${both} of ${rows.length} shared` : title;
    const lines = rows.map((row) => element("tr", row.one && row.other ? { class: "shared" } : {},
      element("th", { scope: "row" }, link(row.item.name, row.item.link)),
      ...[row.one, row.other].map((item) => element("td", {}, ...(item ? passages(item) : ["–"])))));
    return element("div", { class: "pst-scrollable-table-container", tabindex: "0", role: "region", "aria-label": title },
      element("table", {}, element("caption", {}, caption),
        element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
        element("tbody", {}, ...lines)));
  };

  const show = () => {
    const result = place.querySelector(".sides"), status = form.querySelector("[role=status]");
    if (one.value === other.value) {
      status.textContent = "Choose two different respondents.";
      return result.replaceChildren();
    }
    const all = Object.keys(KINDS).map((kind) => [kind, sides(kind)]);
    const shared = all.filter(([kind]) => SHARED.includes(kind)).map(([kind, rows]) =>
      `${rows.filter((row) => row.one && row.other).length} of ${rows.length} ${KINDS[kind]}`);
    status.textContent = `${names.get(one.value)} and ${names.get(other.value)} share ${shared.join(", ")}.`;
    return result.replaceChildren(...all.map(([kind, rows]) => rows.length ? table(kind, rows)
      : element("p", {}, `Neither has any ${KINDS[kind]}.`)));
  };

  const wanted = new URLSearchParams(location.search);
  for (const select of [one, other]) if (names.has(wanted.get(select.name))) select.value = wanted.get(select.name);
  if (one.value === other.value) { // what the address leaves open is the first of the others
    const open = names.has(wanted.get("other")) && !names.has(wanted.get("one")) ? one : other;
    if (!names.has(wanted.get(open.name))) open.value = [...names.keys()].find((key) => key !== open.value) ?? open.value;
  }
  form.addEventListener("input", () => {
    show();
    history.replaceState(null, "", `?${new URLSearchParams(new FormData(form))}`);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
  form.hidden = false;
}
