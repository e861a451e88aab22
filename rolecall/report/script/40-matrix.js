// The matrix: a row for each subject and object, a column for each system. A phone shows the columns with red cells.
const PHONE = window.matchMedia("(max-width: 700px)");
const STATE_CHOICES = [["all", "all rows"], ["red", "different or unknown"], ["different", "different"], ["unknown", "unknown"], ["equal", "equal"]];

// Each system's column, and before them the members of groups where the identity provider was read.
const hasMembers = subjects.some((one) => one.membership > 0);

function cellOf(row, system) {
  const [state, given, live] = matrix.cells[matrix.rows[row][2 + system]];
  return { state: STATES[state], given, live };
}

function cellText({ state, given, live }) {
  if (state === "nothing") return "";
  if (state === "not-compared" || state === "equal") return given;
  if (state === "unknown") return given || "unknown";
  if (!given && !live) return "differs";
  if (given === live) return `${given}, differs`;
  return `${given || "nothing"} → ${live || "nothing"}`;
}

function findingsTarget(numbers) {
  return numbers.length === 1 ? `finding/${numbers[0]}` : `finding/${numbers.join("+")}`;
}

function systemCell(row, system) {
  const cell = cellOf(row, system);
  const shown = badge(cell.state, cellText(cell));
  if (cell.state !== "nothing") shown.append(el("span", { class: "hidden" }, ` ${WORDS[cell.state]}`));
  const about = matrix.links[`${row}:${system}`];
  return about ? link(findingsTarget(about), shown, { class: "cell" }) : shown;
}

function membersCell(row) {
  const subject = subjects[matrix.rows[row][1]];
  const state = STATES[subject.membership];
  const shown = badge(state, subject.membership_text);
  return subject.membership_findings.length ? link(findingsTarget(subject.membership_findings), shown, { class: "cell" }) : shown;
}

function rowState(row) {
  let worst = 0;
  for (let system = 0; system < matrix.systems.length; system += 1) {
    const state = matrix.cells[matrix.rows[row][2 + system]][0];
    // The worst first: different, unknown, not compared, equal, nothing.
    if (RANK[state] > RANK[worst]) worst = state;
  }
  return worst;
}
const RANK = [0, 2, 1, 4, 3];
const rowStates = matrix.rows.map((_, row) => rowState(row));

function isRed(state) {
  return state === 3 || state === 4;
}

function memberColumns() {
  return hasMembers ? [{ title: "members", cell: membersCell, red: (row) => isRed(subjects[matrix.rows[row][1]].membership) }] : [];
}

// The columns for some rows.
function matrixColumns(rows) {
  const systems = [
    ...memberColumns(),
    ...matrix.systems.map((name, system) => ({
      title: name, cell: (row) => systemCell(row, system), red: (row) => isRed(matrix.cells[matrix.rows[row][2 + system]][0]),
    })),
  ];
  const who = (row) => subjectLink(matrix.rows[row][1]);
  const what = (row) => objectLink(matrix.rows[row][0]);
  const name = (row) => el("span", { class: "pair" }, el("span", {}, who(row)), el("span", {}, what(row)));
  if (!PHONE.matches) return [{ title: "subject", cell: who, class: "name" }, { title: "object", cell: what, class: "name" }, ...systems];
  const red = systems.filter((one) => rows.some(one.red));
  const state = { title: "all systems", cell: (row) => badge(STATES[rowStates[row]], WORDS[STATES[rowStates[row]]]) };
  return [{ title: "subject and object", cell: name, class: "name" }, ...(red.length ? red : [state])];
}

// Numbers of the subjects that a text names; people stand for the groups that they are in.
function subjectsMatching(wanted) {
  const found = new Set();
  subjectKeys.forEach((key, number) => {
    if (!key.includes(wanted)) return;
    found.add(number);
    for (const group of groupsOf.get(number) || []) found.add(group);
  });
  return found;
}
