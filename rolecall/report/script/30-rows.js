// Virtual rows: only the rows in view are in the document; each is a row of an ARIA grid with one tab stop.
class VirtualRows {
  constructor({ label, rowHeight, columns, render }) {
    this.rowHeight = rowHeight;
    this.render = render;
    this.columns = columns;
    this.rows = [];
    this.active = { row: 0, column: 0 };
    this.head = el("div", { role: "row", "aria-rowindex": "1", class: "row head" });
    this.body = el("div", { role: "rowgroup", class: "rows" });
    this.grid = el("div", { role: "grid", class: "grid", "aria-label": label, tabindex: "0" },
      el("div", { role: "rowgroup", class: "grid-head" }, this.head), this.body);
    this.drawn = new Map();
    this.grid.addEventListener("scroll", () => this.draw(), { passive: true });
    this.grid.addEventListener("keydown", (event) => this.key(event));
    this.grid.addEventListener("focusin", (event) => this.focused(event));
    new ResizeObserver(() => this.draw()).observe(this.grid);
  }

  set(columns, rows, rowHeight) {
    this.columns = columns;
    this.rows = rows;
    this.rowHeight = rowHeight;
    this.active = { row: 0, column: 0 };
    this.head.replaceChildren(...columns.map((column, number) =>
      el("div", { role: "columnheader", "aria-colindex": number + 1, class: `c ${column.class || ""}` }, column.head || column.title)));
    this.grid.setAttribute("aria-rowcount", rows.length + 1);
    this.grid.setAttribute("aria-colcount", columns.length);
    this.grid.style.setProperty("--systems", columns.length - columns.filter((one) => one.class === "name").length);
    this.grid.style.setProperty("--row", `${rowHeight}px`);
    this.body.style.height = `${rows.length * rowHeight}px`;
    this.clear();
    this.grid.scrollTop = 0;
    this.draw();
  }

  clear() {
    this.drawn.clear();
    this.body.replaceChildren();
  }

  // The rows in view, and some before and behind them.
  range() {
    const top = Math.max(0, this.grid.scrollTop), height = this.grid.clientHeight || 600;
    const first = Math.max(0, Math.floor(top / this.rowHeight) - 8);
    return [first, Math.min(this.rows.length, Math.ceil((top + height) / this.rowHeight) + 8)];
  }

  draw(all) {
    const [first, end] = all ? [0, all] : this.range();
    for (const [number, node] of this.drawn) {
      if ((number < first || number >= end) && !node.contains(document.activeElement)) {
        node.remove();
        this.drawn.delete(number);
      }
    }
    for (let number = first; number < end; number += 1) {
      if (!this.drawn.has(number)) this.add(number);
    }
  }

  add(number) {
    const cells = this.columns.map((column, index) =>
      el("div", { role: column.class === "name" ? "rowheader" : "gridcell", "aria-colindex": index + 1, class: `c ${column.class || ""}`, tabindex: "-1" }, column.cell(this.rows[number])));
    const node = el("div", { role: "row", class: "row", "aria-rowindex": number + 2, "data-row": number }, cells);
    node.querySelectorAll("a").forEach((one) => one.setAttribute("tabindex", "-1"));
    node.style.top = `${number * this.rowHeight}px`;
    const after = [...this.drawn.keys()].filter((other) => other > number).sort((a, b) => a - b)[0];
    this.body.insertBefore(node, after === undefined ? null : this.drawn.get(after));
    this.drawn.set(number, node);
  }
}
