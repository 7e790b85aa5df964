// The supervisor's view: how one conversation was decided, turn by turn, and what would have changed it.

import { enc, inParallel, poll } from "./api.js";
import { lineChart } from "./charts.js";
import { listConversations } from "./conversations.js";
import { explainDecision } from "./decision.js";
import { chip, field, h, loading, notice, problemNotice, section, show } from "./dom.js";
import { ACTION_KIND, ACTIONS, CHANNELS, MODES, moment, number, OWNERS, plain, plural, scoreWord, STATES } from "./words.js";

const RECENT = "relief.recent";

export async function mount(root, { call, session, settings }, [sessionId]) {
  root.append(finder(sessionId));
  if (!sessionId) { await start(root, { call, session, settings }); return null; }
  remember(sessionId);
  const body = h("div", { class: "timeline" }, loading("Reading the conversation…"));
  root.append(body);
  const records = new Map();
  let drawn = "";

  async function refresh() {
    let view;
    try {
      view = await call("GET", `/v1/sessions/${enc(sessionId)}/context?view=supervisor`);
      // A decision never changes, so each is read once; the chart needs all of their scores.
      const missing = view.decisions.filter((one) => !records.has(one.decision_id));
      const read = await inParallel(missing, 5, (one) => call("GET", `/v1/decisions/${enc(one.decision_id)}`).catch((problem) => {
        if (problem.kind !== "unknown") throw problem;
        return null;
      }));
      missing.forEach((one, index) => records.set(one.decision_id, read[index]));
    } catch (problem) {
      if (!drawn) show(body, problem.kind === "unknown"
        ? notice("empty", "There is no such conversation", "Its id may be mistyped, or its time has passed and it was forgotten.")
        : problemNotice(problem, () => polling.now()));
      throw problem;
    }
    const text = JSON.stringify([view, records.size]);
    if (text === drawn) return;
    drawn = text;
    const open = new Set([...body.querySelectorAll("details[open][data-turn]")].map((one) => one.dataset.turn));
    show(body, draw(view, records, open));
  }

  const polling = poll(refresh, { seconds: 8 });
  return () => polling.stop();
}

function finder(sessionId) {
  const input = h("input", { name: "session", required: true, autocomplete: "off", spellcheck: "false", value: sessionId ?? "" });
  return h("form", { class: "finder", on: { submit: (event) => {
    event.preventDefault();
    if (input.value.trim()) location.hash = `#/supervisor/${enc(input.value.trim())}`;
  } } }, field("Session id", input, sessionId ? null : "Opens any conversation, handed over or not."), h("button", { class: "primary" }, "Show conversation"));
}

async function start(root, { call, session, settings }) {
  root.prepend(h("h1", {}, "Decisions, conversation by conversation"));
  const recent = JSON.parse(sessionStorage.getItem(RECENT) ?? "[]");
  if (recent.length) root.append(section("You looked at", h("ul", { class: "row" }, recent.map((one) => h("li", {}, link(one))))));
  await listConversations(root, { call, session, settings });
}

const link = (sessionId) => h("a", { href: `#/supervisor/${enc(sessionId)}` }, sessionId);

function remember(sessionId) {
  const before = JSON.parse(sessionStorage.getItem(RECENT) ?? "[]").filter((one) => one !== sessionId);
  sessionStorage.setItem(RECENT, JSON.stringify([sessionId, ...before].slice(0, 8)));
}

function draw(view, records, open) {
  const decided = view.decisions.map((one) => ({ ...one, record: records.get(one.decision_id) }));
  const score = (name) => decided.map((one) => one.record?.response.signals[name].score ?? null);
  const codes = Object.entries(view.reason_codes);
  return [
    h("header", { class: "case" },
      h("div", { class: "row tight" }, view.owner && chip(plain(OWNERS[view.owner]), view.owner === "bot" ? "ok" : "warn"),
        view.journey && chip(plain(view.journey)), view.channel && chip(CHANNELS[view.channel]),
        h("span", { class: "muted" }, plural(view.turn, "turn"))),
      h("h1", {}, view.goal ? `About ${plain(view.goal).toLowerCase()}` : "A conversation without a settled goal"),
      h("div", { class: "figures" }, figure("Frustration at first", view.first_frustration), figure("at its peak", view.peak_frustration),
        figure("now", view.last_frustration),
        view.progress && figure("turns without progress", view.progress.turns_without_progress, false),
        view.progress && figure("failed attempts", view.progress.failures, false),
        view.progress && figure("changed approaches", view.progress.strategy_changes, false))),
    h("div", { class: "split wide" }, decided.length > 0 && h("section", { class: "block" }, h("h2", {}, "Friction, turn by turn"),
      lineChart({
        title: `Frustration by turn: ${decided.map((one, index) => `turn ${one.turn} ${number(score("frustration")[index])}, ${ACTIONS[one.action].toLowerCase()}`).join("; ")}`,
        labels: decided.map((one) => String(one.turn)),
        series: [{ name: "Frustration", values: score("frustration") }, { name: "Urgency", values: score("urgency") }, { name: "Confusion", values: score("confusion") }],
        marks: decided.map((one) => (one.action === "escalate" ? "danger" : one.action === "change_strategy" ? "warn" : "")),
      }),
      h("p", { class: "muted" }, "A filled point is a turn that changed the approach (amber) or handed over (red).")),
    h("div", { class: "timeline" }, section("Escalations", view.escalations.length ? h("ul", { class: "plain" }, view.escalations.map((one) => h("li", {},
      `Turn ${one.turn}: to ${plain(one.queue).toLowerCase()}, priority ${one.priority}, ${STATES[one.state]}. ${one.reason_text} `,
      one.report?.note && h("em", {}, `“${one.report.note}”`)))) : h("p", { class: "muted" }, "None: the bot kept the conversation.")),
    codes.length > 0 && section("Reason codes", h("ul", { class: "chips" }, codes.map(([code, times]) => h("li", {}, chip(`${code} × ${times}`))))))),
    h("h2", {}, "Decisions, the latest first"),
    view.decisions_left_out > 0 && h("p", { class: "muted" }, `${plural(view.decisions_left_out, "older decision")} left out; the export has them all.`),
    decided.length === 0 && notice("empty", "No decision is kept", "Records are forgotten when their time has passed."),
    ...decided.toReversed().map((one) => decision(one, open)),
  ];
}

const figure = (name, value, isScore = true) => h("div", { class: "figure" }, h("b", {}, number(value)),
  h("span", {}, name, isScore && value !== null && value !== undefined && ` (${scoreWord(value)})`));

function decision(one, open) {
  const response = one.record?.response;
  return h("article", { class: "decision card", "aria-label": `Turn ${one.turn}` },
    h("span", { class: `turn ${ACTION_KIND[one.action]}`, "aria-hidden": "true" }, one.turn),
    h("div", {},
      h("div", { class: "row spread" }, h("h3", {}, `Turn ${one.turn} · ${ACTIONS[one.action]}`), h("span", { class: "muted" }, moment(one.decided_at))),
      h("p", {}, one.reasons[0].text),
      h("div", { class: "row tight" }, one.reasons.map((reason) => chip(plain(reason.code), ACTION_KIND[one.action])),
        chip(MODES[one.mode]), one.degraded.map((part) => chip(`without ${plain(part).toLowerCase()}`, "warn"))),
      response?.next.say && h("p", { class: "said" }, response.next.say),
      h("details", { "data-turn": one.turn, open: open.has(String(one.turn)) }, h("summary", {}, "Why, and what would have changed it"),
        explainDecision(one, one.record))));
}

