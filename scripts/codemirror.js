/* What assets/sql.js takes from CodeMirror 6, bundled by scripts/frontend.py as window.CodeMirror. */
export { EditorState, Compartment, StateEffect, StateField } from "@codemirror/state";
export {
  EditorView, Decoration, keymap, lineNumbers, placeholder, drawSelection, highlightActiveLine, highlightActiveLineGutter,
} from "@codemirror/view";
export { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
export { autocompletion, completionKeymap, closeBrackets, closeBracketsKeymap, startCompletion } from "@codemirror/autocomplete";
export { HighlightStyle, syntaxHighlighting, bracketMatching, indentUnit } from "@codemirror/language";
export { PostgreSQL, MySQL, sql, keywordCompletionSource } from "@codemirror/lang-sql";
export { tags } from "@lezer/highlight";
