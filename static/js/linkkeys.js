// Links and buttons by key: data-keys="arrowright n" names the keys that do what a click does. They
// work without this script.
(() => {
  "use strict";
  const typing = (target) => target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    const key = event.key.toLowerCase();
    // A wide table is scrolled by its arrows.
    if (key.startsWith("arrow") && event.target.matches("[tabindex='0']")) return;
    const meant = [...document.querySelectorAll("[data-keys]")];
    const found = meant.find((one) => one.dataset.keys.split(" ").includes(key));
    if (!found) return;
    event.preventDefault();
    found.click();
  });
})();
