// Turns places into SVG: from left to right, or from top to bottom where the page is narrow.
const MOST_DRAWN = 120;
// Words that the shapes say already.
const PLAIN = new Set(["may", "includes"]);
let drawings = 0;

// A smooth curve through the middles of a route, from border to border.
function curve(points, down) {
  let text = `M${points[0]}`;
  for (let place = 1; place < points.length; place += 1) {
    const [from, to] = [points[place - 1], points[place]];
    const bend = Math.max(24, Math.abs(down ? to[1] - from[1] : to[0] - from[0]) / 2);
    text += down ? ` C${from[0]} ${from[1] + bend} ${to[0]} ${to[1] - bend} ${to}` : ` C${from[0] + bend} ${from[1]} ${to[0] - bend} ${to[1]} ${to}`;
  }
  return text;
}

function arrow(one, points, down, id, labelled) {
  const because = stepWords(one);
  const [start, next] = points;
  return [
    svg("path", { d: curve(points, down), class: `step side-${one.side}`, "marker-end": `url(#${id})` },
      svg("title", {}, `${nodeText(one.source)} ${one.why} ${nodeText(one.target)}${because ? ` (${because})` : ""}`)),
    labelled && !PLAIN.has(one.why) && svg("text", { class: "why", x: (start[0] + next[0]) / 2, y: (start[1] + next[1]) / 2 - 5 }, one.why.length > 14 ? `${one.why.slice(0, 13)}…` : one.why),
  ];
}

function drawing(starts, ends, label) {
  const part = between(starts, ends);
  const edges = drawn(part);
  const nodes = [...new Set(edges.flatMap((one) => [one.source, one.target]))].sort((one, other) => one - other);
  if (!nodes.length) return note("There is no path.");
  if (nodes.length > MOST_DRAWN) return note(`The drawing would have ${nodes.length} nodes. Choose one row of the table to draw its paths.`);
  const down = PHONE.matches;
  const sizes = down ? { node: BOX.width + 14, passing: 18 } : { node: BOX.height + BOX.down, passing: 16 };
  const { items, routes, levels, extent } = places(nodes, edges, sizes);
  const step = down ? BOX.height + 40 : BOX.width + BOX.across;
  const place = ({ level, middle }) => (down ? [middle + extent / 2, level * step + 10] : [level * step + 10, middle + extent / 2]);
  const corner = (item) => { const [x, y] = place(item); return down ? { left: x - BOX.width / 2, top: y } : { left: x, top: y - BOX.height / 2 }; };
  const thick = down ? BOX.height : BOX.width;
  // The two sides of a place along the direction of reading.
  const points = (route) => route.flatMap((item, number) => {
    const [x, y] = place(item), far = down ? [x, y + thick] : [x + thick, y];
    if (number === 0) return [far];
    return number === route.length - 1 ? [[x, y]] : [[x, y], far];
  });
  const size = down ? [extent, levels * step - 20] : [levels * step - BOX.across + 20, extent];
  const id = `arrow-${(drawings += 1)}`;
  const labelled = edges.length <= 30 && !down;
  const picture = svg("svg", { viewBox: `0 0 ${size[0]} ${size[1]}`, width: size[0], height: size[1], role: "group", "aria-label": label },
    svg("defs", {}, svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" }, svg("path", { d: "M0 0 L8 4 L0 8 z", class: "tip" }))),
    edges.map((one, number) => arrow(one, points(routes[number]), down, id, labelled)),
    nodes.map((node) => box(node, corner(items.get(node)))));
  return el("figure", { class: "drawing" }, scrolling(label, picture), el("figcaption", {}, legend(edges)));
}

function legend(edges) {
  const sides = new Set(edges.map((one) => one.side));
  return [
    el("span", {}, "Round: who. Square: a right. "),
    sides.has(1) && el("span", { class: "side-1" }, "Red: live only, the contract does not give it. "),
    sides.has(2) && el("span", { class: "side-2" }, "Dashed: the contract grants it, it is not live. "),
  ];
}
