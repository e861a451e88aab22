// Elements are built here and nowhere else: every text becomes a text node.
const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

// A text with commands and keys between backticks.
function withCode(text) {
  return String(text).split("`").map((part, number) => (number % 2 ? el("code", {}, part) : part));
}

// A link to another view of this page; a text of the data is in its target only as `encodeURIComponent` writes it.
function link(target, text, attributes) {
  return el("a", { href: `#/${target}`, ...attributes }, text);
}

function subjectLink(number, text) {
  return number < 0 ? document.createTextNode(text || "") : link(`subject/${number}`, text || subjectText(subjects[number]));
}

function objectLink(number, text) {
  return number < 0 ? document.createTextNode(text || "") : link(`object/${number}`, text || objectText(objects[number]));
}

function badge(state, text) {
  return el("span", { class: `badge ${state}` }, el("span", { class: "mark", "aria-hidden": "true" }, MARKS[state] || ""), text);
}

function protectedMark() {
  return el("span", { class: "protected", title: "protected environment" }, "protected");
}

// What may be wider than the page scrolls by itself, with the keys too.
function scrolling(label, ...children) {
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, children);
}
