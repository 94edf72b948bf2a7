/* SQL: the tables of a connection and their columns, to look at and to put into the query. */
(function () {
  "use strict";
  const ours = window.vizappSql;
  const { el, icon } = ours;
  const PAGE = 100;

  function leaf(text, meta, title, insert) {
    return el("button", { type: "button", class: "node", title, onclick: () => insert() },
      el("span", { class: "clip" }, text), meta ? el("span", { class: "meta" }, meta) : null);
  }

  function tableItem(place, table, insert) {
    const { connection, kind } = place;
    const inside = el("ul", { hidden: true });
    let asked = false;
    const fold = el("button", { type: "button", class: "fold-tree", "aria-expanded": "false", "aria-label": `Columns of ${table.name}` }, icon("chevron-right"));
    fold.addEventListener("click", async () => {
      inside.hidden = !inside.hidden;
      fold.setAttribute("aria-expanded", String(!inside.hidden));
      fold.replaceChildren(icon(inside.hidden ? "chevron-right" : "chevron-down"));
      if (asked) return;
      asked = true;
      inside.replaceChildren(el("li", { class: "meta" }, "Loading …"));
      try {
        const columns = await ours.columns(connection, table);
        inside.replaceChildren(...columns.map((column) => el("li", null,
          leaf(column.name, column.database_type, column.comment || column.name, () => insert(ours.quoted(column.name, kind), table, column.name)))));
      } catch (error) {
        asked = false;
        inside.replaceChildren(el("li", { class: "meta", role: "alert" }, error.message));
      }
    });
    const rows = table.rows === null || table.rows === undefined ? "" : table.rows.toLocaleString("en-US");
    const name = leaf(table.name, rows, table.comment || `${table.schema_name}.${table.name}`, () => insert(ours.tableName(table, kind), table));
    name.prepend(icon(table.kind === "view" ? "eye" : "table"));
    return el("li", null, el("div", { class: "tree-line" }, fold, name), inside);
  }

  /* `insert` takes a name as it is written in SQL, its table, and the column where it is one's. */
  function tree(box, insert) {
    let turn = 0;
    async function more(place, wanted, offset, list) {
      const mine = turn;
      const button = list.querySelector(".tree-more");
      if (button) button.disabled = true;
      let page;
      try {
        page = await ours.tables(place.connection, wanted, offset, PAGE);
      } catch (error) {
        if (mine !== turn) return;
        box.replaceChildren(el("div", { class: "tree-state", role: "alert" }, el("p", { class: "ink-2" }, error.message),
          el("button", { type: "button", class: "btn btn-secondary btn-sm", onclick: () => show(place, wanted) }, "Try again")));
        return;
      }
      if (mine !== turn) return;
      if (button) button.parentElement.remove();
      if (!offset) box.replaceChildren(list);
      if (!page.total) {
        box.replaceChildren(el("p", { class: "meta tree-state" }, wanted ? `No table is called like “${wanted}”.` : "This account sees no table."));
        return;
      }
      for (const table of page.items) {
        let schema = [...list.children].find((item) => item.dataset.schema === table.schema_name);
        if (!schema) {
          schema = el("li", { "data-schema": table.schema_name }, el("div", { class: "node is-head" }, icon("folder2"), el("span", { class: "clip" }, table.schema_name)), el("ul"));
          list.append(schema);
        }
        schema.lastElementChild.append(tableItem(place, table, insert));
      }
      const shown = offset + page.items.length;
      if (shown < page.total) {
        list.append(el("li", null, el("button", { type: "button", class: "btn btn-link btn-sm tree-more", onclick: () => more(place, wanted, shown, list) },
          `Show more of ${page.total.toLocaleString("en-US")}`)));
      }
    }
    function show(place, wanted) {
      turn += 1;
      box.replaceChildren(el("p", { class: "meta tree-state" }, "Loading …"));
      return more(place, wanted, 0, el("ul", { class: "tree" }));
    }
    return { show };
  }

  Object.assign(ours, { tree });
})();
