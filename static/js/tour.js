// The tour of the review page: five steps in a dialog, each beside the part that it is about. It
// opens by itself until it was closed once; the server keeps that for the person.
(() => {
  "use strict";
  const tour = document.getElementById("tour");
  if (!tour) return;
  const steps = [...tour.querySelectorAll("[data-part]")];
  const [back, next] = ["back", "next"].map((name) => tour.querySelector(`[data-tour="${name}"]`));
  let at = 0;

  const point = () => {
    for (const old of document.querySelectorAll(".tour-part")) old.classList.remove("tour-part");
    if (!tour.open) return;
    const part = document.querySelector(steps[at].dataset.part);
    part?.classList.add("tour-part");
    if (part && part.offsetHeight < innerHeight) part.scrollIntoView({ block: "nearest" });
  };
  const go = (to) => {
    at = Math.min(steps.length - 1, Math.max(0, to));
    steps.forEach((step, index) => {
      step.hidden = index !== at;
    });
    back.disabled = at === 0;
    next.textContent = at === steps.length - 1 ? "Begin" : "Next";
    point();
  };
  const open = () => {
    tour.showModal();
    go(0);
    next.focus();
  };

  back.addEventListener("click", () => {
    go(at - 1);
    next.focus();
  });
  next.addEventListener("click", () => (at === steps.length - 1 ? tour.close() : go(at + 1)));
  tour.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") go(at + 1);
    if (event.key === "ArrowLeft") go(at - 1);
  });
  // Esc, "Skip the tour" and "Begin" all come here.
  tour.addEventListener("close", () => {
    point();
    document.getElementById("pair")?.focus({ preventScroll: true });
    if (!("unseen" in tour.dataset)) return;
    delete tour.dataset.unseen;
    htmx.ajax("POST", tour.dataset.seen, { source: tour, swap: "none" });
  });
  document.querySelector('[data-tour="open"]')?.addEventListener("click", (event) => {
    event.target.closest("dialog")?.close();
    open();
  });
  document.addEventListener("DOMContentLoaded", () => {
    if ("unseen" in tour.dataset) open();
  });
})();
