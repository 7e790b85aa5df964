// Explains one decision: the rules that fired and by how much, those that came close, the scores and their evidence.

import { h, section } from "./dom.js";
import { number, plain, signed } from "./words.js";

const DIMENSIONS = ["frustration", "urgency", "confusion", "politeness", "escalation_intent"];

/** Return the explanation; `record` is the stored decision where the token may read it, `view` what the answer itself tells. */
export function explainDecision(view, record) {
  const response = record?.response ?? view;
  const nearest = view.nearest ?? (record?.evaluated ?? []).filter((rule) => !rule.fired)
    .sort((a, b) => Math.abs(a.margin) - Math.abs(b.margin)).slice(0, 3);
  const flip = view.counterfactual ?? record?.counterfactual ?? response.counterfactual;
  return h("div", { class: "timeline" },
    section("Rules that fired", table(["Reason", "Rule", "Margin"], view.reasons.map((one) => [plain(one.code), one.rule, signed(one.margin)]))),
    flip && section("The smallest change that would have changed it", counterfactual(flip)),
    nearest.length > 0 && section("Rules that came closest", table(["Rule", "Short by"], nearest.map((one) => [one.rule, signed(one.margin)])),
      h("small", {}, "The margin tells how far the measure is from its threshold.")),
    response.signals && section("Evidence", evidence(response.signals)),
    h("small", {}, `Policy ${response.versions?.policy ?? "–"}, model ${response.versions?.model || "none"}, prompt ${response.versions?.prompt ?? "–"}`,
      view.decision_id && [" · ", h("code", {}, view.decision_id)]));
}

function evidence(signals) {
  const rows = DIMENSIONS.flatMap((name) => signals[name].evidence.map((one) => [plain(name), plain(one.code), plain(one.source), signed(one.weight)]));
  if (rows.length === 0) return h("p", { class: "muted" }, "Nothing unusual was observed.");
  return table(["Dimension", "Observed", "From", "Weight"], rows);
}

function table(heads, rows) {
  const last = heads.length - 1;
  return h("table", {}, h("thead", {}, h("tr", {}, heads.map((name, index) => h("th", { scope: "col", class: index === last ? "num" : null }, name)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, index) => h(index === 0 ? "th" : "td", { scope: index === 0 ? "row" : null, class: index === last ? "num" : null }, cell))))));
}

/** Return the counterfactual in words, whatever shape this version gives it. */
function counterfactual(flip) {
  if (typeof flip === "string") return h("p", {}, flip);
  const text = flip.text ?? flip.explanation;
  if (text) return h("p", {}, text);
  const changes = flip.changes ?? flip.facts ?? flip;
  const list = Array.isArray(changes) ? changes : Object.entries(changes).map(([name, value]) => ({ fact: name, to: value }));
  return h("ul", { class: "plain" }, list.map((one) => h("li", {}, describe(one))));
}

function describe(one) {
  if (typeof one !== "object" || one === null) return String(one);
  const name = one.fact ?? one.name ?? one.field ?? "fact";
  const show = (value) => (typeof value === "number" ? number(value) : typeof value === "object" ? JSON.stringify(value) : String(value));
  return "from" in one ? `${plain(name)}: ${show(one.from)} → ${show(one.to)}` : `${plain(name)}: ${show(one.to ?? one.value)}`;
}
