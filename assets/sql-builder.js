/* SQL without typing: tables joined along their foreign keys, columns, measures, filters, order. Each change writes the query. */
(function () {
  "use strict";
  const ours = window.vizappSql;
  const { el, icon, quoted } = ours;
  const FUNCTIONS = [["sum", "sum of"], ["avg", "average"], ["min", "lowest"], ["max", "highest"], ["count", "count of"], ["count distinct", "distinct"]];
  const OPERATORS = [["=", "is"], ["<>", "is not"], [">", "more than"], [">=", "at least"], ["<", "less than"], ["<=", "at most"], ["contains", "contains"], ["is null", "is missing"], ["is not null", "is not missing"]];
  const UNARY = new Set(["is null", "is not null"]);

  /* ---------- what it means: a pure function of the state */
  const text = (value, kind) => `'${(kind === "mysql" ? value.replaceAll("\\", "\\\\") : value).replaceAll("'", "''")}'`;
  function literal(value, type, kind) {
    if (type === "number" && value.trim() !== "" && Number.isFinite(Number(value))) return String(Number(value));
    if (type === "boolean" && /^(true|false)$/i.test(value.trim())) return value.trim().toUpperCase();
    return text(value, kind);
  }
  function condition(filter, ref, kind) {
    if (UNARY.has(filter.op)) return `${ref} ${filter.op.toUpperCase()}`;
    if (filter.op !== "contains") return `${ref} ${filter.op} ${literal(filter.value, filter.type, kind)}`;
    const wanted = filter.value.replace(/[!%_]/g, "!$&");
    return `${kind === "mysql" ? ref : `CAST(${ref} AS text)`} LIKE ${text(`%${wanted}%`, kind)} ESCAPE '!'`;
  }
  function sqlOf(state, kind) {
    if (!state.tables.length) return "";
    const several = state.tables.length > 1;
    const ref = ({ table, name }) => (several ? `${quoted(table, kind)}.` : "") + quoted(name, kind);
    const taken = new Set();
    const named = (wanted) => { let name = wanted, n = 1; while (taken.has(name)) name = `${wanted}_${(n += 1)}`; taken.add(name); return name; };
    const columns = state.columns.map((item) => { const name = named(item.name); return name === item.name ? ref(item) : `${ref(item)} AS ${quoted(name, kind)}`; });
    const measures = state.measures.map((item) => {
      const inside = item.fn === "count distinct" ? `count(DISTINCT ${ref(item)})` : item.name === null ? "count(*)" : `${item.fn}(${ref(item)})`;
      item.alias = named(item.name === null ? "row_count" : `${item.fn.replace(" ", "_")}_${item.name}`);
      return `${inside} AS ${quoted(item.alias, kind)}`;
    });
    const [base, ...joined] = state.tables;
    const from = (item) => ours.tableName(item, kind) + (item.alias === item.name ? "" : ` AS ${quoted(item.alias, kind)}`);
    const on = (item) => item.on.map(([one, other]) => `${ref(one)} = ${ref(other)}`).join(" AND ");
    const lines = [`SELECT ${[...columns, ...measures].join(",\n       ") || "*"}`, `FROM ${from(base)}`];
    lines.push(...joined.map((item) => `LEFT JOIN ${from(item)} ON ${on(item)}`));
    const wheres = state.filters.filter((item) => UNARY.has(item.op) || item.value !== "").map((item) => condition(item, ref(item), kind));
    if (wheres.length) lines.push(`WHERE ${wheres.join("\n  AND ")}`);
    if (measures.length && columns.length) lines.push(`GROUP BY ${state.columns.map(ref).join(", ")}`);
    const order = state.sort.map((item) => `${item.measure ? quoted(item.measure.alias, kind) : ref(item.column)}${item.desc ? " DESC" : ""}`);
    if (order.length) lines.push(`ORDER BY ${order.join(", ")}`);
    if (state.limit) lines.push(`LIMIT ${state.limit}`);
    return lines.join("\n");
  }

  /* ---------- what it looks like */
  function builder(box, place, write) {
    let state, keys;
    const reset = () => { state = { tables: [], columns: [], measures: [], filters: [], sort: [], limit: 1000 }; keys = []; };
    reset();
    const written = () => { if (state.tables.length) write(sqlOf(state, place().kind)); };
    const changed = () => { draw(); written(); };
    const say = (words) => window.dash_clientside.vizapp.toast(words);
    const all = () => state.tables.flatMap((table) => table.columns.map((column) => ({ table: table.alias, name: column.name, type: column.type })));
    const label = (item) => (item.name === null ? "number of rows" : state.tables.length > 1 ? `${item.table}.${item.name}` : item.name);

    async function addTable(table, link) {
      const { connection } = place();
      let columns, relations;
      try {
        const sent = new URLSearchParams({ table: table.name, schema_name: table.schema_name });
        [columns, relations] = await Promise.all([ours.columns(connection, table), ours.ask(`/api/connections/${connection}/relations?${sent}`).then((page) => page.items)]);
      } catch (error) { say(error.message); return null; }
      let alias = table.name, number = 1;
      while (state.tables.some((item) => item.alias === alias)) alias = `${table.name}_${(number += 1)}`;
      const added = { schema_name: table.schema_name, name: table.name, alias, columns, on: link ? link(alias) : [] };
      state.tables.push(added);
      for (const key of relations) if (!keys.some((known) => JSON.stringify(known) === JSON.stringify(key))) keys.push(key);
      return added;
    }
    const at = (table, schema, name) => table.schema_name === schema && table.name === name;
    const pair = (alias, columns, other, others) => columns.map((column, n) => [{ table: other, name: others[n] }, { table: alias, name: column }]);
    /* The ways from the tables that are in to one more, each along a foreign key. */
    function ways() {
      const found = [];
      for (const key of keys) {
        for (const table of state.tables) {
          if (at(table, key.schema_name, key.name) && !state.tables.some((item) => at(item, key.other_schema, key.other_name))) {
            found.push({ table: { schema_name: key.other_schema, name: key.other_name }, words: `${table.alias}.${key.columns.join(", ")}`, link: (alias) => pair(alias, key.other_columns, table.alias, key.columns) });
          }
          if (at(table, key.other_schema, key.other_name) && !state.tables.some((item) => at(item, key.schema_name, key.name))) {
            found.push({ table: { schema_name: key.schema_name, name: key.name }, words: `its ${key.columns.join(", ")}`, link: (alias) => pair(alias, key.columns, table.alias, key.other_columns) });
          }
        }
      }
      return found;
    }
    /* One after the other: what a table joins to is known when the one before it is in. */
    let turn = Promise.resolve();
    const inTurn = (act) => { turn = turn.then(act, act); return turn; };
    /* A table, or a column of one, that was pressed in the tree. */
    const add = (table, column) => inTurn(() => addPressed(table, column));
    const join = (way) => inTurn(async () => {
      const inside = state.tables.some((item) => at(item, way.table.schema_name, way.table.name));
      if (!inside && (await addTable(way.table, way.link))) changed();
    });
    async function addPressed(table, column) {
      let inside = state.tables.find((item) => at(item, table.schema_name, table.name));
      if (!inside) {
        const way = ways().find((item) => at(item.table, table.schema_name, table.name));
        if (state.tables.length && !way) { say(`No foreign key leads from here to ${table.name}. Write the join yourself.`); return; }
        inside = await addTable(table, way && way.link);
      }
      if (!inside) return;
      if (column) state.columns.push({ table: inside.alias, name: column });
      changed();
    }
    function drop(alias) {
      const gone = new Set([alias]);
      for (const item of state.tables) if (item.on.some(([one]) => gone.has(one.table))) gone.add(item.alias);
      const stays = (item) => !gone.has(item.table);
      state.tables = state.tables.filter((item) => !gone.has(item.alias));
      state.columns = state.columns.filter(stays);
      state.measures = state.measures.filter((item) => item.name === null || stays(item));
      state.filters = state.filters.filter(stays);
      tidy();
      if (!state.tables.length) { reset(); draw(); } else changed();
    }
    const tidy = () => { state.sort = state.sort.filter((item) => state.columns.includes(item.column) || state.measures.includes(item.measure)); };

    const choice = (name, options, value, act) => el("select", { class: "form-select", "aria-label": name, onchange: (event) => act(event.target.value) },
      ...options.map(([key, words]) => el("option", { value: key, selected: key === value }, words)));
    const pill = (name, end, ...inside) => el("span", { class: "pill" }, ...inside, el("button", { type: "button", class: "x", title: `Remove ${name}`, "aria-label": `Remove ${name}`, onclick: end }, "×"));
    const without = (list, item) => () => { list.splice(list.indexOf(item), 1); tidy(); changed(); };
    function adder(name, options, act) {
      return choice(name, [["", "Add …"], ...options.map((item, n) => [String(n), label(item)])], "", (value) => { if (value !== "") act(options[Number(value)]); });
    }
    const row = (name, ...inside) => [el("span", { class: "well-label" }, name), el("div", { class: "well", role: "group", "aria-label": name }, ...inside)];

    function draw() {
      if (!state.tables.length) { box.replaceChildren(el("p", { class: "ink-2" }, "Press a table on the left: it is where the query begins.")); return; }
      const rows = { table: "", name: null };
      const joins = ways().map((way) => el("button", { type: "button", class: "btn btn-link btn-sm", title: `Join ${way.table.name} by ${way.words}`, onclick: () => join(way) }, icon("plus-lg"), way.table.name));
      const ordered = [...state.columns.map((column) => ({ column })), ...state.measures.map((measure) => ({ measure }))].filter((item) => !state.sort.some((known) => (item.column && known.column === item.column) || (item.measure && known.measure === item.measure)));
      const measured = (item) => (item.name === null ? label(item) : `${item.fn} ${label(item)}`);
      const sorted = (item) => (item.column ? label(item.column) : measured(item.measure));
      box.replaceChildren(el("div", { class: "wells" },
        ...row("From", ...state.tables.map((item) => pill(item.alias, () => drop(item.alias), icon("table"), el("span", { class: "clip" }, item.alias))), ...joins),
        ...row("Columns", ...state.columns.map((item) => pill(label(item), without(state.columns, item), el("span", { class: "clip" }, label(item)))),
          adder("Add a column", all(), (item) => { state.columns.push({ ...item }); changed(); })),
        ...row("Measures", ...state.measures.map((item) => pill(measured(item), without(state.measures, item),
          item.name === null ? null : choice(`Function of ${label(item)}`, FUNCTIONS.filter(([key]) => item.type === "number" || !/sum|avg/.test(key)), item.fn, (value) => { item.fn = value; changed(); }), el("span", { class: "clip" }, label(item)))),
          adder("Add a measure", [rows, ...all()], (item) => { state.measures.push({ ...item, fn: item.type === "number" ? "sum" : "count" }); changed(); })),
        ...row("Filters", ...state.filters.map((item) => pill(`the filter on ${label(item)}`, without(state.filters, item), el("span", { class: "clip" }, label(item)),
          choice(`Comparison of ${label(item)}`, OPERATORS, item.op, (value) => { item.op = value; changed(); }),
          UNARY.has(item.op) ? null : el("input", { class: "form-control", type: { number: "number", date: "date" }[item.type] || "text", step: "any", "aria-label": `Value of ${label(item)}`, value: item.value, oninput: (event) => { item.value = event.target.value; written(); } }))),
          adder("Add a filter", all(), (item) => { state.filters.push({ ...item, op: "=", value: "" }); changed(); })),
        ...row("Sort", ...state.sort.map((item) => pill(`the order by ${sorted(item)}`, without(state.sort, item), el("span", { class: "clip" }, sorted(item)),
          choice(`Order of ${sorted(item)}`, [["up", "ascending"], ["down", "descending"]], item.desc ? "down" : "up", (value) => { item.desc = value === "down"; changed(); }))),
          choice("Add an order", [["", "Add …"], ...ordered.map((item, n) => [String(n), sorted(item)])], "", (value) => { if (value !== "") { state.sort.push({ ...ordered[Number(value)], desc: Boolean(ordered[Number(value)].measure) }); changed(); } })),
        ...row("Limit", el("input", { class: "form-control", type: "number", min: "1", "aria-label": "Rows at most", value: state.limit || "", oninput: (event) => { state.limit = Math.max(0, Math.floor(Number(event.target.value))) || null; written(); } }), el("span", { class: "meta" }, "Each change writes the query below; Ctrl+Z there takes it back."))));
    }
    draw();
    return { add, reset: () => { reset(); draw(); } };
  }

  Object.assign(ours, { builder, sqlOf });
})();
