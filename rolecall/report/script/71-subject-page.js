// The page of one subject: a group, a person, a service principal, a repository.
function subjectPage(number) {
  const subject = subjects[number];
  const found = subject.node >= 0 ? after([subject.node]) : new Set();
  found.delete(subject.node);
  const reachedObjects = objects.map((_, object) => object).filter((object) => Object.values(objects[object].rights).some((node) => found.has(node)));
  const acts = subjects.map((_, other) => other).filter((other) => other !== number && found.has(subjects[other].node));
  const ranked = reachedObjects.map((object) => [object, strongest(object, found)]);
  ranked.sort((one, other) => objects[other[0]].protected - objects[one[0]].protected || VERBS.indexOf(other[1]) - VERBS.indexOf(one[1]) || one[0] - other[0]);
  const ends = subject.node >= 0 ? [...found].filter((node) => graph.nodes[node][1] >= 0 && strongest(graph.nodes[node][1], found) === graph.nodes[node][2]) : [];
  const drawnPaths = drawn_on_demand(`Every path of ${subjectText(subject)}`, subject.node >= 0 ? [subject.node] : [], ends);
  const mine = new Set([number, ...(groupsOf.get(number) || [])]);
  return [
    el("h2", { tabindex: "-1", id: "page-title" }, subjectText(subject), " ", el("span", { class: "type" }, kindText(subject.type))),
    incompleteNote(),
    peopleOf(number),
    related("Findings", findings.map((_, index) => index).filter((index) => findings[index].subject === number || folded(findings[index].who).startsWith(folded(subject.label)))),
    acts.length ? [el("h3", {}, "Is, or may act as"), el("ul", { class: "names" }, acts.map((other) => el("li", {}, subjectLink(other))))] : null,
    el("h3", {}, "What it reaches, in any number of steps"),
    ranked.length ? table("What it reaches", ["object", "can", "paths"], ranked.map(([object, action]) => () => el("tr", {},
      el("td", { "data-column": "object" }, objectLink(object), objects[object].protected && [" ", protectedMark()]), el("td", { "data-column": "can" }, action),
      el("td", { "data-column": "paths" }, pathButton(drawnPaths, number, [objects[object].rights[action]], `${subjectText(subject)}: ${action} ${objectText(objects[object])}`)))))
      : note("It reaches nothing that the graph has."),
    drawnPaths.place,
    el("h3", {}, "Direct rights in every system"), matrixRows((row) => mine.has(row[1])),
  ];
}

function peopleOf(number) {
  const people = subjects[number].people, groups = groupsOf.get(number) || [];
  const list = (numbers) => el("ul", { class: "names" }, numbers.map((one) => el("li", {}, subjectLink(one))));
  return [
    groups.length ? [el("h3", {}, "Groups"), list(groups)] : null,
    people.length ? [el("h3", {}, `${people.length} ${people.length === 1 ? "person" : "people"}`), list(people)] : null,
    subjects[number].type === "group" && !people.length ? note(LIVE ? "No member was listed." : "Its members were not read.") : null,
  ];
}
