// What both tabs draw with: numbers out of the page, charts, sliders, and what is said aloud.

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const SVG = document.querySelector("svg").namespaceURI;
const { units, unit, nat } = data;

// -- numbers -----------------------------------------------------------------

function unpack({ top, width, bytes }) {
  const text = atob(bytes);
  const numbers = new Float64Array(text.length / width);
  for (let at = 0; at < text.length; at++) {
    numbers[Math.floor(at / width)] += text.charCodeAt(at) * 256 ** (at % width);
  }
  return numbers.map((level) => (level * top) / (256 ** width - 1));
}

const fixed = (value, digits = 4) => (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits);
const short = (value) => // of a tick
  (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5) ? value.toExponential() : String(value));
const tiny = (value) => (value < 1e-2 ? value.toExponential(1) : value.toFixed(3));

function ticksOf(low, high, count = 5) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const found = [];
  for (let at = Math.ceil(low / step); at * step <= high + 1e-9 * step; at++) {
    found.push(Number((at * step).toPrecision(8)));
  }
  return found;
}

function logTicksOf(low, high) {
  const found = [];
  const decades = Math.log10(high / low);
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    const factors = decades > 3 ? [1] : decades > 0.9 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
    if (decades > 6 && power % 2) continue;
    for (const factor of factors) {
      const value = Number(`${factor}e${power}`);
      if (value >= low * 0.999 && value <= high * 1.001) found.push(value);
    }
  }
  return found;
}

// -- charts ------------------------------------------------------------------

function make(parent, tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return parent.appendChild(element);
}

// A chart with axes; what `inside` draws is cut off at them, and is drawn anew by `draw`.
function chart(id, { x, y, xName, yName, logX, logY, xTicks, yTicks, box = {} }) {
  const svg = byId(id);
  const { left = 62, right = 12, top = 12, bottom = 46 } = box;
  const width = svg.viewBox.baseVal.width - left - right;
  const height = svg.viewBox.baseVal.height - top - bottom;
  const share = ([low, high], value, log) =>
    log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  const px = (value) => width * share(x, value, logX);
  const py = (value) => height * (1 - share(y, value, logY));
  const marks = make(svg, "g", {});
  make(marks, "path", { class: "axis", d: `M${left} ${top}V${top + height}H${left + width}` });
  for (const value of xTicks ?? (logX ? logTicksOf(...x) : ticksOf(...x))) {
    make(marks, "path", { class: "axis", d: `M${left + px(value)} ${top + height}v4` });
    make(marks, "text", { x: left + px(value), y: top + height + 19, class: "middle" }, short(value));
  }
  for (const value of yTicks ?? (logY ? logTicksOf(...y) : ticksOf(...y))) {
    make(marks, "path", { class: "axis", d: `M${left} ${top + py(value)}h-4` });
    make(marks, "text", { x: left - 8, y: top + py(value) + 5, class: "end" }, short(value));
  }
  make(marks, "text", { x: left + width / 2, y: top + height + 39, class: "middle" }, xName ?? "");
  make(marks, "text", { class: "middle", transform: `translate(14 ${top + height / 2}) rotate(-90)` }, yName ?? "");
  const inside = make(svg, "svg", { x: left, y: top, width, height });
  const edge = 8;  // a mark on an axis is whole
  const points = make(svg, "svg", {
    x: left - edge, y: top - edge, width: width + 2 * edge, height: height + 2 * edge,
    viewBox: `${-edge} ${-edge} ${width + 2 * edge} ${height + 2 * edge}`,
  });
  const over = make(svg, "g", { transform: `translate(${left} ${top})` });
  const path = (xs, ys) => {
    let text = "";
    xs.forEach((value, at) => { text += `${at ? "L" : "M"}${px(value).toFixed(2)} ${py(ys[at]).toFixed(2)}`; });
    return text;
  };
  return { inside, points, over, px, py, path, width, height };
}

const clear = (...layers) => layers.forEach((layer) => layer.replaceChildren());
const mark = (layer, shape, x, y) =>
  shape === "square"
    ? make(layer, "rect", { class: "so-far-mark", x: x - 5, y: y - 5, width: 10, height: 10 })
    : make(layer, "circle", { class: "best-mark", cx: x, cy: y, r: 7 });

// -- tables as images --------------------------------------------------------

// White to dark blue: one hue, told apart by lightness alone.
function paint(canvas, rows, columns, value, top) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const dark = Math.min(1, value(row, column) / top) ** 0.6;
      image.data.set([255 - 255 * dark, 255 - 190 * dark, 255 - 140 * dark, 255], 4 * (row * columns + column));
    }
  }
  context.putImageData(image, 0, 0);
}

// -- sliders, and what is said -----------------------------------------------

function slider(id, count, start, show) {
  const input = byId(id);
  input.max = count - 1;
  input.value = start;
  input.addEventListener("input", () => show(Number(input.value)));
  const go = (place) => {
    input.value = Math.max(0, Math.min(count - 1, place));
    show(Number(input.value));
  };
  return { input, go, at: () => Number(input.value), last: count - 1 };
}

let waiting = 0;
function say(text) { // once the slider rests, so that a screen reader is not flooded
  clearTimeout(waiting);
  waiting = setTimeout(() => { byId("said").textContent = text; }, 300);
}
