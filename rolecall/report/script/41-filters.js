// Filters of the matrix: text, state, environment, kind and type of subject.
function choice(id, label, options, onchange) {
  const select = el("select", { id, onchange }, options.map(([value, text]) => el("option", { value }, text)));
  return [el("span", { class: "choose" }, el("label", { for: id }, label), select), select];
}

function distinct(values) {
  return [...new Set(values)].sort().map((value) => [value, kindText(value) || "shared by environments"]);
}

function matrixSection() {
  const every = matrix.rows.map((_, row) => row);
  const view = new VirtualRows({ label: "Subjects, objects and systems", rowHeight: 40, columns: [] });
  const count = el("p", { class: "count", role: "status" });
  const input = el("input", { id: "matrix-text", type: "search", spellcheck: "false", autocomplete: "off", oninput: () => update() });
  const selects = [
    choice("matrix-state", "State", STATE_CHOICES, () => update()),
    choice("matrix-environment", "Environment", [["*", "all environments"], ...distinct(objects.map((one) => one.environment))], () => update()),
    choice("matrix-kind", "Kind", [["*", "all kinds"], ...distinct(objects.map((one) => one.kind))], () => update()),
    choice("matrix-subject", "Subject type", [["*", "all types"], ...distinct([...new Set(matrix.rows.map((row) => row[1]))].map((number) => subjects[number].type))], () => update()),
  ];
  const [state, environment, kind, type] = selects.map((one) => one[1]);
  const chosenSystem = (row) => state.value === "all" || (state.value === "red" ? isRed(rowStates[row]) || rowRed(row) : STATES[rowStates[row]] === state.value);
  const rowRed = (row) => isRed(subjects[matrix.rows[row][1]].membership);
  let rows = every;
  const update = () => {
    const words = folded(input.value.trim()).split(/\s+/).filter(Boolean).map((word) => [word, subjectsMatching(word)]);
    rows = every.filter((row) => {
      const [object, subject] = matrix.rows[row];
      return chosenSystem(row)
        && (environment.value === "*" || objects[object].environment === environment.value)
        && (kind.value === "*" || objects[object].kind === kind.value)
        && (type.value === "*" || subjects[subject].type === type.value)
        && words.every(([word, named]) => named.has(subject) || objectKeys[object].includes(word));
    });
    lay();
  };
  const lay = () => {
    view.set(matrixColumns(rows), rows, PHONE.matches ? 92 : 40);
    const red = rows.filter((row) => isRed(rowStates[row])).length;
    const all = rows.length === every.length ? `${every.length.toLocaleString("en")} rows` : `${rows.length.toLocaleString("en")} of ${every.length.toLocaleString("en")} rows`;
    count.textContent = LIVE ? `${all}, ${red.toLocaleString("en")} different or unknown` : `${all}, not compared with live`;
  };
  PHONE.addEventListener("change", () => view.grid.isConnected && lay());
  printed(view, () => rows, count);
  requestAnimationFrame(lay);
  return section("matrix", "Who has what, in every system",
    note("A row is a subject and an object; a column is a system. “edit → manage” means: the contract gives edit, live is manage. A person stands for the groups that they are in."),
    el("div", { class: "filters" }, el("label", { for: "matrix-text" }, "Filter rows"), input, selects.map((one) => one[0])), count, view.grid);
}

// A print has the rows in view of the filters, the worst first, up to a number that is stated.
const PRINTED_ROWS = 500;
function printed(view, rows, count) {
  let before = "";
  window.addEventListener("beforeprint", () => {
    if (!view.grid.isConnected) return;
    before = count.textContent;
    view.rows = [...rows()].sort((one, other) => RANK[rowStates[other]] - RANK[rowStates[one]]).slice(0, PRINTED_ROWS);
    view.clear();
    view.draw(view.rows.length);
    view.body.style.height = "auto";
    if (rows().length > PRINTED_ROWS) count.textContent = `${before}; printed: ${PRINTED_ROWS} rows, the worst first. Filter to print others.`;
  });
  window.addEventListener("afterprint", () => {
    if (!view.grid.isConnected) return;
    count.textContent = before;
    view.rows = rows();
    view.body.style.height = `${rows().length * view.rowHeight}px`;
    view.clear();
    view.draw();
  });
}
