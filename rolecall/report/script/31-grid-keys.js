// Keys of the grid: arrows move between cells, Enter follows the link in a cell.
// https://www.w3.org/WAI/ARIA/apg/patterns/grid/
VirtualRows.prototype.key = function key(event) {
  const page = Math.max(1, Math.floor(this.grid.clientHeight / this.rowHeight) - 2);
  const last = this.rows.length - 1, { row, column } = this.active;
  const moves = {
    ArrowDown: [row + 1, column], ArrowUp: [row - 1, column], ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1],
    PageDown: [row + page, column], PageUp: [row - page, column],
    Home: [event.ctrlKey ? 0 : row, 0], End: [event.ctrlKey ? last : row, this.columns.length - 1],
  };
  if (event.key === "Enter") {
    const target = document.activeElement.querySelector && document.activeElement.querySelector("a");
    if (target && document.activeElement.tagName !== "A") { event.preventDefault(); target.click(); }
    return;
  }
  const move = moves[event.key];
  if (!move || !this.rows.length) return;
  event.preventDefault();
  const entering = document.activeElement === this.grid;
  this.go(entering ? [row, column] : move);
};

VirtualRows.prototype.go = function go([row, column]) {
  const clamp = (value, most) => Math.max(0, Math.min(most, value));
  this.active = { row: clamp(row, this.rows.length - 1), column: clamp(column, this.columns.length - 1) };
  const top = this.active.row * this.rowHeight, head = this.head.offsetHeight;
  if (top < this.grid.scrollTop) this.grid.scrollTop = top;
  else if (top + this.rowHeight + head > this.grid.scrollTop + this.grid.clientHeight) {
    this.grid.scrollTop = top + this.rowHeight + head - this.grid.clientHeight;
  }
  if (!this.drawn.has(this.active.row)) { this.draw(); if (!this.drawn.has(this.active.row)) this.add(this.active.row); }
  const cell = this.drawn.get(this.active.row).children[this.active.column];
  cell.focus({ preventScroll: true });
};

VirtualRows.prototype.focused = function focused(event) {
  const row = event.target.closest("[data-row]");
  if (!row) return;
  const cell = event.target.closest(".c");
  this.active = { row: Number(row.dataset.row), column: [...row.children].indexOf(cell) };
};
