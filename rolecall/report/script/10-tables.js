// Plain tables: escalations, what ends, exemptions, systems, groups and jobs in every system.
const FIRST_ROWS = 100;

function section(id, title, ...children) {
  const head = el("h2", { id: `${id}-title`, tabindex: "-1" }, title);
  return el("section", { id, "aria-labelledby": `${id}-title` }, head, children);
}

function lines(text) {
  const parts = text.split("\n");
  if (parts.length < 2) return text;
  if (parts.length < 6) return parts.map((part) => el("div", {}, part));
  return el("details", {}, el("summary", {}, `${parts[0]} and ${parts.length - 1} more`), parts.slice(1).map((part) => el("div", {}, part)));
}

// A table that begins with its first rows; a button shows the others, and printing shows all.
function table(label, columns, rows) {
  const body = el("tbody");
  let shown = 0;
  const more = el("button", { type: "button", class: "more" });
  const show = (upTo) => {
    for (; shown < Math.min(upTo, rows.length); shown += 1) body.append(rows[shown]());
    more.textContent = `Show ${rows.length - shown} more`;
    more.hidden = shown >= rows.length;
  };
  more.addEventListener("click", () => show(shown + 1000));
  window.addEventListener("beforeprint", () => body.isConnected && show(rows.length));
  show(FIRST_ROWS);
  const head = el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column))));
  return [scrolling(`${label}: table`, el("table", {}, head, body)), more];
}

function stated(entry, label) {
  return table(label, entry.columns, entry.rows.map((row, number) => () => {
    const [state, ...texts] = row;
    const finding = entry.findings[number] ?? -1;
    return el("tr", { class: state || null }, texts.map((text, column) => {
      const last = column === texts.length - 1;
      const red = state === "different" && last && finding >= 0;
      return el("td", { "data-column": entry.columns[column] }, red ? link(`finding/${finding}`, text || "see finding") : lines(text));
    }));
  }));
}

// Each cell of a grid is `state:text`; a red one leads to the findings about its row.
function grid(entry, label) {
  return table(label, entry.columns, entry.rows.map((row) => () => {
    const [, name, ...cells] = row;
    return el("tr", {}, el("th", { scope: "row" }, name), cells.map((cell, column) => {
      const state = cell.slice(0, cell.indexOf(":")), text = cell.slice(state.length + 1);
      const shown = badge(state, text);
      const red = state === "different" || state === "unknown";
      const about = red ? link(`findings/${encodeURIComponent(name.replace(/ in [^ ]*$/, ""))}`, shown, { class: "cell" }) : shown;
      return el("td", { class: state, "data-column": entry.columns[column + 1] }, about);
    }));
  }));
}

// Paper has no buttons: what is folded is open there.
window.addEventListener("beforeprint", () => document.querySelectorAll("details:not([open])").forEach((one) => { one.open = true; one.dataset.folded = ""; }));
window.addEventListener("afterprint", () => document.querySelectorAll("[data-folded]").forEach((one) => { one.open = false; delete one.dataset.folded; }));

function note(text) {
  return el("p", { class: "note" }, text);
}
