// The page of one object, and of one subject: what was found, who or what is reached, and every path drawn.
const VERBS = ["approve", "view", "run", "edit", "manage", "own"];

function related(label, numbers) {
  return numbers.length ? [el("h3", {}, label), el("div", { class: "findings" }, numbers.map((number) => findingCard(number, "h4")))] : null;
}

function incompleteNote() {
  const count = graph.incomplete.length;
  if (!LIVE) return note("Paths of the contract; live access was not read.");
  return count ? [note(`Not in the drawings, as it could not be read or has no step: ${count} ${count === 1 ? "thing" : "things"} of live access.`), el("details", {}, el("summary", {}, "What is not in the drawings"), el("ul", {}, graph.incomplete.map((one) => el("li", {}, one))))] : null;
}

function matrixRows(test) {
  const rows = matrix.rows.map((_, row) => row).filter((row) => test(matrix.rows[row]));
  if (!rows.length) return note("No direct right in any system.");
  const names = ["subject", "object", ...memberColumns().map((one) => one.title), ...matrix.systems];
  return table("Direct rights in every system", names, rows.map((row) => () => el("tr", {},
    el("td", { "data-column": "subject" }, subjectLink(matrix.rows[row][1])),
    el("td", { "data-column": "object" }, objectLink(matrix.rows[row][0])),
    memberColumns().map((one) => el("td", { "data-column": one.title }, one.cell(row))),
    matrix.systems.map((name, system) => el("td", { "data-column": name, class: cellOf(row, system).state }, systemCell(row, system))))));
}

// The strongest action on an object that is among some nodes.
function strongest(object, nodes) {
  const held = Object.entries(objects[object].rights).filter(([, node]) => nodes.has(node)).map(([action]) => action);
  return held.sort((one, other) => VERBS.indexOf(other) - VERBS.indexOf(one))[0];
}

function drawn_on_demand(label, starts, ends) {
  const place = el("div", { class: "paths-of", tabindex: "-1" });
  const show = (title, from, to) => place.replaceChildren(el("h3", {}, title), drawing(from, to, title), ...pathList(from, to));
  show(label, starts, ends);
  return { place, show };
}

// Whether a subject is in the drawing of an object's page: a person only with a right or a power beside their groups.
function hasOwnRight(subject) {
  const own = (number) => { const target = graph.nodes[graph.edges[number][1]][0]; return target < 0 || subjects[target].type !== "group"; };
  return subjects[subject].type !== "person" || following[subjects[subject].node].some(own);
}

function objectPage(number) {
  const object = objects[number], rights = Object.values(object.rights);
  const able = before(rights), holders = subjects.map((_, subject) => subject).filter((subject) => able.has(subjects[subject].node));
  const usual = holders.filter((subject) => !subjects[subject].trusted);
  const strong = (subject) => strongest(number, after([subjects[subject].node]));
  const ranked = holders.map((subject) => [subject, strong(subject)]).sort((one, other) => VERBS.indexOf(other[1]) - VERBS.indexOf(one[1]) || one[0] - other[0]);
  const starts = usual.filter(hasOwnRight).map((subject) => subjects[subject].node);
  const title = `Every path to ${objectText(object)}`;
  const drawnPaths = drawn_on_demand(title, starts, rights);
  return [
    el("h2", { tabindex: "-1", id: "page-title" }, objectText(object), object.protected && [" ", protectedMark()]),
    incompleteNote(),
    related("Findings", findings.map((_, index) => index).filter((index) => findings[index].object === number)),
    el("h3", {}, "Who reaches it, in any number of steps"),
    table("Who reaches it", ["who", "type", "can", "paths"], ranked.map(([subject, action]) => () => el("tr", {},
      el("td", { "data-column": "who" }, subjectLink(subject)), el("td", { "data-column": "type" }, kindText(subjects[subject].type)),
      el("td", { "data-column": "can" }, action, subjects[subject].trusted && " (by rule)"),
      el("td", { "data-column": "paths" }, pathButton(drawnPaths, subject, [object.rights[action]], `${subjectText(subjects[subject])}: ${action} ${objectText(object)}`))))),
    drawnPaths.place,
    note("Administrators, the deployer and the break-glass group have everything by rule; people whom only their groups admit are in the drawing of their own row."),
    el("h3", {}, "Direct rights in every system"), matrixRows((row) => row[0] === number),
  ];
}

function pathButton(drawnPaths, subject, ends, title) {
  return el("button", { type: "button", class: "draw", "aria-label": `Draw the paths of ${title}`, onclick: () => {
    drawnPaths.show(title, [subjects[subject].node], ends);
    drawnPaths.place.scrollIntoView({ block: "nearest" });
    drawnPaths.place.focus();
  } }, "draw");
}
