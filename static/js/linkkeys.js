// Links and buttons by key: data-keys="arrowright n" names the keys that do what a click does; a field
// gets the focus, which Escape takes away. They work without this script.
(() => {
  "use strict";
  const typing = (target) => target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
  // How long the page was there, in seconds, for forms that ask.
  document.addEventListener("submit", (event) => {
    const field = event.target.querySelector("[data-seconds]");
    if (field) field.value = (performance.now() / 1000).toFixed(1);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (typing(event.target)) {
      if (key === "escape") event.target.blur();
      return;
    }
    // A region that scrolls keeps its arrows.
    if (key.startsWith("arrow") && event.target.closest("[tabindex='0']")) return;
    const meant = [...document.querySelectorAll("[data-keys]")];
    const found = meant.find((one) => one.dataset.keys.split(" ").includes(key));
    if (!found) return;
    event.preventDefault();
    if (typing(found)) found.focus();
    else found.click();
  });
})();
