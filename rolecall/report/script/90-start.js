// Views by the address behind `#`: the overview with its sections, a finding, an object, a subject.
const view = document.getElementById("view");
const SECTIONS = [
  ["findings", "Findings", () => findings.length], ["matrix", "Matrix", () => matrix.rows.length],
  ["parity", "Parity", () => null], ["unmanaged", "Unmanaged", () => (LIVE ? data.others.rows.length : null)],
  ["escalations", "Escalations", () => data.escalations.rows.length], ["expiring", "Expiring", () => data.expiring.rows.length],
  ["exemptions", "Exemptions", () => data.exemptions.rows.length], ["evidence", "Evidence", () => null],
];

function notCompared() {
  return LIVE ? null : note("Not compared with live: no system was read.");
}

function paritySection() {
  return section("parity", "Parity", notCompared(),
    el("h3", {}, "Systems"), stated(data.reading, "Systems"),
    data.groups && [el("h3", {}, "Groups"), grid(data.groups, "Groups in every system")],
    data.jobs && [el("h3", {}, "Jobs with counterparts, and services"), grid(data.jobs, "Jobs and services in every system")]);
}

function listSection(id, title, entry, nothing) {
  return section(id, title, entry.rows.length ? stated(entry, title) : note(nothing));
}

function overview(query) {
  const reaching = findings.filter((one) => one.kind === "unmanaged").length;
  view.replaceChildren(
    findingsSection(query), matrixSection(), paritySection(),
    section("unmanaged", "Unmanaged access", notCompared(),
      LIVE && note(`${reaching} unmanaged thing${reaching === 1 ? " reaches" : "s reach"} the contract's objects${reaching ? ": see the findings" : ""}.`),
      LIVE && (data.others.rows.length ? [el("h3", {}, "Out of reach of the contract's objects"), stated(data.others, "Unmanaged things")] : note("Nothing else was seen that the contract does not name."))),
    listSection("escalations", "Escalations", data.escalations, "No subject may act as a stronger one."),
    listSection("expiring", "What ends", data.expiring, "Nothing in the contract has a last day."),
    listSection("exemptions", "Exemptions from policies", data.exemptions, "There are no exemptions."));
}

function findingPage(numbers) {
  view.replaceChildren(section("finding", numbers.length === 1 ? `Finding ${numbers[0] + 1}` : "Findings of one cell", el("div", { class: "findings" }, numbers.map((number) => findingCard(number)))));
}

// A number in an address is one of the data, or the address leads to the overview.
function known(text, list) {
  return /^\d{1,9}$/.test(text || "") && Number(text) < list.length ? Number(text) : -1;
}

let current = "";
function route() {
  const [, name = "", argument = ""] = location.hash.split("/");
  const page = { object: [objects, objectPage], subject: [subjects, subjectPage] }[name];
  const number = page ? known(argument, page[0]) : -1;
  const cells = name === "finding" ? argument.split("+").map((one) => known(one, findings)).filter((one) => one >= 0) : [];
  const home = !(page && number >= 0) && !cells.length;
  if (home) {
    if (current !== "home" || argument) overview(name === "findings" && argument ? decoded(argument) : "");
  } else if (cells.length) findingPage(cells);
  else view.replaceChildren(el("section", { class: "page", "aria-labelledby": "page-title" }, page[1](number)));
  document.body.classList.toggle("detail", !home);
  const first = current === "";
  current = home ? "home" : "page";
  const target = document.getElementById(home ? `${name}-title` : cells.length ? "finding-title" : "page-title");
  if (!first || name) (target || document.getElementById("main")).focus({ preventScroll: true });
  if (target) target.scrollIntoView(); else if (!first) window.scrollTo(0, 0);
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

document.getElementById("nav").append(el("ul", {}, SECTIONS.map(([id, title, count]) => el("li", {}, link(id, [title, count() === null ? null : el("span", { class: "number" }, ` ${count().toLocaleString("en")}`)])))));
searchBox();
window.addEventListener("hashchange", route);
route();
