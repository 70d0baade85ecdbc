// Runs before the first paint, so that a chosen scheme never flashes the other one.
(() => {
  "use strict";
  const KEY = "winnow-theme";
  const ORDER = ["system", "light", "dark"];
  let stored;
  try {
    stored = localStorage.getItem(KEY);
  } catch {
    stored = null; // storage is blocked: the choice lasts for this page
  }
  let theme = ORDER.includes(stored) ? stored : "system";

  const apply = () => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-label", `Colours: ${theme}`);
      button.title = `Colours: ${theme}`;
    }
  };

  document.documentElement.dataset.scripted = "";
  apply();
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // see above
    }
    apply();
  });
})();
