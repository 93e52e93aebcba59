// The link to a chart is copied, where the browser lets a page do so; everywhere it leads to its chart.
document.addEventListener("click", async ({ target }) => {
  const link = target.closest("a.spot");
  if (!link || !navigator.clipboard) return;
  try { await navigator.clipboard.writeText(link.href); } catch { return; }
  link.textContent = "Link copied";
  setTimeout(() => { link.textContent = "Link to this chart"; }, 2000);
});
