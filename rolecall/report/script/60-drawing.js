// Drawings of all paths between nodes: columns come from the data, rows from the middle of what leads to a node.
const BOX = { width: 190, height: 46, across: 70, down: 18 };

// A drawing leaves out weaker rights that only stand between others of the same object.
function drawn(part) {
  let edges = part.edges.map(edge);
  for (const node of [...part.nodes].sort((one, other) => one - other)) {
    const [, object] = graph.nodes[node];
    if (object < 0) continue;
    const into = edges.filter((one) => one.target === node), out = edges.filter((one) => one.source === node);
    const same = (other) => graph.nodes[other][1] === object;
    if (into.length && out.length && into.every((one) => same(one.source)) && out.every((one) => same(one.target))) {
      edges = edges.filter((one) => one.source !== node && one.target !== node);
      for (const first of into) for (const second of out) edges.push({ ...first, target: second.target });
    }
  }
  const unique = new Map(edges.map((one) => [`${one.source}>${one.target}`, one]));
  return [...unique.values()];
}

// The place of each node: its column among those in use, and its distance from the middle of the column. A step over
// several columns passes each of them at a place of its own, between the nodes.
function places(nodes, edges, sizes) {
  const columns = [...new Set(nodes.map((node) => graph.nodes[node][3]))].sort((one, other) => one - other);
  const number = new Map(columns.map((value, place) => [value, place]));
  const level = (node) => number.get(graph.nodes[node][3]);
  const levels = columns.map(() => []);
  nodes.forEach((node) => levels[level(node)].push({ name: nodeText(node), node, size: sizes.node, from: [] }));
  const items = new Map(levels.flat().map((item) => [item.node, item]));
  const routes = edges.map((one) => {
    const route = [items.get(one.source)];
    for (let x = level(one.source) + 1; x < level(one.target); x += 1) {
      const passing = { name: nodeText(one.target), size: sizes.passing, from: [route[route.length - 1]] };
      levels[x].push(passing);
      route.push(passing);
    }
    items.get(one.target).from.push(route[route.length - 1]);
    return [...route, items.get(one.target)];
  });
  levels.forEach((list, x) => {
    const weight = (item) => {
      const known = item.from.filter((one) => one.middle !== undefined);
      return known.length ? known.reduce((sum, one) => sum + one.middle, 0) / known.length : 0;
    };
    const order = list.map((item) => [weight(item), item.name, item]);
    order.sort((one, other) => one[0] - other[0] || (one[1] < other[1] ? -1 : 1));
    let at = -list.reduce((sum, item) => sum + item.size, 0) / 2;
    for (const [, , item] of order) {
      Object.assign(item, { level: x, middle: at + item.size / 2 });
      at += item.size;
    }
  });
  const extent = Math.max(...levels.map((list) => list.reduce((sum, item) => sum + item.size, 0)));
  return { items, routes, levels: levels.length, extent };
}

function wrapped(text, most) {
  const parts = text.split(/(?<=[\s/_.@-])/);
  const found = [""];
  for (const part of parts) {
    if (found[found.length - 1].length + part.length > most && found[found.length - 1]) found.push("");
    found[found.length - 1] += part;
  }
  const cut = found.flatMap((line) => line.length > most + 6 ? line.match(new RegExp(`.{1,${most}}`, "gu")) : [line]);
  return cut.length > 3 ? [...cut.slice(0, 2), `${cut[2].slice(0, most - 1)}…`] : cut;
}

function box(node, at) {
  const [subject, object] = graph.nodes[node];
  const type = subject >= 0 ? subjects[subject].type : "right";
  const text = wrapped(nodeText(node), 26);
  const shape = svg("g", { class: `node ${type.replace(/[^a-z_]/g, "")}`, transform: `translate(${at.left} ${at.top})` },
    svg("rect", { width: BOX.width, height: BOX.height, rx: subject >= 0 ? BOX.height / 2 : 6 }),
    text.map((line, number) => svg("text", { x: BOX.width / 2, y: BOX.height / 2 + 4 + (number - (text.length - 1) / 2) * 13 }, line)),
    svg("title", {}, nodeText(node)));
  return svg("a", { href: subject >= 0 ? `#/subject/${subject}` : `#/object/${object}`, "aria-label": nodeText(node) }, shape);
}
