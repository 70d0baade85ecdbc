// What the bundle codemirror.js gives pages, as the global `CodeMirror`. The recipe: README.md.
export { minimalSetup } from "codemirror";
export { EditorState } from "@codemirror/state";
export { EditorView, lineNumbers } from "@codemirror/view";
export { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
export { StandardSQL, sql } from "@codemirror/lang-sql";
export { tags } from "@lezer/highlight";
