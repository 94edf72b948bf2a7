/* SQL: the server's answers, and how names are written in each kind of database. Shared by the scripts of that page. */
(function () {
  "use strict";
  const cookie = (name) => (document.cookie.split("; ").find((part) => part.startsWith(`${name}=`)) || "").slice(name.length + 1);

  /* An error of ours: `message` for people, `details` with line and limit. */
  class Refused extends Error {
    constructor(error, status) {
      super(error.message || "The server did not answer. Please try again.");
      this.code = error.code || "";
      this.details = error.details || {};
      this.status = status;
    }
  }

  async function ask(path, body, options) {
    const headers = { Accept: "application/json", ...(options && options.headers) };
    if (body) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": decodeURIComponent(cookie("_csrf_token")) });
    let response;
    try {
      response = await fetch(path, { method: body ? "POST" : "GET", body: body && JSON.stringify(body), ...options, headers });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refused({}, 0);
    }
    if (response.status === 401) { window.location.reload(); return new Promise(() => {}); }
    if (!response.ok) throw new Refused(((await response.json().catch(() => ({}))) || {}).error || {}, response.status);
    if (response.status === 204) return null;
    return options && options.raw ? response : response.json();
  }

  const PLAIN = { postgresql: /^[a-z_][a-z0-9_]*$/, mysql: /^[A-Za-z_][A-Za-z0-9_]*$/ };
  // Words that would not be read as a name; the commonest of both.
  const WORDS = new Set(("all and any as asc between by case check column create cross current_date default delete desc distinct drop else end " +
    "except exists false for foreign from full grant group having in index inner insert into is join key left like limit natural not null " +
    "offset on or order outer primary references right row rows select set table then to true union unique update user using values when where with year_month").split(" "));
  function quoted(name, kind) {
    if (PLAIN[kind].test(name) && !WORDS.has(name.toLowerCase())) return name;
    const mark = kind === "mysql" ? "`" : '"';
    return mark + name.split(mark).join(mark + mark) + mark;
  }
  function tableName(table, kind) {
    const own = kind === "postgresql" && table.schema_name === "public";
    return (own ? "" : `${quoted(table.schema_name, kind)}.`) + quoted(table.name, kind);
  }

  const columnsOf = new Map();
  function columns(connection, table) {
    const key = JSON.stringify([connection, table.schema_name, table.name]);
    if (!columnsOf.has(key)) {
      const sent = new URLSearchParams({ table: table.name });
      if (table.schema_name) sent.set("schema_name", table.schema_name);
      const asked = ask(`/api/connections/${connection}/columns?${sent}`).then((page) => page.items);
      asked.catch(() => columnsOf.delete(key));
      columnsOf.set(key, asked);
    }
    return columnsOf.get(key);
  }
  function tables(connection, search, offset, limit) {
    const sent = new URLSearchParams({ search, offset, limit });
    return ask(`/api/connections/${connection}/tables?${sent}`);
  }

  function el(tag, props, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (name === "class") made.className = value;
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }
  const icon = (name) => el("i", { class: `bi bi-${name}`, "aria-hidden": "true" });

  window.vizappSql = { ask, columns, tables, quoted, tableName, el, icon, Refused };
})();
