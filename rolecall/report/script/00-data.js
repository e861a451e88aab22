"use strict";
// The data of the page, and what is derived from it once.
const data = JSON.parse(document.getElementById("data").textContent);
const STATES = ["nothing", "not-compared", "equal", "different", "unknown"];
const MARKS = { nothing: "·", "not-compared": "–", equal: "✓", different: "✗", unknown: "?", soon: "!", missing: "−", "": "" };
const WORDS = {
  nothing: "no access", "not-compared": "not compared with live", equal: "equal", different: "different",
  unknown: "unknown", soon: "ends soon",
};
const LIVE = data.verdict.state !== "not-compared";

const subjects = data.subjects, objects = data.objects, findings = data.findings, matrix = data.matrix;

function kindText(kind) {
  return kind.replaceAll("_", " ");
}

function objectText(object) {
  const where = object.environment ? ` in ${object.environment}` : "";
  return `${kindText(object.kind)} ${object.name}${where}`;
}

function subjectText(subject) {
  const where = subject.environment ? ` in ${subject.environment}` : "";
  return `${subject.name}${where}`;
}

// The groups of each person.
const groupsOf = new Map();
subjects.forEach((subject, number) => {
  for (const person of subject.people) {
    if (!groupsOf.has(person)) groupsOf.set(person, []);
    groupsOf.get(person).push(number);
  }
});

function folded(text) {
  return text.normalize("NFKC").toLowerCase();
}

const subjectKeys = subjects.map((one) => folded(`${one.name} ${one.label}`));
const objectKeys = objects.map((one) => folded(objectText(one)));
