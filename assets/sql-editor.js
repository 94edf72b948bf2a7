/* SQL: the editor (CodeMirror 6, assets/vendor/codemirror.js) with names of tables and columns as one types. */
(function () {
  "use strict";
  const ours = window.vizappSql;
  const NAME = String.raw`(?:"(?:[^"]|"")+"|\`(?:[^\`]|\`\`)+\`|[\w$]+)`;
  const MENTION = new RegExp(String.raw`\b(?:from|join)\s+(${NAME}(?:\s*\.\s*${NAME})?)(?:\s+(?:as\s+)?(${NAME}))?`, "gi");
  const NOT_ALIAS = /^(where|on|using|join|left|right|inner|full|cross|natural|group|order|having|limit|union|offset|window|for)$/i;

  const bare = (name) => (/^["`]/.test(name) ? name.slice(1, -1).split(name[0] + name[0]).join(name[0]) : name);
  const parts = (text) => (text.match(new RegExp(NAME, "g")) || []).map(bare);

  /* Tables that the text speaks of, each with the alias it goes by. */
  function mentioned(text) {
    return [...text.matchAll(MENTION)].map(([, name, alias]) => {
      const [first, second] = parts(name);
      const table = second === undefined ? { name: first } : { schema_name: first, name: second };
      return { table, alias: alias && !NOT_ALIAS.test(alias) ? bare(alias) : table.name };
    });
  }

  async function completions(context, place) {
    const before = context.matchBefore(/[\w$."`]*/);
    const typed = before ? before.text : "";
    if (!context.explicit && !typed) return null;
    const { connection, kind } = place();
    if (!connection) return null;
    const at = typed.lastIndexOf(".");
    const word = typed.slice(at + 1).replace(/^["`]/, "");
    const owner = at < 0 ? "" : bare(parts(typed.slice(0, at)).pop() || "");
    const known = mentioned(context.state.doc.toString()).slice(0, 12);
    const wanted = owner ? known.filter((item) => item.alias === owner || item.table.name === owner) : known;
    const found = await Promise.all([
      ...wanted.map((item) => ours.columns(connection, item.table).then((columns) => columns.map((column) => ({
        label: column.name, apply: ours.quoted(column.name, kind), type: "property", detail: column.database_type, info: column.comment || undefined, boost: 2,
      }))).catch(() => [])),
      (owner || word) && !(owner && wanted.length) ? ours.tables(connection, word, 0, 50).then(({ items }) => items
        .filter((table) => !owner || table.schema_name === owner)
        .map((table) => ({
          label: table.name, apply: owner ? ours.quoted(table.name, kind) : ours.tableName(table, kind), type: "class",
          detail: table.schema_name, info: table.comment || undefined, boost: 1,
        }))).catch(() => []) : [],
    ]);
    const options = found.flat();
    return options.length ? { from: context.pos - typed.length + at + 1, options, validFor: /^[\w$"`]*$/ } : null;
  }

  function looks(cm) {
    const { tags } = cm;
    const colours = cm.HighlightStyle.define([
      { tag: tags.keyword, color: "var(--accent)" },
      { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
      { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
      { tag: tags.comment, color: "var(--ink-2)", fontStyle: "italic" },
      { tag: [tags.typeName, tags.standard(tags.name)], color: "var(--good)" },
    ]);
    return cm.syntaxHighlighting(colours);
  }

  /* The line of a mistake. */
  function mistakes(cm) {
    const mark = cm.StateEffect.define();
    const line = cm.Decoration.line({ class: "cm-mistake" });
    const field = cm.StateField.define({
      create: () => cm.Decoration.none,
      update(marks, change) {
        for (const effect of change.effects) {
          if (!effect.is(mark)) continue;
          const number = effect.value;
          return number ? cm.Decoration.set([line.range(change.state.doc.line(Math.min(number, change.state.doc.lines)).from)]) : cm.Decoration.none;
        }
        return change.docChanged ? cm.Decoration.none : marks;
      },
      provide: (given) => cm.EditorView.decorations.from(given),
    });
    return { field, mark };
  }

  function editor(parent, { text, place, changed }) {
    const cm = window.CodeMirror;
    const language = new cm.Compartment();
    const { field, mark } = mistakes(cm);
    const spoken = (kind) => {
      const dialect = kind === "mysql" ? cm.MySQL : cm.PostgreSQL;
      return [cm.sql({ dialect, upperCaseKeywords: false }), dialect.language.data.of({ autocomplete: (context) => completions(context, place) })];
    };
    const view = new cm.EditorView({
      parent,
      doc: text,
      extensions: [
        cm.lineNumbers(), cm.history(), cm.drawSelection(), cm.highlightActiveLine(), cm.highlightActiveLineGutter(),
        cm.bracketMatching(), cm.closeBrackets(), cm.indentUnit.of("  "), cm.autocompletion({ icons: false }),
        cm.placeholder("SELECT …"), looks(cm), field, language.of(spoken(place().kind)),
        // Ctrl+Enter is the page's: see data-hotkey in clientside.js. Tab leaves the editor, as everywhere.
        cm.keymap.of([{ key: "Mod-Enter", run: () => true }, ...cm.closeBracketsKeymap, ...cm.completionKeymap, ...cm.historyKeymap, ...cm.defaultKeymap]),
        cm.EditorView.contentAttributes.of({ "aria-label": "SQL" }),
        cm.EditorView.updateListener.of((change) => { if (change.docChanged) changed(); }),
      ],
    });
    return {
      text: () => view.state.doc.toString(),
      /* What Run takes: the selection, or everything; `line` is the one it begins in. */
      chosen() {
        const { main } = view.state.selection;
        const all = view.state.doc.toString();
        const part = all.slice(main.from, main.to);
        return part.trim() ? { query: part, line: view.state.doc.lineAt(main.from).number, part: true } : { query: all, line: 1, part: false };
      },
      insert(name) {
        const { main } = view.state.selection;
        const before = view.state.sliceDoc(Math.max(0, main.from - 1), main.from);
        const insert = before && !/[\s(.,]/.test(before) ? ` ${name}` : name;
        view.dispatch({ changes: { from: main.from, to: main.to, insert }, selection: { anchor: main.from + insert.length }, scrollIntoView: true });
        view.focus();
      },
      replace(doc) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: doc } }); },
      speak: (kind) => view.dispatch({ effects: language.reconfigure(spoken(kind)) }),
      mistake: (line) => view.dispatch({ effects: mark.of(line) }),
      focus: () => view.focus(),
    };
  }

  Object.assign(ours, { editor, mentioned });
})();
