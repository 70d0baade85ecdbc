// Examples of a draft are put in order by dragging their rows; the arrows beside them do the same.
(() => {
  "use strict";
  const enable = () => {
    for (const body of document.querySelectorAll("[data-sortable]")) {
      if (body.dataset.enabled) continue;
      body.dataset.enabled = "true";
      const order = () => [...body.children].map((row) => row.dataset.id);
      const was = order();
      const list = window.Sortable.create(body, {
        handle: "td.number",
        animation: 120,
        onEnd: ({ oldIndex, newIndex }) => {
          if (oldIndex === newIndex) return;
          const sent = window.htmx.ajax("POST", body.dataset.sortable, {
            target: "#examples",
            swap: "outerHTML",
            values: { example: order(), was },
          });
          // Where it was refused the rows go back to where the draft has them.
          // oxlint-disable-next-line unicorn/no-array-sort -- Sortable's own, of rows.
          const back = () => body.isConnected && list.sort(was);
          sent.then(back, back);
        },
      });
    }
  };
  document.addEventListener("DOMContentLoaded", enable);
  document.addEventListener("htmx:afterSettle", enable);
})();
