// Turns the text areas of class "sql" in a form with data-editor into CodeMirror editors. The text
// area stays the form's field: without JavaScript it is what one writes in.
(() => {
  "use strict";
  const { EditorView, HighlightStyle, StandardSQL, minimalSetup, sql, syntaxHighlighting, tags } =
    window.CodeMirror;

  // Colours come as custom properties, which reach into a shadow root: both themes for nothing.
  const theme = EditorView.theme({
    "&": { fontSize: "var(--size-s)", color: "var(--text)", backgroundColor: "transparent" },
    ".cm-content": { fontFamily: "var(--mono)", caretColor: "var(--text)", minHeight: "4.5rem" },
    ".cm-cursor": { borderLeftColor: "var(--text)" },
    "&.cm-focused": { outline: "none" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, ::selection": {
      backgroundColor: "var(--accent-soft)",
    },
    ".cm-selectionBackground": { backgroundColor: "var(--hover)" },
  });
  const colours = HighlightStyle.define([
    { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
    { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
    { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
    { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
    { tag: tags.typeName, color: "var(--code-name)" },
  ]);

  const labelOf = (area) => area.labels[0]?.textContent.trim() || area.name;

  const enhance = (area) => {
    if (area.dataset.enhanced) return;
    area.dataset.enhanced = "true";
    const host = document.createElement("div");
    host.className = "editor";
    host.dataset.for = area.id;
    area.after(host);
    const root = host.attachShadow({ mode: "open" });
    const attributes = { "aria-label": labelOf(area), spellcheck: "false" };
    if (area.getAttribute("aria-invalid")) attributes["aria-invalid"] = "true";
    const view = new EditorView({
      root,
      parent: root,
      doc: area.value,
      extensions: [
        minimalSetup,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of(attributes),
        theme,
        syntaxHighlighting(colours),
        ...(area.name === "tests" ? [] : [sql({ dialect: StandardSQL })]),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          area.dispatchEvent(new Event("input", { bubbles: true }));
        }),
      ],
    });
    area.hidden = true;
    area.labels[0]?.addEventListener("click", () => view.focus());
    if (area.matches("[autofocus]")) view.focus();
  };

  const enhanceAll = () =>
    document.querySelectorAll("form[data-editor] textarea.sql").forEach(enhance);
  document.addEventListener("DOMContentLoaded", enhanceAll);
  document.addEventListener("htmx:afterSettle", enhanceAll);
})();
