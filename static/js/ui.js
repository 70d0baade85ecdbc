// What every page shares: errors of htmx requests are shown, dialogs open, dangerous forms ask.
(() => {
  "use strict";
  const MESSAGES = {
    400: "The server did not understand the request. Reload the page and try again.",
    403: "You may not do this, or the page is too old: reload it and try again.",
    404: "This is not there any more. Reload the page.",
    409: "Somebody else changed this meanwhile. Reload the page.",
    429: "Too many requests. Wait a moment and try again.",
  };

  // Nobody knows what became of a request without an answer; sending it again is harmless.
  const UNSURE = "What you sent may not have been saved; try again in a moment.";

  // Shows one alert at most of each text; a later request that succeeds takes them away.
  const alert = (text) => {
    const area = document.getElementById("alerts");
    if ([...area.children].some((item) => item.dataset.text === text)) return;
    const item = document.createElement("div");
    item.className = "alert";
    item.dataset.text = text;
    const words = document.createElement("span");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => item.remove());
    item.append(words, close);
    area.append(item);
  };

  const messageOf = (xhr) => {
    const type = xhr.getResponseHeader("Content-Type") || "";
    if (type.startsWith("text/plain") && xhr.responseText) return xhr.responseText.slice(0, 300);
    return MESSAGES[xhr.status] || `The server failed (${xhr.status}). ${UNSURE}`;
  };

  // The session has ended: the form goes again as a whole page, which asks for the log-in and
  // comes back with what was typed.
  const logIn = (element) => {
    const form = element.closest("form");
    if (form) form.submit();
    else location.reload();
  };
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) logIn(event.detail.elt);
    else alert(messageOf(event.detail.xhr));
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () =>
      alert(`The server does not answer. ${UNSURE}`),
    );
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) document.getElementById("alerts").replaceChildren();
  });
  // What replaced the element that had the focus takes it: its first refused field, or itself.
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt;
    if (part.matches("[data-focus]")) (part.querySelector('[aria-invalid="true"]') || part).focus();
  });
  window.Winnow = { alert };

  // On a phone the navigation scrolls: where one is stays in sight.
  for (const current of document.querySelectorAll(".nav [aria-current]")) {
    const nav = current.parentElement;
    const [its, all] = [current.getBoundingClientRect(), nav.getBoundingClientRect()];
    nav.scrollLeft += its.left - all.left - (all.width - its.width) / 2;
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog).showModal();
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
})();
