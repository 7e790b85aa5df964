// Explains one decision: the rules that fired and by how much, those that came close, the scores and their evidence.

import { h, section } from "./dom.js";
import { plain, signed } from "./words.js";

const DIMENSIONS = ["frustration", "urgency", "confusion", "politeness", "escalation_intent"];

/** Return the explanation; `record` is the stored decision where the token may read it, `view` what the answer itself tells. */
export function explainDecision(view, record) {
  const response = record?.response ?? view;
  const nearest = view.nearest ?? (record?.evaluated ?? []).filter((rule) => !rule.fired)
    .sort((a, b) => Math.abs(a.margin) - Math.abs(b.margin)).slice(0, 3);
  const flip = view.counterfactual ?? record?.counterfactual;
  return h("div", { class: "timeline" },
    section("Rules that fired", table(["Reason", "Rule", "Margin"], view.reasons.map((one) => [plain(one.code), one.rule, signed(one.margin)]))),
    flip && section("The smallest change that would have changed it", h("p", {}, flip.text), h("small", {}, flip.changes.map((one) => `${one.fact}: ${one.was} → ${one.becomes}`).join("; "))),
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
