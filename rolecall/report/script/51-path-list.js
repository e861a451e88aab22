// All paths in words: what the drawing shows, for readers that do not see it, and with every role and line.
function pathList(starts, ends) {
  const { ways, complete } = paths(starts, ends);
  const known = new Map(graph.edges.map(([source, target], number) => [`${source}>${target}`, number]));
  const words = new Map();
  for (const way of ways) {
    const nodes = shortened(way);
    const key = nodes.join(">");
    if (!words.has(key)) words.set(key, nodes);
  }
  const items = [...words.values()].map((nodes) => el("li", {}, nodes.map((node, place) => {
    if (place === 0) return el("span", { class: "step" }, nodeLink(node));
    const number = known.get(`${nodes[place - 1]}>${node}`);
    const step = number === undefined ? { why: "includes", because: "", side: 0 } : edge(number);
    const because = stepWords(step);
    return el("span", { class: `step side-${step.side}` }, el("span", { class: "why" }, ` ${step.why || "may"} `), nodeLink(node), because && el("span", { class: "because" }, ` (${because})`));
  })));
  const count = complete ? `${items.length} path${items.length === 1 ? "" : "s"}` : `The ${items.length} shortest paths; the drawing has every step of the others too`;
  return [el("p", { class: "count" }, count), el("ol", { class: "paths" }, items)];
}
