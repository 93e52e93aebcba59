// The code of a notebook is hidden until one asks for it: one switch for the page, remembered for the next.
const root = document.documentElement;
const stored = { get: () => { try { return localStorage.unrepliesCode; } catch { return ""; } },
                 set: (value) => { try { localStorage.unrepliesCode = value; } catch { /* not remembered */ } } };
const show = (shown) => root.classList.toggle("code-shown", shown);
show(stored.get() === "shown");
const ready = () => {
  const heading = document.querySelector(".bd-article .cell_input") && document.querySelector(".bd-article h1");
  if (!heading) return;
  const button = document.createElement("button");
  const word = () => { button.textContent = root.classList.contains("code-shown") ? "Hide code" : "Show code"; };
  button.type = "button";
  button.className = "code-switch";
  button.addEventListener("click", () => {
    stored.set(show(!root.classList.contains("code-shown")) ? "shown" : "hidden");
    word();
  });
  word();
  heading.before(button);
};
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready); else ready();
