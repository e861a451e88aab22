// Search over people, groups and objects: a combobox whose options lead to their pages.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
const MOST_FOUND = 20;

function searchBox() {
  const input = document.getElementById("find"), list = document.getElementById("found");
  const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  let chosen = -1;
  const choose = (number) => {
    const options = [...list.children];
    chosen = options.length ? (number + options.length) % options.length : -1;
    options.forEach((one, place) => one.setAttribute("aria-selected", String(place === chosen)));
    if (chosen >= 0) { input.setAttribute("aria-activedescendant", options[chosen].id); options[chosen].scrollIntoView({ block: "nearest" }); }
  };
  const go = (option) => { close(); input.value = ""; location.hash = option.dataset.to; };
  const update = () => {
    const wanted = folded(input.value.trim());
    const found = wanted ? matches(wanted) : [];
    list.replaceChildren(...found.map(([to, text, type], number) =>
      el("li", { id: `found-${number}`, role: "option", "aria-selected": "false", "data-to": to, onmousedown: (event) => { event.preventDefault(); go(event.currentTarget); } }, text, " ", el("span", { class: "type" }, type))));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    if (found.length) choose(0); else close();
  };
  input.addEventListener("input", update);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen - 1); }
    else if (event.key === "Escape") close();
  });
  document.getElementById("search").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!list.hidden && chosen >= 0) go(list.children[chosen]);
  });
}

function matches(wanted) {
  const found = [];
  subjectKeys.forEach((key, number) => key.includes(wanted) && found.push([`#/subject/${number}`, subjectText(subjects[number]), kindText(subjects[number].type)]));
  objectKeys.forEach((key, number) => key.includes(wanted) && found.push([`#/object/${number}`, objectText(objects[number]), "object"]));
  found.sort((one, other) => folded(other[1]).startsWith(wanted) - folded(one[1]).startsWith(wanted));
  return found.slice(0, MOST_FOUND);
}
