// Examples of a draft are put in order by dragging their rows; the arrows beside them do the same.
(() => {
  "use strict";
  const enable = () => {
    for (const body of document.querySelectorAll("[data-sortable]")) {
      if (body.dataset.enabled) continue;
      body.dataset.enabled = "true";
      window.Sortable.create(body, {
        handle: "td.number",
        animation: 120,
        onEnd: ({ oldIndex, newIndex }) => {
          if (oldIndex === newIndex) return;
          const example = [...body.children].map((row) => row.dataset.id);
          window.htmx.ajax("POST", body.dataset.sortable, {
            target: "#examples",
            swap: "outerHTML",
            values: { example },
          });
        },
      });
    }
  };
  document.addEventListener("DOMContentLoaded", enable);
  document.addEventListener("htmx:afterSettle", enable);
})();
