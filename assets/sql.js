/* SQL: what Run does, its parameters, its answer, and the way to a chart. The page is pages/sql.py. */
(function () {
  "use strict";
  const ours = window.vizappSql;
  const { el, icon } = ours;
  const byId = (id) => document.getElementById(id);
  const CHUNK = 200;
  // As vizapp/sources/statement.py reads them: names outside of strings and comments.
  const BLOCK = String.raw`\/\*[\s\S]*?(?:\*\/|$)`;
  const PARAM = String.raw`(?<![:\w]):(?<name>[A-Za-z_]\w*)(?!:)`;
  const TOKENS = {
    postgresql: String.raw`[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?<tag>[A-Za-z_]\w*)?\$[\s\S]*?\$\k<tag>\$|--[^\n]*|${BLOCK}|${PARAM}`,
    mysql: String.raw`'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|\`(?:[^\`]|\`\`)*\`|--(?=\s|$)[^\n]*|#[^\n]*|${BLOCK}|${PARAM}`,
  };
  const params = (text, kind) => [...new Set([...text.matchAll(new RegExp(TOKENS[kind], "g"))].map((found) => found.groups.name).filter(Boolean))];

  function start(root) {
    const known = JSON.parse(root.dataset.connections);
    const begin = JSON.parse(root.dataset.begin);
    const place = () => ({ connection: Number(byId("sql-connection").value), kind: (known.find((item) => item.id === Number(byId("sql-connection").value)) || known[0]).type });
    const keep = () => `vizapp:sql:${begin.chart ? `chart-${begin.chart}` : place().connection}`;
    const kept = () => { try { return sessionStorage.getItem(keep()); } catch { return null; } };
    const given = new Map(); // parameter → { type, value }
    let running = null;
    let shown = null; // what the answer in sight was asked with

    const connection = byId("sql-connection");
    known.forEach((item) => connection.append(el("option", { value: item.id }, item.name)));
    connection.value = String(begin.connection);
    const most = byId("sql-limit");
    if ([...most.options].some((option) => option.value === "1000")) most.value = "1000";

    const editor = ours.editor(byId("sql-editor"), { text: kept() ?? begin.query, place, changed: soon(changed, 150) });
    const panel = byId("sql-builder");
    const builder = ours.builder(panel, place, (text) => editor.replace(text));
    const tree = ours.tree(byId("sql-tree"), (name, table, column) => { if (panel.hidden) editor.insert(name); else builder.add(table, column); });
    byId("sql-build").addEventListener("click", () => {
      panel.hidden = !panel.hidden;
      byId("sql-build").setAttribute("aria-expanded", String(!panel.hidden));
      byId("sql-build").classList.toggle("active", !panel.hidden);
    });
    const search = el("input", { type: "search", class: "form-control", placeholder: "Search tables", autocomplete: "off" });
    byId("sql-find").append(search);
    const browse = () => tree.show(place(), search.value.trim());
    search.addEventListener("input", soon(browse, 250));
    connection.addEventListener("change", () => {
      editor.speak(place().kind);
      builder.reset();
      if (!begin.chart) editor.replace(kept() ?? "");
      changed();
      browse();
    });

    function changed() {
      try { sessionStorage.setItem(keep(), editor.text()); } catch { /* it lasts for this page then */ }
      drawParams(params(editor.text(), place().kind));
    }

    /* ---------- parameters */
    function drawParams(names) {
      const box = byId("sql-params");
      if (box.dataset.names === names.join()) return;
      box.dataset.names = names.join();
      box.replaceChildren(...names.map((name) => {
        const state = given.get(name) || { type: "text", value: "" };
        given.set(name, state);
        return paramField(name, state);
      }));
      box.hidden = !names.length;
    }
    function paramField(name, state) {
      const type = el("select", { class: "form-select", "aria-label": `Type of ${name}`, onchange: (event) => { state.type = event.target.value; made.replaceWith(made = paramField(name, state)); } },
        ...[["text", "Text"], ["number", "Number"], ["date", "Date"], ["boolean", "Yes or no"], ["null", "Missing"]].map(([value, words]) => el("option", { value, selected: value === state.type }, words)));
      const options = { class: "form-control", "aria-label": `Value of ${name}`, oninput: (event) => { state.value = event.target.value; } };
      const value = state.type === "null" ? null
        : state.type === "boolean" ? el("select", { ...options, class: "form-select", onchange: options.oninput }, ...[["true", "yes"], ["false", "no"]].map(([key, words]) => el("option", { value: key, selected: key === state.value }, words)))
          : el("input", { ...options, type: state.type, step: state.type === "number" ? "any" : null, value: state.value });
      if (state.type === "boolean" && state.value !== "false") state.value = "true";
      let made = el("span", { class: "sql-param", role: "group", "aria-label": `Parameter ${name}` }, el("code", null, `:${name}`), type, value);
      return made;
    }
    function bound(names) {
      return Object.fromEntries(names.map((name) => {
        const { type, value } = given.get(name) || { type: "text", value: "" };
        if (type === "null" || (value === "" && type !== "text")) return [name, null];
        return [name, type === "number" ? Number(value) : type === "boolean" ? value === "true" : value];
      }));
    }

    /* ---------- running */
    async function run() {
      if (running) return;
      const chosen = editor.chosen();
      const { connection: id, kind } = place();
      const asked = { connection_id: id, query: chosen.query, params: bound(params(chosen.query, kind)), limit: Number(byId("sql-limit").value), refresh: true };
      running = { run: crypto.getRandomValues(new Uint32Array(4)).join("-"), abort: new AbortController() };
      editor.mistake(0);
      busy(true);
      try {
        const answer = await ours.ask("/api/data/query", { ...asked, run: running.run }, { signal: running.abort.signal });
        shown = asked;
        drawAnswer(answer, chosen.part);
      } catch (error) {
        shown = null;
        drawError(error, chosen);
      } finally {
        running = null;
        busy(false);
      }
    }
    function stop() {
      if (!running) return;
      byId("sql-cancel").disabled = true;
      ours.ask("/api/data/cancel", { run: running.run }).catch(() => {});
    }
    /* who leaves does not want the answer */
    window.addEventListener("pagehide", () => { if (running) ours.ask("/api/data/cancel", { run: running.run }, { keepalive: true }).catch(() => {}); });
    function busy(on) {
      byId("sql-run").hidden = on;
      byId("sql-cancel").hidden = !on;
      byId("sql-cancel").disabled = false;
      if (on) { byId("sql-told").replaceChildren(el("span", { class: "meta", role: "status" }, "Running … ", el("span", { "data-elapsed": "" }))); tools(false); }
      byId("sql-results").classList.toggle("is-stale", on);
    }
    function tools(on) { byId("sql-chart").hidden = byId("sql-csv").hidden = !on; }

    /* ---------- answers */
    function drawAnswer(answer, part) {
      const rows = answer.rowCount.toLocaleString("en-US");
      const words = answer.truncated ? `first ${rows} rows` : answer.rowCount === 1 ? "1 row" : `${rows} rows`;
      const as = new Date(answer.dataAsOf).toLocaleTimeString("en-GB");
      const facts = [part ? "of the selection" : "", `${Math.round(answer.elapsedMs).toLocaleString("en-US")} ms`, `data as of ${as}`, "read-only session"];
      byId("sql-told").replaceChildren(
        el("span", { class: `tag tag-${answer.truncated ? "warn" : "good"}`, role: "status" }, icon(answer.truncated ? "scissors" : "check-lg"), words),
        el("span", { class: "meta" }, facts.filter(Boolean).join(" · ")));
      tools(answer.rowCount > 0);
      byId("sql-results").replaceChildren(answer.rowCount ? grid(answer) : state("inbox", "No rows", "The query is fine; nothing fits it."));
    }
    function grid(answer) {
      const numeric = answer.columns.map((name) => answer.columnTypes[name] === "number");
      const heads = answer.columns.map((name, at) => el("th", { scope: "col", class: numeric[at] ? "num" : null, title: answer.columnTypes[name] }, name));
      const body = el("tbody");
      let drawn = 0;
      const draw = () => {
        const part = answer.rows.slice(drawn, drawn + CHUNK);
        body.append(...part.map((row, index) => el("tr", null, el("td", { class: "num ink-2 rn" }, String(drawn + index + 1)), ...answer.columns.map((name, at) => cell(row[name], numeric[at])))));
        drawn += part.length;
      };
      draw();
      const box = el("div", { class: "results-grid", tabindex: "0", role: "region", "aria-label": "Results" },
        el("table", { class: "grid-table cells" }, el("thead", null, el("tr", null, el("th", { class: "rn" }, el("span", { class: "visually-hidden" }, "Row")), ...heads)), body));
      box.addEventListener("scroll", () => { if (drawn < answer.rows.length && box.scrollTop + box.clientHeight > box.scrollHeight - 400) draw(); });
      return box;
    }
    function cell(value, numeric) {
      if (value === null) return el("td", { class: numeric ? "num ink-2" : "ink-2" }, "—");
      const text = typeof value === "number" ? value.toLocaleString("en-US", { maximumFractionDigits: 12 }) : String(value);
      return el("td", { class: numeric ? "num" : null, title: text.length > 60 ? text : null }, text.length > 300 ? `${text.slice(0, 300)} …` : text);
    }
    const state = (symbol, sentence, reason, alert) => el("div", { class: "state", role: alert ? "alert" : "status" }, icon(symbol), el("p", { class: "state-title" }, sentence), reason ? el("p", { class: "ink-2" }, reason) : null);
    function drawError(error, chosen) {
      tools(false);
      const cancelled = error.code === "QUERY_CANCELLED";
      const line = error.details && error.details.line ? error.details.line + chosen.line - 1 : 0;
      if (line) editor.mistake(line);
      byId("sql-told").replaceChildren(el("span", { class: `tag ${cancelled ? "" : "tag-bad"}` }, icon(cancelled ? "slash-circle" : "x-lg"), cancelled ? "Cancelled" : line ? `Line ${line}` : "Failed"));
      const words = cancelled ? "The query was cancelled" : line ? `There is a mistake in line ${line}` : "The query was not answered";
      byId("sql-results").replaceChildren(state(cancelled ? "slash-circle" : "exclamation-circle", words, cancelled ? "The database has stopped working on it." : error.message, !cancelled));
    }

    /* ---------- ways out */
    function chart() {
      if (!shown) return;
      const sent = { connection_id: shown.connection_id, query: shown.query, params: shown.params };
      try { sessionStorage.setItem("vizapp:query", JSON.stringify(sent)); } catch { window.dash_clientside.vizapp.toast("This browser keeps nothing for the next page.", "bad"); return; }
      const here = begin.chart ? `/charts/${begin.chart}/edit` : "/charts/new";
      window.dash_clientside.vizapp.go(`${here}?connection=${shown.connection_id}&sql=1`);
    }
    async function csv() {
      if (!shown) return;
      try {
        const response = await ours.ask("/api/data/query", { ...shown, refresh: false }, { headers: { Accept: "text/csv" }, raw: true });
        const url = URL.createObjectURL(await response.blob());
        el("a", { href: url, download: "query.csv" }).click();
        setTimeout(() => URL.revokeObjectURL(url), 10000);
      } catch (error) { window.dash_clientside.vizapp.toast(error.message, "bad"); }
    }
    byId("sql-run").addEventListener("click", run);
    byId("sql-cancel").addEventListener("click", stop);
    byId("sql-chart").addEventListener("click", chart);
    byId("sql-csv").addEventListener("click", csv);
    changed();
    browse();
    editor.focus();
    root.dataset.ready = "true";
  }

  function soon(act, wait) {
    let timer = null;
    return () => { clearTimeout(timer); timer = setTimeout(act, wait); };
  }

  /* The page is there when React has drawn it. */
  function look() {
    const root = byId("sql-page");
    if (!root || root.dataset.began || !byId("sql-connection")) return;
    root.dataset.began = "true";
    watching.disconnect();
    start(root);
  }
  const watching = new MutationObserver(look);
  watching.observe(document.documentElement, { subtree: true, childList: true });
  look();
})();
