// The tab of a source: a slope, its tangent, its channel, and Blahut-Arimoto beside the solver.

const source = data.source;
const count = source.beta.length;
const beta = source.beta.map((value) => value / nat); // per unit of rate
const rate = source.rate.map((value) => value * nat);
const gaps = source.gap.map((value) => value * nat);
const many = source.outputs.length;
const seen = source.iterations.length;
const masses = unpack(source.masses);
const channel = unpack(source.channel);
const iterateMarginal = unpack(source.iterates.marginal);
const inUse = unpack(source.in_use);
const support = beta.map((_, at) => source.outputs.map((_, output) => output).filter((output) => inUse[at * many + output]));
const startOf = []; // of each step's masses
support.reduce((sum, used) => (startOf.push(sum), sum + used.length), 0);

const marginalOf = (at) => {
  const found = new Float64Array(many);
  support[at].forEach((output, place) => { found[output] = masses[startOf[at] + place]; });
  return found;
};
const iterateOf = (at, k) => iterateMarginal.subarray((at * seen + k) * many, (at * seen + k + 1) * many);
const least = 1e-11 * nat; // what was asked of both
const iterateGap = (at, k) => Math.max(source.iterates.gap[at][k] * nat, least);

// D, and what is measured by it, in four digits at least
const digits = Math.min(10, Math.max(4, 3 - Math.floor(Math.log10(Math.max(...source.distortion.map(Math.abs), 1e-10)))));
const cost = (value) => fixed(value, digits);

// -- the plane ---------------------------------------------------------------

const curve = { rate: source.curve.rate.map((value) => value * nat), upper: source.curve.upper, lower: source.curve.lower };
const highest = 1.06 * Math.max(...curve.upper, ...source.value.filter(Number.isFinite));
const lowest = Math.min(0, ...curve.lower);
const furthest = 1.03 * Math.min(Math.max(...curve.rate), 1.2 * Math.max(...rate));
const plane = chart("plane", {
  x: [0, furthest], y: [lowest, highest],
  xName: `rate R (${units})`, yName: "distortion D",
});
const floor = plane.height;
make(plane.inside, "path", { class: "impossible", d: `${plane.path(curve.rate, curve.lower)}H${plane.width}V${floor}H0z` });
const below = make(plane.inside, "g", {});
make(plane.inside, "path", { class: "curve", d: plane.path(curve.rate, curve.upper) });
const above = make(plane.inside, "g", {});

const lineAt = (layer, name, at, value) => make(layer, "path", {
  class: name, d: plane.path([0, furthest], [value, value - beta[at] * furthest]),
});

function drawPlane(at, k) {
  clear(below, above, plane.points, plane.over);
  const value = source.value[at];
  for (let other = value % (highest / 8); other < 4 * highest; other += highest / 8) lineAt(below, "parallel", at, other);
  lineAt(below, "tangent", at, value);
  const [x, y] = [plane.px(rate[at]), plane.py(source.distortion[at])];
  make(above, "path", { class: "help", d: `M0 ${y}H${x}V${floor}` });
  const way = source.iterates.rate[at].slice(0, k + 1).map((r) => r * nat);
  const wayD = source.iterates.distortion[at].slice(0, k + 1);
  make(above, "path", { class: "way", d: plane.path(way, wayD) });
  mark(plane.points, "square", plane.px(way[k]), plane.py(wayD[k]));
  mark(plane.points, "circle", x, y);
  const top = plane.py(value);
  make(plane.over, "circle", { cx: 0, cy: top, r: 4.5 });
  make(plane.over, "text", { x: 10, y: Math.max(12, top - 8), class: "strong" }, `D + βR = ${cost(value)}`);
}

function chordWords(at) {
  const other = at > 0 ? at - 1 : at + 1;
  const [low, high] = [Math.min(at, other), Math.max(at, other)];
  const less = rate[low] - rate[high];
  const more = source.distortion[high] - source.distortion[low];
  if (less < 1e-9) return "From this stop to the next the best channel stays: its point is a corner, which many lines touch.";
  return `From β = ${cost(beta[low])} to ${cost(beta[high])} the rate falls by ${fixed(less, 5)} ${units} and D rises by `
    + `${fixed(more, digits + 1)}: that is ${cost(more / less)} per ${unit}, between the two.`;
}

// -- outputs, and the channel ------------------------------------------------

const everyOther = Math.max(1, Math.ceil(many / 6));
const outputTicks = source.outputs.map((_, at) => at).filter((at) => source.small || (!source.line && at % everyOther === 0));

function drawOutputs(at, k) {
  const best = marginalOf(at);
  const soFar = iterateOf(at, k);
  const top = source.small ? 1 : 1.1 * Math.max(...best, ...soFar);
  byId("outputs").replaceChildren();
  const [low, high] = source.line ?? [0, many - 1];
  const step = (high - low) / Math.max(many - 1, 1);
  const bars = chart("outputs", {
    x: [low - step / 2, high + step / 2], y: [0, top], xTicks: source.line ? undefined : [],
    xName: "output y", yName: "mass r(y)",
  });
  const middle = (output) => bars.px(low + output * step);
  for (const output of outputTicks) {
    make(bars.over, "text", { x: middle(output), y: bars.height + 19, class: "middle" }, source.outputs[output]);
  }
  const wide = bars.width / many;
  let outline = "";
  best.forEach((mass, output) => {
    const left = middle(output) - 0.36 * wide;
    if (mass > 0) {
      make(bars.inside, "rect", {
        class: "best-bar", x: left, y: bars.py(mass), width: Math.max(0.72 * wide, 1.2), height: bars.height - bars.py(mass),
      });
    }
    const [from, to] = [left - 0.07 * wide, left + 0.79 * wide];
    outline += source.small
      ? `M${from} ${bars.height}V${bars.py(soFar[output])}H${to}V${bars.height}`
      : `${output ? "L" : "M"}${middle(output)} ${bars.py(soFar[output])}`;
  });
  make(bars.inside, "path", { class: "so-far-bar", d: outline });
}

function outputWords(at, k) {
  const used = support[at];
  const soFar = iterateOf(at, k);
  let text = `${used.length} of ${many} ${many === 1 ? "output" : "outputs"} in use.`;
  if (source.critical.includes(at)) {
    const gone = (support[at - 1] ?? []).filter((output) => !used.includes(output));
    text += " A critical slope: ";
    text += source.small && gone.length
      ? `output ${gone.map((output) => source.outputs[output]).join(", ")} has just lost its last mass.`
      : "a group of outputs comes or goes.";
    if (source.small && gone.length) {
      text += ` Blahut-Arimoto still gives it ${tiny(gone.reduce((sum, output) => sum + soFar[output], 0))}.`;
    }
  }
  return text;
}

const rowsAt = (at) => source.rows.length * startOf[at];

function drawChannel(at) {
  const used = support[at];
  const start = rowsAt(at);
  const q = (row, output) => {
    const place = used.indexOf(output);
    return place < 0 ? 0 : channel[start + row * used.length + place];
  };
  if (!source.small) {
    const placeOf = new Map(used.map((output, place) => [output, place]));
    paint(byId("channel-image"), source.rows.length, many, (row, output) =>
      placeOf.has(output) ? channel[start + row * used.length + placeOf.get(output)] : 0, source.channel.top);
    return;
  }
  const svg = byId("channel");
  svg.replaceChildren();
  const [left, top, wide, high] = [62, 44, (460 - 74) / many, (340 - 56) / source.rows.length];
  make(svg, "text", { x: left + (many * wide) / 2, y: 16, class: "middle" }, "output y");
  make(svg, "text", { class: "middle", transform: "translate(14 190) rotate(-90)" }, "letter x");
  source.outputs.forEach((name, output) =>
    make(svg, "text", { x: left + (output + 0.5) * wide, y: top - 8, class: "middle" }, name));
  source.rows.forEach((letter, row) => {
    make(svg, "text", { x: left - 8, y: top + (row + 0.5) * high + 5, class: "end" }, source.letters[letter]);
    source.outputs.forEach((_, output) => {
      const mass = q(row, output);
      const dark = mass ** 0.6;
      const fill = `rgb(${255 - 255 * dark} ${255 - 190 * dark} ${255 - 140 * dark})`;
      make(svg, "rect", { class: "cell", x: left + output * wide, y: top + row * high, width: wide, height: high, fill });
      const style = dark > 0.55 ? "fill:#fff" : "";
      make(svg, "text", { x: left + (output + 0.5) * wide, y: top + (row + 0.5) * high + 5, class: "middle", style },
        used.includes(output) ? fixed(mass, many > 8 ? 2 : 3) : "–");
    });
  });
}

// -- the crawl ---------------------------------------------------------------

const crawl = chart("crawl", {
  x: [beta[0], beta[count - 1]], y: [least / 5, 10], logX: true, logY: true,
  xName: `slope β per ${unit}`, yName: `gap (${units})`, box: { left: 74 },
});
for (const at of source.critical) {
  make(crawl.inside, "path", { class: "critical", d: `M${crawl.px(beta[at])} 0V${crawl.height}` });
}
const gapLine = (k) => crawl.path(beta, beta.map((_, at) => iterateGap(at, k)));
for (let k = 0; k < seen; k++) make(crawl.inside, "path", { class: "before", d: gapLine(k) });
make(crawl.inside, "path", { class: "best-line", d: crawl.path(beta, gaps.map((gap) => Math.max(gap, least))) });
const crawling = make(crawl.inside, "g", {});

function drawCrawl(at, k) {
  clear(crawling);
  make(crawling, "path", { class: "so-far-line", d: gapLine(k) });
  make(crawling, "path", { class: "now", d: `M${crawl.px(beta[at])} 0V${crawl.height}` });
  mark(crawling, "square", crawl.px(beta[at]), crawl.py(iterateGap(at, k)));
}

// -- all of it ---------------------------------------------------------------

const nearestTo = (value) => beta.reduce((best, one, at) =>
  (Math.abs(Math.log(one / value)) < Math.abs(Math.log(beta[best] / value)) ? at : best), 0);
const slope = slider("slope", count, nearestTo(Math.sqrt(beta[0] * beta[count - 1])), showSource);
const iteration = slider("iteration", seen, Math.min(4, seen - 1), () => showSource(slope.at()));

function showSource(at) {
  const k = iteration.at();
  const shown = {
    beta: cost(beta[at]), rate: fixed(rate[at]), distortion: cost(source.distortion[at]), value: cost(source.value[at]),
    gap: tiny(gaps[at]), looked: source.iterations[k], "in-use": `${support[at].length} of ${many}`,
    chord: chordWords(at), "in-words": outputWords(at, k),
    "run-found": `After ${source.iterations[k]} iterations Blahut-Arimoto is within ${tiny(source.iterates.gap[at][k] * nat)} `
      + `${units} of the best; the solver, after ${source.steps[at]} steps, within ${tiny(gaps[at])}.`,
  };
  for (const [id, text] of Object.entries(shown)) byId(id).textContent = text;
  drawPlane(at, k);
  drawOutputs(at, k);
  drawChannel(at);
  drawCrawl(at, k);
  const told = `beta ${cost(beta[at])} per ${unit}, rate ${fixed(rate[at])} ${units}, distortion ${cost(source.distortion[at])}`;
  slope.input.setAttribute("aria-valuetext", told);
  iteration.input.setAttribute("aria-valuetext", `${source.iterations[k]} iterations`);
  byId("critical-down").disabled = !source.critical.some((place) => place < at);
  byId("critical-up").disabled = !source.critical.some((place) => place > at);
  say(`${told}, ${shown["in-use"]} outputs in use${source.critical.includes(at) ? ", a critical slope" : ""}.`);
}

byId("critical-down").addEventListener("click", () => slope.go(source.critical.findLast((at) => at < slope.at())));
byId("critical-up").addEventListener("click", () => slope.go(source.critical.find((at) => at > slope.at())));
byId("jumps").hidden = source.critical.length === 0;
for (const at of source.critical) {
  const tick = document.createElement("i");
  tick.style.left = `${(100 * at) / (count - 1)}%`;
  byId("slope-ticks").append(tick);
}

let running = 0;
function stopRunning() {
  clearInterval(running);
  running = 0;
  byId("run").textContent = "▶ run Blahut-Arimoto";
}
byId("run").addEventListener("click", () => {
  if (running) return stopRunning();
  if (iteration.at() === iteration.last) iteration.go(0);
  byId("run").textContent = "■ stop";
  running = setInterval(() => {
    iteration.go(iteration.at() + 1);
    if (iteration.at() === iteration.last) stopRunning();
  }, 450);
});

byId("channel").toggleAttribute("hidden", !source.small);
byId("channel-image").hidden = source.small;
byId("channel-found").textContent = source.small
  ? "With which probability a letter becomes an output; – is an output that nobody uses."
  : `A row for ${source.rows.length === source.letters.length ? "each letter" : `some of the ${source.letters.length} letters`} `
    + "x, the first on top, a column for each output y; the darker, the likelier.";
