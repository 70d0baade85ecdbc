// What was sent when the session had ended stands on the page as text: here it goes back into the
// form that it came from. Before the scripts that make editors of text areas.
(() => {
  "use strict";
  const kept = document.querySelector("[data-unsent]");
  if (!kept) return;
  const given = Map.groupBy(
    [...kept.querySelectorAll("[data-name]")].map((each) => each.dataset),
    (each) => each.name,
  );
  const values = (name) => (given.get(name) || []).map((each) => each.value);
  const pathOf = (form) => new URL(form.getAttribute("action") || "", location.href).pathname;
  const fields = (form) =>
    [...form.elements].filter((each) => each.name && !["file", "password"].includes(each.type));
  // Several forms may go to one address: the one that knows most of what was sent is meant.
  const known = (form) => fields(form).filter((each) => given.has(each.name)).length;
  const [form] = [...document.forms]
    .filter((each) => pathOf(each) === kept.dataset.unsent && known(each))
    .toSorted((one, other) => known(other) - known(one));
  if (!form) return;

  const fill = (field, at) => {
    const [found, had] = [values(field.name), given.has(field.name)];
    if (["checkbox", "radio"].includes(field.type)) field.checked = found.includes(field.value);
    else if (field.type === "select-multiple")
      for (const option of field.options) option.selected = found.includes(option.value);
    else if (had && field.name !== "csrfmiddlewaretoken") field.value = found[at] ?? field.value;
  };
  const seen = new Map();
  for (const field of fields(form)) {
    if (["submit", "button", "reset"].includes(field.type)) continue;
    const at = seen.get(field.name) || 0;
    seen.set(field.name, at + 1);
    fill(field, at);
  }
  for (const each of kept.querySelectorAll("[data-unsent-here]")) each.hidden = true;
  kept.querySelector("[data-unsent-there]").hidden = false;
  for (let up = form.parentElement; up; up = up.parentElement) {
    if (up.matches("details")) up.open = true;
    if (up.matches("dialog")) up.showModal();
  }
  // What is checked as one types is checked again, once its own script listens.
  addEventListener("load", () => {
    for (const field of fields(form)) {
      if (field.type === "textarea") field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  kept.focus();
})();
