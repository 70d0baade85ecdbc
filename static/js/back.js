// Back and forth through one's own labels with the arrow keys.
(() => {
  "use strict";
  const typing = (target) => target.matches("textarea, select, input:not([type=checkbox])");
  const RELATIONS = { ArrowLeft: "prev", ArrowRight: "next" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    // A region that scrolls keeps its arrows.
    if (event.target.closest("[tabindex='0'], details[open] pre")) return;
    const link = document.querySelector(`a[rel="${RELATIONS[event.key]}"]`);
    if (link) link.click();
  });
})();
