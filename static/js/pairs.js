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
    for (const field of form.elements)
      if (field.name && field.value === "") delete event.detail.parameters[field.name];
  });
  const more = form.querySelector(".more-filters");
  more.open = [...more.querySelectorAll("input, select")].some((field) => field.value !== "");
})();
