// Drawings by hand, each with a title that says what it shows and the same figures as a table.

import { h, svg } from "./dom.js";

const LINES = ["", "second", "third"];

/**
 * Return lines over numbered or named points. `series` is a list of {name, values}, values between `low` and `high`,
 * null where there is none; `marks` gives each point of the first series a kind.
 */
export function lineChart({ title, labels, series, marks = [], low = 0, high = 1, format = (value) => value.toFixed(2) }) {
  const [width, height, left, right, top, bottom] = [720, 220, 72, 16, 14, 32];
  const span = high - low || 1;
  const x = (index) => left + (labels.length > 1 ? (index / (labels.length - 1)) * (width - left - right) : (width - left - right) / 2);
  const y = (value) => top + (1 - (Math.min(Math.max(value, low), high) - low) / span) * (height - top - bottom);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => low + part * span);
  const every = Math.max(1, Math.ceil(labels.length / 8));
  const points = (values) => values.map((value, index) => (value === null || value === undefined ? null : [x(index), y(value)]));
  const first = points(series[0]?.values ?? []).filter(Boolean);
  return h("figure", {},
    svg("svg", { class: "chart lines", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title },
      ticks.map((tick) => [
        svg("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
        svg("text", { x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, format(tick)),
      ]),
      labels.map((label, index) => index % every === 0 && svg("text", { x: x(index), y: height - 8, "text-anchor": "middle" }, label)),
      first.length > 1 && svg("path", { class: "area", d: `M${first[0][0]} ${y(low)}L${first.map((one) => one.join(" ")).join("L")}L${first.at(-1)[0]} ${y(low)}Z` }),
      series.map((one, index) => svg("path", { class: `line ${LINES[index % 3]}`, d: path(points(one.values)) })),
      points(series[0]?.values ?? []).map((point, index) => point && svg("circle", { class: `dot ${marks[index] ?? ""}`, cx: point[0], cy: point[1], r: 5 },
        svg("title", {}, `${labels[index]}: ${format(series[0].values[index])}`)))),
    h("figcaption", { class: "legend" }, series.map((one, index) => h("span", {},
      svg("svg", { viewBox: "0 0 26 10", class: "chart", "aria-hidden": "true" }, svg("path", { class: `line ${LINES[index % 3]}`, d: "M0 5H26" })), one.name))),
    asTable(labels, series, format));
}

function path(points) {
  let pen = "M";
  return points.map((point) => {
    if (!point) { pen = "M"; return ""; }
    const step = `${pen}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
    pen = "L";
    return step;
  }).join("");
}

function asTable(labels, series, format) {
  const cell = (value) => (value === null || value === undefined ? "–" : format(value));
  return h("details", {}, h("summary", {}, "The same as a table"), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Figures of the chart" }, h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, ""), series.map((one) => h("th", { scope: "col", class: "num" }, one.name)))),
    h("tbody", {}, labels.map((label, index) => h("tr", {}, h("th", { scope: "row" }, label),
      series.map((one) => h("td", { class: "num" }, cell(one.values[index])))))))));
}

/** Return one bar for each of {name, value}, the longest as wide as the drawing. */
export function barChart({ title, bars, format = (value) => value.toFixed(2) }) {
  const [width, row, left] = [460, 26, 150];
  const most = Math.max(...bars.map((one) => one.value ?? 0), 1e-9);
  return svg("svg", { class: "chart", viewBox: `0 0 ${width} ${bars.length * row}`, role: "img", "aria-label": `${title}: ${bars.map((one) => `${one.name} ${format(one.value ?? 0)}`).join(", ")}` },
    bars.map((one, index) => [
      svg("text", { x: left - 8, y: index * row + 17, "text-anchor": "end" }, one.name),
      svg("rect", { class: "bar-mark", x: left, y: index * row + 5, height: row - 10, rx: 3, width: Math.max(2, ((one.value ?? 0) / most) * (width - left - 60)) }),
      svg("text", { x: left + 6 + Math.max(2, ((one.value ?? 0) / most) * (width - left - 60)), y: index * row + 17 }, format(one.value ?? 0)),
    ]));
}
