// Beneath a chart: its link and its citation are copied, where the browser lets a page do so. Everywhere the link leads
// to the chart, and the citation can be read.
{ // names of other scripts are left alone
  const copied = "Copied";
  const copy = async (element, text) => {
    const words = element.textContent;
    if (words === copied) return;
    try { await navigator.clipboard.writeText(text); } catch { return; }
    element.textContent = copied;
    setTimeout(() => { element.textContent = words; }, 2000);
  };
  for (const place of navigator.clipboard ? document.querySelectorAll(".take") : []) {
    const link = place.querySelector(".spot"), citation = place.querySelector("details p");
    link?.addEventListener("click", () => copy(link, link.href));
    if (!citation) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", () => copy(button, citation.textContent));
    citation.after(button);
  }
}
