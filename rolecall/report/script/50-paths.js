// Paths of the access graph. Numbers of nodes are those of `data.graph`.
const graph = data.graph;
const following = graph.nodes.map(() => []), preceding = graph.nodes.map(() => []);
graph.edges.forEach(([source, target], number) => {
  following[source].push(number);
  preceding[target].push(number);
});

function edge(number) {
  const [source, target, why, because, side] = graph.edges[number];
  return { source, target, why: graph.texts[why], because: graph.texts[because], side };
}

// Every node that is reached along edges, those at the beginning included.
function reached(starts, edges, end) {
  const found = new Set(starts), pending = [...starts];
  while (pending.length) {
    for (const number of edges[pending.pop()]) {
      const next = graph.edges[number][end];
      if (!found.has(next)) { found.add(next); pending.push(next); }
    }
  }
  return found;
}
const after = (starts) => reached(starts, following, 1);
const before = (ends) => reached(ends, preceding, 0);

// The edges on any path from some nodes to others.
function between(starts, ends) {
  const from = after(starts), to = before(ends);
  const nodes = new Set([...from].filter((node) => to.has(node)));
  const edges = graph.edges.map((_, number) => number).filter((number) => nodes.has(graph.edges[number][0]) && nodes.has(graph.edges[number][1]));
  return { nodes, edges };
}

function sameObject(one, other) {
  return graph.nodes[one][1] >= 0 && graph.nodes[one][1] === graph.nodes[other][1];
}

// Whether a path ends with a right that its last right but one includes: the path to that one is enough.
function weaker(way, goals) {
  const [source, target] = graph.edges[way[way.length - 1]];
  return goals.has(source) && sameObject(source, target);
}

// Paths without a node twice, the shortest first, and whether these are all.
const MOST_PATHS = 50, MOST_TRIED = 20000;
function paths(starts, ends) {
  const part = between(starts, ends);
  const goals = new Set(ends), found = [], inside = new Set(part.edges);
  let pending = starts.filter((node) => part.nodes.has(node)).map((node) => ({ node, edges: [], seen: new Set([node]) }));
  let tried = 0;
  while (pending.length) {
    const later = [];
    for (const way of pending) {
      tried += 1;
      if (found.length === MOST_PATHS || tried > MOST_TRIED) return { ways: found, complete: false, part };
      if (goals.has(way.node) && way.edges.length && !weaker(way.edges, goals)) found.push(way.edges);
      for (const number of following[way.node]) {
        const next = graph.edges[number][1];
        if (inside.has(number) && !way.seen.has(next)) later.push({ node: next, edges: [...way.edges, number], seen: new Set([...way.seen, next]) });
      }
    }
    pending = later;
  }
  return { ways: found, complete: true, part };
}

function nodeText(number) {
  const [subject, object, action] = graph.nodes[number];
  return subject >= 0 ? subjectText(subjects[subject]) : `${action} ${objectText(objects[object])}`;
}

function nodeLink(number) {
  const [subject, object] = graph.nodes[number];
  return subject >= 0 ? subjectLink(subject) : objectLink(object, nodeText(number));
}

function isTrusted(number) {
  const subject = graph.nodes[number][0];
  return subject >= 0 && subjects[subject].trusted;
}

const SIDES = ["", "live only", "in the contract only"];
function stepWords({ because, side }) {
  // A right that is only live has no other explanation.
  return side === 1 ? because || SIDES[1] : [because, SIDES[side]].filter(Boolean).join("; ");
}

// Weaker rights on one object between two others of it are passed over: `edit` includes `run`, which includes `view`.
function shortened(way) {
  const nodes = [graph.edges[way[0]][0], ...way.map((number) => graph.edges[number][1])];
  return nodes.filter((node, place) => place === 0 || place === nodes.length - 1 || !(sameObject(nodes[place - 1], node) && sameObject(node, nodes[place + 1])));
}
