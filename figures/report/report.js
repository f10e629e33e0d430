// What needs a program: the run that is pointed at, the switch, the filter, and sorting.

document.documentElement.classList.add("js");
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const planes = all(".plane");
const panel = document.getElementById("panel");
const REACH = 40; // units of the drawing: how far from a run the pointer may be

// -- the run that is pointed at ----------------------------------------------

function show(number) {
  const card = document.getElementById(`run-${number}`).cloneNode(true);
  card.removeAttribute("id");
  panel.replaceChildren(card);
  panel.dataset.run = number;
  for (const point of all(".point")) {
    const shown = point.dataset.run === String(number);
    point.classList.toggle("shown", shown);
    point.tabIndex = shown ? 0 : -1;
  }
}

const visible = (plane) => all(".point", plane).filter((point) => !point.hasAttribute("hidden"));
const placeOf = (point) => point.dataset.place.split(" ").map(Number);

function nearest(plane, event) {
  const matrix = plane.getScreenCTM().inverse();
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  let best = null;
  let least = REACH;
  for (const point of visible(plane)) {
    const [x, y] = placeOf(point);
    const distance = Math.hypot(x - at.x, y - at.y);
    if (distance < least) [best, least] = [point, distance];
  }
  return best;
}

function step(plane, point, by) {
  const along = visible(plane).sort((a, b) => placeOf(a)[0] - placeOf(b)[0]);
  const next = along[along.indexOf(point) + by];
  if (next) next.focus();
}

for (const plane of planes) {
  const pick = (event) => {
    const point = nearest(plane, event);
    if (point) show(point.dataset.run);
  };
  plane.addEventListener("pointermove", (event) => {
    // a browser also reports that the page moved below a pointer at rest
    if (event.movementX || event.movementY) pick(event);
  });
  plane.addEventListener("click", (event) => {
    event.preventDefault(); // the card is shown here, so do not jump to it
    if (event.detail > 0) pick(event); // not by Enter, which has no place
  });
  plane.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(plane, event.target.closest(".point"), by);
  });
}
// not on the planes themselves: a browser stops at a drawing that listens to the focus
document.querySelector(".planes").addEventListener("focusin", (event) => {
  const point = event.target.closest(".point");
  if (point) show(point.dataset.run);
});

// -- the switch and the filter -----------------------------------------------

function draw(measure) {
  for (const plane of planes) plane.toggleAttribute("hidden", plane.dataset.measure !== measure);
  for (const button of all("[data-plane]")) {
    button.setAttribute("aria-pressed", String(button.dataset.plane === measure));
  }
}

// the signs of encoder, decoder and marginal; of a discrete code as figures/families.py has them
function partsOf(model) {
  if (/^[-+][-+][-+v]$/.test(model)) return model;
  return `d${model.startsWith("bits-") ? "-" : "+"}a`;
}

function filter() {
  const allowed = all("[data-part]").map((part) =>
    all("input:checked", part).map((input) => input.value));
  const kept = (item) => allowed.every((signs, part) => signs.includes(partsOf(item.dataset.model)[part]));
  for (const item of all(".point, #table tbody tr, .cards .card")) {
    item.toggleAttribute("hidden", !kept(item));
  }
  const points = all(".point", planes[0]);
  const left = points.filter(kept);
  document.getElementById("shown").textContent = left.length === points.length ? "" :
    `${left.length} of ${points.length} runs shown, here and below; the curves are those of all.`;
  if (left.length && !left.some((point) => point.dataset.run === panel.dataset.run)) {
    show(left[0].dataset.run);
  }
}

for (const button of all("[data-plane]")) {
  button.addEventListener("click", () => draw(button.dataset.plane));
}
for (const input of all(".filter")) input.addEventListener("change", filter);

// -- sorting -----------------------------------------------------------------

const words = new Intl.Collator("en", { numeric: true });

function compare(a, b) {
  if (!a.textContent || !b.textContent) return 0;
  const numbers = [a, b].map((cell) => cell.dataset.number);
  if (numbers.every((number) => number !== undefined)) return numbers[0] - numbers[1];
  return words.compare(a.textContent, b.textContent);
}

function sort(table, head) {
  const falling = head.getAttribute("aria-sort") === "ascending";
  for (const other of all("th", table)) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", falling ? "descending" : "ascending");
  const sign = falling ? -1 : 1;
  const body = table.tBodies[0];
  const cell = (row) => row.cells[head.cellIndex];
  const isNumber = head.classList.contains("number");
  const empty = (row) =>
    isNumber ? cell(row).dataset.number === undefined : !cell(row).textContent;
  const rows = [...body.rows];
  rows.sort((a, b) => empty(a) - empty(b) || sign * compare(cell(a), cell(b)));
  body.append(...rows);
}

for (const table of all(".sortable")) {
  for (const head of all("th", table)) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(table, head));
  }
}

// -- the links to a run, and the start ---------------------------------------

function reveal() {
  const card = location.hash && document.getElementById(location.hash.slice(1));
  const details = card && card.closest("details");
  if (!details || details.open) return;
  details.open = true; // for browsers that do not do so themselves
  card.scrollIntoView();
}

window.addEventListener("hashchange", reveal);
reveal();
draw("distortion");
show(panel.dataset.best);
filter();
