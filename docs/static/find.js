// What has a name that fits the question, above the pages that have its words.
{ // names of other scripts are left alone
  const place = document.querySelector("#by-name"), FIRST = 10;
  const query = (new URLSearchParams(location.search).get("q") ?? "").replace(/\p{C}/gu, " ").trim();
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  const wanted = plain(query), words = wanted.split(" ");

  // An element that shows text and holds other elements; text is never read as markup.
  const element = (tag, attributes = {}, ...parts) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...parts);
    return made;
  };

  // How well an entry fits: 0 is best, -1 is not at all.
  const fit = ({ name, full, names }) => {
    const own = [name, ...full, ...names].map(plain);
    return [
      () => own.includes(wanted),
      () => own.some((one) => one.startsWith(wanted)),
      () => words.every((word) => own.some((one) => ` ${one}`.includes(` ${word}`))),
      () => words.every((word) => own.some((one) => one.includes(word))),
    ].findIndex((fits) => fits());
  };

  const item = ({ name, full, kind, line, link, passages }) => element("li", {},
    element("a", { href: link }, name), " ", element("span", { class: "kind" }, kind),
    element("div", {}, line),
    ...full.map((one) => element("div", { class: "full", ...(/\p{sc=Han}/u.test(one) && { lang: "zh" }) }, one)),
    ...passages.map(([text, address]) => element("div", {}, element("a", { href: address }, text))));

  const list = (entries) => (entries.length ? [element("ul", {}, ...entries.map(item))] : []);

  if (wanted) {
    const all = JSON.parse(place.querySelector("script").textContent).map((entry) => ({ entry, rank: fit(entry) }));
    const found = all.filter(({ rank }) => rank >= 0).sort((a, b) => a.rank - b.rank).map(({ entry }) => entry);
    const rest = found.slice(FIRST), more = element("summary", {}, `${rest.length} more`);
    const count = found.length
      ? `${found.length} ${found.length === 1 ? "name fits" : "names fit"} “${query}”.`
      : `No instrument, actor, State, kind of measure or respondent has a name with “${query}”. Try fewer letters, an abbreviation, or a part of the Chinese name.`;
    place.prepend(
      element("h2", {}, "By name"), element("p", { role: "status" }, count), ...list(found.slice(0, FIRST)),
      ...(rest.length ? [element("details", {}, more, ...list(rest))] : []),
      ...(found.length ? [] : [element("p", {},
        element("a", { href: `passages.html?${new URLSearchParams({ words: query })}` }, `Passages whose summary or codes have “${query}”`))]));
    document.querySelector("#search-results").before(place);
    const left = words.filter((word) => /^\d+$/.test(word) || stopwords.has(word)); // by Sphinx's own search
    const none = [
      ...(left.length < words.length ? ["No page has all of these words."] : []),
      ...(left.length ? ["Numbers, and words such as “of”, are not looked for in the pages."] : []),
    ];
    Object.assign(Documentation.TRANSLATIONS, {
      "Search Results": "In the pages",
      "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.": none.join(" "),
    });
  }
}
