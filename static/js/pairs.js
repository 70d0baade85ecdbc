// The pairs page by keyboard: / goes to the search. Empty fields stay out of the address, and the
// filters that are in use are in sight.
(() => {
  "use strict";
  const form = document.getElementById("filters");
  const typing = (target) => target.matches("textarea, select, input:not([type=checkbox])");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key !== "/") return;
    event.preventDefault();
    form.elements.text.focus();
  });
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target !== form) return;
    // A field may have several values: a list is empty beside boxes that are ticked.
    const sent = event.detail.formData;
    for (const name of new Set(sent.keys())) {
      const values = new Set(sent.getAll(name).filter((value) => value !== ""));
      sent.delete(name);
      for (const value of values) sent.append(name, value);
    }
  });
  const more = form.querySelector(".more-filters");
  more.open = [...more.querySelectorAll("input, select")].some((field) => field.value !== "");
})();
