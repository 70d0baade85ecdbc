// The desk by keyboard; which key does what stands in #work. The buttons and links work without this
// script; it adds the keys, how long a pair was looked at, and where the focus goes.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  let busy = false;

  // -- how long the pair was in sight ------------------------------------------------------------
  let seen = 0;
  let since = null;
  const look = () => {
    if (since !== null) seen += performance.now() - since;
    since = document.visibilityState === "visible" ? performance.now() : null;
  };
  const restart = () => {
    seen = 0;
    since = null;
    look();
  };
  document.addEventListener("visibilitychange", look);
  restart();

  // -- one action at a time, then the next pair ----------------------------------------------------
  // What judges say comes into the side by itself, and is none of it.
  const inWork = (event) => event.detail.target?.id === "work";
  document.addEventListener("htmx:configRequest", (event) => {
    if (!inWork(event)) return;
    look();
    event.detail.parameters.seconds = (seen / 1000).toFixed(1);
  });
  // Only an answer that takes its time is waited for in sight: to dim a pair and paint it bright
  // again costs more than most answers.
  const DIM_AFTER = 200;
  let dimming = 0;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!inWork(event)) return;
    busy = true;
    dimming = setTimeout(() => $("work").classList.add("waits"), DIM_AFTER);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!inWork(event)) return;
    busy = false;
    clearTimeout(dimming);
    $("work").classList.remove("waits");
  });
  // What has the focus loses it first: htmx would give it to what stands in its place before the
  // page is whole, which lays all of it out once more.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const focused = document.activeElement;
    if (inWork(event) && event.detail.shouldSwap && $("work").contains(focused)) focused.blur();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!inWork(event)) return;
    const work = $("work");
    // Written a moment later: a text that changes while the page does is not read out.
    setTimeout(() => {
      $("announcement").textContent = work.dataset.said;
    }, 50);
    ready();
    if (isOpen()) {
      document.querySelector("#reasons .errorlist")?.scrollIntoView({ block: "nearest" });
      firstReason()?.focus();
      return;
    }
    restart();
    window.scrollTo(0, 0);
    $("pair").focus({ preventScroll: true });
  });

  // -- reasons ---------------------------------------------------------------------------------------
  const isOpen = () => Boolean($("reasons")?.open);
  const firstReason = () => document.querySelector("#reasons input[type=checkbox]");
  const openReasons = () => {
    $("reasons").open = true;
    firstReason().focus({ preventScroll: true });
  };
  const closeReasons = () => {
    $("reasons").open = false;
    for (const box of document.querySelectorAll("#reasons input:checked")) box.checked = false;
    $("pair").focus({ preventScroll: true });
  };
  const toggleReason = (key) => {
    const box = document.querySelector(`#reasons input[data-key="${CSS.escape(key)}"]`);
    if (!box) return false;
    box.checked = !box.checked;
    box.focus();
    return true;
  };
  const ready = () => {
    for (const button of document.querySelectorAll("[data-cancel]")) button.hidden = false;
  };
  ready();
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-cancel]")) closeReasons();
  });

  // -- keys ------------------------------------------------------------------------------------------
  const typing = (target) =>
    target.isContentEditable ||
    target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
  const submit = (id) => {
    const form = $(id);
    if (form) form.requestSubmit();
    return Boolean(form);
  };
  const whenOpen = (key, target) => {
    if (key === "escape") return closeReasons(), true;
    // On a button Enter means that button.
    if (key === "enter") return target.matches("button, a, summary") ? false : submit("bad-form");
    if (toggleReason(key)) return true;
    return key === $("work").dataset.note && ($("note").focus(), true);
  };
  const show = (id) => {
    const dialog = $(id);
    dialog?.showModal();
    return Boolean(dialog);
  };
  const follow = (action) => {
    const link = document.querySelector(`#work a[data-action="${action}"]`);
    link?.click();
    return Boolean(link);
  };
  const DO = {
    good: () => submit("good-form"),
    skip: () => submit("skip-form"),
    undo: () => submit("undo-form"),
    flag: () => submit("flag-form"),
    alike: () => submit("alike-form"),
    bad: () => Boolean($("reasons")) && (openReasons(), true),
    guideline: () => show("guideline"),
  };
  // "g good / search ": read anew each time, for the pair is replaced with all that is in it.
  const actionOf = (key) => {
    const words = $("work").dataset.keys.split(" ");
    for (let place = 0; place < words.length; place += 2)
      if (words[place] === key) return words[place + 1];
    return null;
  };
  const scrolls = (target) => target.matches("[tabindex='0']");
  const whenClosed = (key, target) => {
    // On a button or a link Enter means that.
    if (key === "enter") return target.matches("button, a, summary") ? false : submit("keep-form");
    const action = actionOf(key);
    if (!action || (key.startsWith("arrow") && scrolls(target))) return false;
    return DO[action] ? DO[action]() : follow(action);
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (typing(event.target)) {
      if (key === "escape" && isOpen() && $("reasons").contains(event.target)) firstReason().focus();
      return;
    }
    if (key === "?") {
      event.preventDefault();
      $("help").showModal();
      return;
    }
    if (busy) return;
    if (isOpen() ? whenOpen(key, event.target) : whenClosed(key, event.target)) event.preventDefault();
  });
})();
