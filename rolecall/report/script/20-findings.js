// The findings: cards, filtered by kind, area and text.
const KINDS = ["refused", "escalation", "extra", "unmanaged", "different", "unknown", "missing", "expired"];
const SIGNS = { unknown: "unknown", missing: "missing", expired: "soon" };

function findingCard(number, level) {
  const one = findings[number];
  const row = (name, value) => value && el("div", {}, el("dt", {}, name), el("dd", {}, value));
  const where = one.object >= 0 ? objectLink(one.object, one.about) : one.subject >= 0 && !one.who ? subjectLink(one.subject, one.about) : one.about;
  return el("article", { class: `finding ${SIGNS[one.kind] || "different"}`, id: `finding-${number}`, tabindex: "-1" },
    el(level || "h3", {}, badge(SIGNS[one.kind] || "different", one.kind), " ", where, one.protected && [" ", protectedMark()]),
    el("dl", {},
      row("who", one.who && subjectLink(one.subject, one.who)),
      row("contract", one.area === "contract" ? one.given : one.given || (one.kind === "unknown" ? "" : "nothing")),
      row(one.area === "contract" ? "what" : "live", one.live || (one.kind === "missing" ? "nothing" : "")),
      row("where", one.place),
      row("system", one.system),
      row("repair", one.how && withCode(one.how))),
    el("p", { class: "permalink" }, link(`finding/${number}`, `Finding ${number + 1}`)));
}

function findingsSection(query) {
  if (!findings.length) {
    const text = LIVE ? "No findings: nothing differs from the contract." : "No findings in the contract itself. Live access was not compared.";
    return section("findings", "Findings", note(text));
  }
  const list = el("div", { class: "findings" });
  const count = el("p", { class: "count", role: "status" });
  const more = el("button", { type: "button", class: "more" });
  const kinds = KINDS.filter((kind) => findings.some((one) => one.kind === kind));
  const chosen = new Set(kinds);
  const input = el("input", { id: "finding-text", type: "search", value: query || "", spellcheck: "false", autocomplete: "off" });
  const keys = findings.map((one) => folded([one.about, one.who, one.live, one.given, one.system, one.place].join(" ")));
  let matching = [], shown = 0;
  const show = (upTo) => {
    for (; shown < Math.min(upTo, matching.length); shown += 1) list.append(findingCard(matching[shown]));
    more.hidden = shown >= matching.length;
    more.textContent = `Show ${matching.length - shown} more`;
  };
  const update = () => {
    const wanted = folded(input.value.trim());
    matching = findings.map((_, number) => number).filter((number) => chosen.has(findings[number].kind) && keys[number].includes(wanted));
    list.replaceChildren();
    shown = 0;
    show(25);
    count.textContent = matching.length === findings.length ? `${findings.length} findings` : `${matching.length} of ${findings.length} findings`;
  };
  more.addEventListener("click", () => show(shown + 100));
  window.addEventListener("beforeprint", () => list.isConnected && show(matching.length));
  input.addEventListener("input", update);
  const boxes = kinds.map((kind) => el("label", { class: "choice" },
    el("input", { type: "checkbox", checked: true, onchange: (event) => { if (event.target.checked) chosen.add(kind); else chosen.delete(kind); update(); } }),
    badge(SIGNS[kind] || "different", `${kind} ${findings.filter((one) => one.kind === kind).length}`)));
  update();
  return section("findings", "Findings",
    el("div", { class: "filters" }, el("fieldset", {}, el("legend", {}, "Kinds of findings"), boxes), el("label", { for: "finding-text" }, "Filter findings"), input),
    count, list, more);
}
