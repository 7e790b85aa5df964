// Effort over time: every figure with its definition, beside the period before, by journey, policy version and more.

import { poll } from "./api.js";
import { lineChart } from "./charts.js";
import { h, loading, notice, problemNotice, segmented, select, show, svg } from "./dom.js";
import { duration, number, plain, plural } from "./words.js";

const DAY = 86400e3;
const PERIODS = [["7", "7 days"], ["30", "30 days"], ["90", "90 days"]];
const DIMENSIONS = [["journey", "Journey"], ["policy", "Policy version"], ["intent", "Intent"], ["channel", "Channel"], ["queue", "Queue"], ["incident", "Incident or not"]];
const MOST_LINES = 3;
const COMPARED = [["expectations_met", "As a support lead expects"], ["handed_over_in_time", "A person in time"], ["needlessly_handed_over", "Handed over needlessly"]];
const BROKEN = "Promises broken";

export function mount(root, { call }) {
  const state = { days: 30, dimension: "journey", figure: null, data: null };
  const body = h("div", { class: "timeline" }, loading("Reading the figures…"));
  const beside = h("section", { class: "block", "aria-label": "Beside a bot without context" });
  root.append(
    h("div", { class: "row spread" }, h("h1", {}, "Effort"), h("div", { class: "row" },
      h("label", { class: "inline" }, h("span", { class: "muted" }, "by "), select(DIMENSIONS, state.dimension, { class: "narrow-select", on: { change: (event) => { state.dimension = event.target.value; restart(); } } })),
      segmented("Period", PERIODS, String(state.days), (days) => { state.days = Number(days); restart(); }))),
    h("p", { class: "muted" }, "What it costs customers to get help. Deflection is counted, and never a goal."), body, beside);

  const date = (daysAgo) => new Date(Date.now() - daysAgo * DAY).toISOString().slice(0, 10);
  const read = (from, to, group) => call("GET", `/v1/metrics?from=${from}&to=${to}${group ? `&group_by=${group}` : ""}`);

  fetch("/console/baseline.json").then((answer) => answer.ok ? answer.json() : null).catch(() => null)
    .then((comparison) => { if (comparison) show(beside, ...compared(comparison)); });

  async function refresh() {
    try {
      const [first, last] = [date(state.days - 1), date(0)];
      const [now, before, daily, groups, groupsDaily] = await Promise.all([
        read(first, last), read(date(2 * state.days - 1), date(state.days)), read(first, last, "day"),
        read(first, last, state.dimension), read(first, last, `${state.dimension},day`),
      ]);
      state.data = { now, before, daily, groups, groupsDaily, days: listDays(first, state.days) };
      draw();
    } catch (problem) {
      if (!state.data) show(body, problemNotice(problem, () => polling.now()));
      throw problem;
    }
  }

  function restart() {
    state.data = null;
    show(body, loading("Reading the figures…"));
    polling.now();
  }

  function draw() {
    const { now, before, daily, days } = state.data;
    const all = now.groups[0];
    if (!all || all.sessions === 0) {
      show(body, notice("empty", "Nothing was measured in these days", "Figures appear here with the first conversations."));
      return;
    }
    const earlier = before.groups[0];
    show(body, h("p", {}, `${plural(all.sessions, "conversation")} in ${state.days} days${earlier?.sessions ? `, ${earlier.sessions.toLocaleString()} in the days before` : ""}.`),
      detail(), h("h2", {}, "All figures"),
      h("div", { class: "tiles" }, now.formulas.map((formula) => tile(formula, all.figures[formula.name], earlier?.figures[formula.name],
        days.map((day) => value(daily.groups.find((one) => one.day === day), formula.name))))));
  }

  function tile(formula, figure, earlier, line) {
    const shown = figure?.value ?? null;
    return h("article", { class: "tile", "aria-label": formula.title }, defined(formula),
      h("b", {}, format(shown, formula.unit)),
      h("span", { class: "muted" }, change(shown, earlier?.value ?? null, formula)),
      sparkline(line),
      h("div", { class: "row spread" }, h("small", {}, `from ${(figure?.count ?? 0).toLocaleString()}`),
        h("button", { type: "button", class: "quiet", "data-key": `by-${formula.name}`, "aria-label": `${formula.title} over time`, on: { click: () => { state.figure = formula.name; draw(); body.scrollIntoView(); } } }, "Over time")));
  }

  function detail() {
    const { now, daily, groups, groupsDaily, days } = state.data;
    const formula = now.formulas.find((one) => one.name === state.figure) ?? now.formulas[0];
    const ranked = groups.groups.toSorted((a, b) => b.sessions - a.sessions);
    const lines = [["All", daily.groups], ...ranked.slice(0, MOST_LINES - 1).map((one) => [plain(one.group), groupsDaily.groups.filter((other) => other.group === one.group)])];
    const series = lines.map(([name, rows]) => ({ name, values: days.map((day) => value(rows.find((one) => one.day === day), formula.name)) }));
    const most = Math.max(...series.flatMap((one) => one.values).filter((one) => one !== null), 0);
    const least = Math.min(...series.flatMap((one) => one.values).filter((one) => one !== null), 0);
    const dimension = DIMENSIONS.find(([name]) => name === state.dimension)[1];
    return h("div", { class: "split wide" },
      h("section", { class: "block" }, h("h2", {}, formula.title), h("p", { class: "muted" }, formula.definition),
        lineChart({ title: `${formula.title} by day, ${state.days} days`, labels: days.map((day) => day.slice(5)), series, low: least, high: Math.max(most * 1.05, least + (formula.unit === "seconds" ? 4 : 1)), format: (one) => format(one, formula.unit) }),
        series.some((one) => one.values.some((each) => each !== null)) ? null : h("p", {}, "No value was measured in these days yet."),
        h("small", {}, `Source: ${formula.source}`)),
      h("section", { class: "block" }, h("h3", {}, `By ${dimension.toLowerCase()}`),
        h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${formula.title} by ${dimension.toLowerCase()}` }, h("table", {},
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, dimension), h("th", { scope: "col", class: "num" }, "Value"), h("th", { scope: "col", class: "num" }, "From"))),
          h("tbody", {}, ranked.map((one) => h("tr", {}, h("th", { scope: "row" }, plain(one.group)),
            h("td", { class: "num" }, format(value(one, formula.name), formula.unit)), h("td", { class: "num" }, (one.figures[formula.name]?.count ?? 0).toLocaleString()))))))));
  }

  const polling = poll(refresh, { seconds: 60 });
  return () => polling.stop();
}

/** Return the table of a stored trial: the same conversations with Relief, and with a bot that keeps no context. */
function compared({ all, by_journey: journeys, conversations, measured_on: day, versions, command }) {
  const share = ({ count, of }) => of ? [format(count / of, "share"), h("span", { class: "of" }, ` of ${of}`)] : "–";
  // The roles are written out: a table that is laid out as cards on a phone would lose them.
  const figures = (title, ours, baseline) => [h("td", { role: "cell", class: "num", "data-label": title }, h("span", {}, ours)), h("td", { role: "cell", class: "num" }, baseline)];
  const row = (name, { ours, baseline }) => h("tr", { role: "row" }, h("th", { role: "rowheader", scope: "row" }, name),
    COMPARED.map(([key, title]) => figures(title, share(ours[key]), share(baseline[key]))),
    figures(BROKEN, String(ours.promises_broken), String(baseline.promises_broken)));
  const pair = () => ["Relief", "Baseline"].map((name) => h("th", { role: "columnheader", scope: "col", class: "num" }, name));
  return [h("h2", {}, "Beside a bot without context"),
    h("p", { class: "muted" }, `No baseline runs beside your bot, so this is a trial and not your customers: ${conversations} written conversations, decided by Relief and by a bot that hands over on a keyword and remembers nothing. Measured on ${day} with policy ${versions.policy} by `, h("code", {}, command), "."),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Relief and the baseline by journey" }, h("table", { role: "table", class: "compared" },
      h("thead", { role: "rowgroup" },
        h("tr", { role: "row", class: "over" }, h("td", { role: "cell" }), [...COMPARED.map(([, title]) => title), BROKEN].map((title) => h("th", { role: "columnheader", scope: "colgroup", colspan: "2" }, title))),
        h("tr", { role: "row" }, h("th", { role: "columnheader", scope: "col" }, "Journey"), COMPARED.map(pair), pair())),
      h("tbody", { role: "rowgroup" }, row("All", all), Object.entries(journeys).map(([name, part]) => row(plain(name), part)))))];
}

const value = (group, name) => group?.figures[name]?.value ?? null;

function listDays(first, count) {
  return Array.from({ length: count }, (_, index) => new Date(Date.parse(first) + index * DAY).toISOString().slice(0, 10));
}

/** Return a figure's name that shows its definition on hover and on focus. */
function defined(formula) {
  const id = `def-${formula.name}`;
  return h("div", { class: "define" }, h("button", { type: "button", "aria-describedby": id, "data-key": id }, formula.title),
    h("div", { role: "tooltip", id }, formula.definition, " ", h("em", {}, formula.source)));
}

export function format(one, unit) {
  if (one === null || one === undefined) return "–";
  if (unit === "share") return `${(one * 100).toFixed(1)} %`;
  if (unit === "seconds") return duration(one);
  return number(one);
}

function change(now, before, formula) {
  if (now === null || before === null) return "no period before to compare with";
  const difference = now - before;
  if (Math.abs(difference) < 1e-9) return "as in the days before";
  const good = formula.better === "neither" ? "" : (difference < 0) === (formula.better === "lower") ? ", better" : ", worse";
  return `${difference > 0 ? "▲" : "▼"} from ${format(before, formula.unit)}${good}`;
}

/** Return a small line without axes; the tile says the figures. */
function sparkline(values) {
  const known = values.filter((one) => one !== null);
  if (known.length < 2) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const points = values.map((one, index) => one === null ? null
    : `${((index / (values.length - 1)) * 200).toFixed(1)} ${(30 - ((one - low) / (high - low || 1)) * 26).toFixed(1)}`).filter(Boolean);
  return svg("svg", { class: "chart spark", viewBox: "0 0 200 34", "aria-hidden": "true" }, svg("path", { class: "line", d: `M${points.join("L")}` }));
}
