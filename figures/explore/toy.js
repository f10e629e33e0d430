// The tab of the toy: a model trained at a slope, one trained for a rate, and the sandwich.

const toy = data.toy;
const { bins, codes } = toy;
const H = toy.entropy * nat;
const tables = { encoder: unpack(toy.encoder), decoder: unpack(toy.decoder), marginal: unpack(toy.marginal) };
const slopes = toy.betas.length;
const fitOf = (at) => Object.fromEntries(Object.entries(toy.fits).map(([name, values]) => [name, values[at] * nat]));
const fits = Array.from({ length: slopes + toy.targets.length }, (_, at) => fitOf(at));

// -- the plane, and the objective along the diagonal -------------------------

const toyPlane = chart("toy-plane", {
  x: [0, 1.1 * H], y: [0, 1.1 * H], xName: `rate R (${units})`, yName: `distortion D (${units})`,
});
make(toyPlane.inside, "path", { class: "impossible", d: `${toyPlane.path([0, H, 0], [H, 0, 0])}z` });
make(toyPlane.inside, "path", { class: "curve", d: toyPlane.path([0, H, 1.2 * H], [H, 0, 0]) });
make(toyPlane.inside, "text", { x: toyPlane.px(0.12 * H), y: toyPlane.py(0.2 * H) }, "no model: R + D < H");
const toyMarks = make(toyPlane.inside, "g", {});

const blind = chart("blind", {
  x: [0, 1.02 * H], y: [0, 2.2 * H], xName: `rate R (${units})`, yName: `D + βR (${units})`,
});
const blindMarks = make(blind.inside, "g", {});
const named = (layer, text, x, y) => make(layer, "text", { x: x + 11, y: y - 9, class: "strong" }, text);

function drawPlanes(at, to) {
  const [a, b, slope] = [fits[at], fits[slopes + to], toy.betas[at]];
  clear(toyMarks, blindMarks, toyPlane.points, blind.points);
  const value = a.distortion + slope * a.rate;
  make(toyMarks, "path", { class: "tangent", d: toyPlane.path([0, 1.2 * H], [value, value - slope * 1.2 * H]) });
  const along = fits.slice(slopes);
  make(blindMarks, "path", {
    class: "curve", d: blind.path(along.map((fit) => fit.rate), along.map((fit) => fit.distortion + slope * fit.rate)),
  });
  for (const [name, shape, fit] of [["B", "circle", b], ["A", "square", a]]) {
    for (const [layer, where, y] of [
      [toyMarks, toyPlane, fit.distortion], [blindMarks, blind, fit.distortion + slope * fit.rate],
    ]) {
      const place = [where.px(fit.rate), where.py(y)];
      mark(where.points, shape, ...place);
      const left = place[0] > 0.93 * where.width;
      named(layer, name, left ? place[0] - 32 : place[0] + (name === "A" ? 0 : 4), Math.max(place[1], 26));
    }
  }
}

// -- the models --------------------------------------------------------------

function drawModel(name, at) {
  const part = (table, size) => tables[table].subarray(at * size, (at + 1) * size);
  const [encoder, decoder, marginal] = [part("encoder", bins * codes), part("decoder", codes * bins), part("marginal", codes)];
  paint(byId(`${name}-encoder`), bins, codes, (x, z) => encoder[x * codes + z], Math.max(...encoder));
  paint(byId(`${name}-decoder`), bins, codes, (x, z) => decoder[z * bins + x], Math.max(...decoder));
  const svg = byId(`${name}-marginal`);
  svg.replaceChildren();
  const most = Math.max(...marginal);
  marginal.forEach((mass, z) => make(svg, "rect", {
    class: name === "b" ? "best-bar" : "so-far-bar", x: (460 * z) / codes + 2, y: 86 - (80 * mass) / most,
    width: 460 / codes - 4, height: (80 * mass) / most,
  }));
  make(svg, "path", { class: "axis", d: "M0 87H460" });
}

const modelWords = (fit) =>
  `${fit.rate < 0.01 ? "All rows of the encoder are alike, so x is ignored. " : ""}The code tells ${fixed(fit.mutual_information, 3)} of the ${fixed(H, 3)} ${units} of x, and ${fixed(fit.recovery, 3)} of the `
  + `${fixed(toy.information * nat, 3)} that x tells of its hidden class.`;

function tiltWords(a, slope) {
  if (slope === 1) {
    return `β = 1: all rates cost the same, ${fixed(H)} ${units}. A ended at R = ${fixed(a.rate)} by where training began, `
      + "not by what it was asked.";
  }
  return slope > 1
    ? `β = ${slope} > 1: the less rate the better, so A ignores x: R = ${fixed(a.rate)}.`
    : `β = ${slope} < 1: the more rate the better, so A keeps all of x: R = ${fixed(a.rate)}.`;
}

// -- the sandwich ------------------------------------------------------------

const ruler = chart("sandwich", {
  x: [0, 1.35 * H], y: [0, 1], yTicks: [], xName: units, box: { left: 62, top: 30, bottom: 44 },
});

function drawSandwich(to, shares) {
  const fit = fits[slopes + to];
  const R = toy.spoiled[to].rate[shares[0]] * nat;
  const D = toy.spoiled[to].distortion[shares[1]] * nat;
  const I = fit.mutual_information;
  clear(ruler.inside, ruler.over);
  const [low, told, high] = [H - D, I, R].map((value) => ruler.px(Math.max(value, 0)));
  make(ruler.inside, "rect", { class: "decoder-gap", x: low, y: 8, width: Math.max(0, told - low), height: 30 });
  make(ruler.inside, "rect", { class: "marginal-gap", x: told, y: 8, width: Math.max(0, high - told), height: 30 });
  make(ruler.inside, "path", { class: "told", d: `M${told} 0V46` });
  make(ruler.over, "text", { x: told, y: -6, class: "middle strong" }, "I");
  make(ruler.over, "text", { x: Math.min(low, told - 7), y: -6, class: "end" }, "H − D");
  make(ruler.over, "text", { x: Math.max(high, told + 8), y: -6 }, "R");
  byId("sandwich-found").textContent = `H − D = ${fixed(H - D)} ≤ I = ${fixed(I)} ≤ R = ${fixed(R)} ${units}: decoder gap `
    + `${fixed(Math.max(0, I - H + D))}, marginal gap ${fixed(Math.max(0, R - I))}, together R + D − H = ${fixed(Math.max(0, R + D - H))}.`;
}

// -- all of it ---------------------------------------------------------------

const toySlope = slider("toy-slope", slopes, toy.betas.indexOf(1), showToy);
const target = slider("target", toy.targets.length, Math.max(0, toy.targets.findIndex((rate) => rate >= 0.5)), showToy);
const spoil = ["marginal", "decoder"].map((part) => slider(`spoil-${part}`, toy.share.length, Math.floor(toy.share.length / 2), showToy));

function showToy() {
  const [at, to] = [toySlope.at(), target.at()];
  const [a, b, beta] = [fits[at], fits[slopes + to], toy.betas[at]];
  const shares = spoil.map((one) => one.at());
  drawSandwich(to, shares);
  const asked = fixed(toy.targets[to] * nat);
  const shown = {
    "toy-beta": beta, "a-rate": fixed(a.rate), "a-distortion": fixed(a.distortion), "a-elbo": fixed(a.rate + a.distortion),
    "b-target": asked, "b-rate": fixed(b.rate), "b-distortion": fixed(b.distortion), "b-elbo": fixed(b.rate + b.distortion),
    "a-found": modelWords(a), "b-found": modelWords(b), tilt: tiltWords(a, beta),
    same: `A and B: R + D = ${fixed(a.rate + a.distortion)} and ${fixed(b.rate + b.distortion)} ${units}, the entropy is `
      + `${fixed(H)}. Their rates are ${fixed(a.rate)} and ${fixed(b.rate)}: one ELBO, `
      + `${Math.abs(a.rate - b.rate) < 0.01 ? "and one rate, too; move B" : "two different codes"}.`,
  };
  for (const [id, text] of Object.entries(shown)) byId(id).textContent = text;
  drawPlanes(at, to);
  drawModel("a", at);
  drawModel("b", slopes + to);
  toySlope.input.setAttribute("aria-valuetext", `beta ${beta}`);
  target.input.setAttribute("aria-valuetext", `${asked} ${units}`);
  spoil.forEach((one, part) => one.input.setAttribute("aria-valuetext", `${Math.round(100 * toy.share[shares[part]])} percent`));
  say(`beta ${beta}: A has rate ${shown["a-rate"]}, distortion ${shown["a-distortion"]}. Rate asked ${asked} ${units}: B has rate `
    + `${shown["b-rate"]}, distortion ${shown["b-distortion"]}.`);
}
