// For integrators: speak and behave as a customer, watch the signals move, and see the decision explained.

import { enc } from "./api.js";
import { explainDecision } from "./decision.js";
import { announce, chip, field, h, notice, problemNotice, section, select, show } from "./dom.js";
import { ACTION_KIND, ACTIONS, CHANNELS, MODES, OWNERS, plain, scoreWord } from "./words.js";

const DEEDS = [
  ["step_viewed", "Views the step again"], ["step_failed", "Step fails"], ["control_clicked", "Clicks the same control"],
  ["back_navigated", "Goes back"], ["help_opened", "Opens help"], ["returned", "Returns from help"],
  ["waited", "Waits 90 s"], ["typing_abandoned", "Deletes what they typed"], ["channel_switched", "Switches channel"],
  ["session_abandoned", "Leaves"],
];
const DIMENSIONS = ["frustration", "urgency", "confusion", "politeness", "escalation_intent"];
const EXAMPLES = [
  "Why was I charged twice for order A-20391?", "I already did that. It still does not work.",
  "This is the third time I am writing about this!!", "Can I please talk to a human?",
];

export function mount(root, { call, settings, session }) {
  const fresh = () => `try-${crypto.randomUUID().slice(0, 8)}`;
  const state = { sessionId: fresh(), turn: 0, deeds: [], report: null, answer: null, before: null, asked: null };

  const text = h("textarea", { id: "say", name: "text", rows: 3, maxlength: 8000, placeholder: "Type as the customer would…",
    on: { keydown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(); } } });
  const channel = select(Object.entries(CHANNELS), "web_chat");
  const journey = select([["", "None"], ...settings.journeys.map((one) => [one.name, plain(one.name)])], "billing_dispute");
  const tier = select([["", "Not told"], "standard", "plus", "vip"], "");
  const value = select([["", "Not told"], "low", "medium", "high"], "");
  const locale = select([["en-US", "English"], ["es-ES", "Español"], ["de-DE", "Deutsch"], ["fr-FR", "Français"], ["pt-BR", "Português"]], "en-US");
  const deeds = h("div", { class: "deeds", role: "status" });
  const report = h("div", { class: "deeds" });
  const talk = h("div", { class: "talk", role: "log", "aria-label": "Conversation" });
  const result = h("section", { class: "talk", "aria-label": "Decision" });
  const curl = h("pre", { tabindex: "0", "aria-label": "The call as curl" });
  const trouble = h("div", { role: "alert" });
  const sessionName = h("code", {}, state.sessionId);

  function turn() {
    const customer = Object.fromEntries(Object.entries({ tier: tier.value, value: value.value }).filter(([, one]) => one));
    const body = { turn_id: `t${state.turn + 1}`, channel: channel.value, locale: locale.value };
    if (journey.value) body.journey = journey.value;
    if (text.value.trim()) {
      if (state.asked) body.facts = { [state.asked]: text.value.trim().slice(0, 200) };
      body.text = text.value.trim();
    }
    if (state.deeds.length) body.telemetry = state.deeds;
    if (Object.keys(customer).length) body.customer = customer;
    const bot = {};
    if (state.report) Object.assign(bot, state.report);
    if (state.answer?.next.say) bot.said = state.answer.next.say;
    if (state.answer?.next.ask) bot.asked = [state.answer.next.ask.slot];
    if (Object.keys(bot).length) body.bot = bot;
    return body;
  }

  async function send() {
    const body = turn();
    if (!body.text && !body.telemetry && !body.bot) { text.focus(); return; }
    show(trouble);
    try {
      const answer = await call("POST", `/v1/sessions/${enc(state.sessionId)}/turns`, body);
      Object.assign(state, { turn: state.turn + 1, deeds: [], report: null, before: state.answer, answer, asked: answer.next.ask?.slot ?? null });
      text.value = "";
      speak(body, answer);
      announce(`${ACTIONS[answer.action]}. ${answer.next.say}`);
      await explain(answer);
      update();
      // On a phone the answer is below the form: it stays in sight, and the next word can be typed at once.
      text.focus({ preventScroll: true });
    } catch (problem) {
      show(trouble, problemNotice(problem));
    }
  }

  function speak(body, answer) {
    const did = body.telemetry?.map((one) => chip(plain(one.kind))) ?? [];
    talk.append(h("div", { class: "turn-box" },
      did.length > 0 && h("div", { class: "row tight end" }, did),
      body.bot?.outcome && h("div", { class: "row tight end" }, chip(`bot: ${plain(body.bot.step).toLowerCase()} ${body.bot.outcome}`)),
      body.text && h("p", { class: "bubble customer" }, body.text),
      h("div", { class: "row tight" }, chip(ACTIONS[answer.action], ACTION_KIND[answer.action]), chip(OWNERS[answer.owner])),
      h("p", { class: "bubble bot" }, answer.next.say || "(the bot says nothing)", answer.next.expect && `\n${answer.next.expect}`)));
    talk.lastElementChild.scrollIntoView({ block: "nearest" });
  }

  async function explain(answer) {
    let record = null;
    if (session.scopes.has("relief/context.supervisor")) {
      record = await call("GET", `/v1/decisions/${enc(answer.decision_id)}`).catch(() => null);
    }
    show(result,
      h("div", { class: "block" }, h("h2", {}, "Signals"), DIMENSIONS.map((name) => meter(name, answer.signals[name])),
        h("p", { class: "muted" }, `Intent: ${plain(answer.intent.name).toLowerCase()}, ${Math.round(answer.intent.confidence * 100)} % sure`)),
      h("div", { class: "block" }, h("h2", {}, "Decision"),
        h("div", { class: "row tight" }, chip(ACTIONS[answer.action], ACTION_KIND[answer.action]), chip(MODES[answer.mode]),
          answer.enforced ? null : chip("recorded, not enforced", "warn"),
          answer.degraded.map((part) => chip(`without ${plain(part).toLowerCase()}`, "warn"))),
        h("p", {}, answer.reasons[0].text),
        answer.handoff && h("p", {}, `To ${plain(answer.handoff.queue).toLowerCase()}, priority ${answer.handoff.priority}: ${answer.handoff.summary.headline}`),
        answer.incident && h("p", {}, `Incident ${answer.incident.incident_id}: ${answer.incident.message}`),
        answer.next.do_not_ask.length > 0 && h("p", { class: "muted" }, `Never ask again: ${answer.next.do_not_ask.map(plain).join(", ")}`),
        answer.next.do_not_repeat.length > 0 && h("p", { class: "muted" }, `Never try again: ${answer.next.do_not_repeat.map(plain).join(", ")}`),
        h("details", {}, h("summary", {}, "Why, and what would have changed it"), explainDecision(answer, record)),
        session.scopes.has("relief/context.supervisor") && h("a", { href: `#/supervisor/${enc(state.sessionId)}` }, "See the whole conversation as a supervisor"),
        answer.handoff && session.scopes.has("relief/handoffs") && h("a", { href: `#/agent/${enc(answer.handoff.handoff_id)}` }, "See it on the agent's desk")));
  }

  function meter(name, signal) {
    const before = state.before?.signals[name].score;
    const arrow = Math.abs(signal.trend) < 0.02 ? "" : signal.trend > 0 ? " ↑" : " ↓";
    const fill = h("i", {});
    fill.style.width = `${signal.score * 100}%`;
    const mark = before === undefined ? null : h("u", {});
    if (mark) mark.style.left = `${before * 100}%`;
    return h("div", { class: "signal", "data-signal": name },
      h("span", {}, plain(name)), h("span", { class: "track", "aria-hidden": "true" }, fill, mark),
      h("span", { class: "value" }, `${signal.score.toFixed(2)}${arrow}`, h("span", { class: "visually-hidden" },
        ` ${scoreWord(signal.score)}${before === undefined ? "" : `, before ${before.toFixed(2)}`}`)));
  }

  function behave(kind) {
    const step = state.answer?.next.step ?? "this_step";
    const deed = { kind, at: new Date().toISOString() };
    if (kind !== "waited" && kind !== "typing_abandoned" && kind !== "session_abandoned") deed.target = kind === "help_opened" || kind === "returned" ? "help_article" : step;
    if (kind === "waited") deed.seconds = 90;
    state.deeds = [...state.deeds, deed];
    update();
  }

  function update() {
    show(deeds, state.deeds.length ? [state.deeds.map((one, index) => h("button", {
      type: "button", "data-key": `deed-${index}`, "aria-label": `Remove ${plain(one.kind)}`,
      on: { click: () => { state.deeds = state.deeds.filter((_, other) => other !== index); update(); } },
    }, `${plain(one.kind)} ✕`))] : h("small", {}, "Nothing yet. What is pressed here is sent with the next turn."));
    const step = state.answer?.next.step;
    show(report, step ? ["failed", "succeeded", "refused"].map((outcome) => h("button", {
      type: "button", "data-key": `out-${outcome}`, "aria-pressed": String(state.report?.outcome === outcome),
      on: { click: () => { state.report = state.report?.outcome === outcome ? null : { step, outcome }; update(); } },
    }, `${plain(step)}: ${outcome}`)) : h("small", {}, "Once Relief proposes a step, say here how it ended."));
    sessionName.textContent = state.sessionId;
    show(curl, asCurl(state.sessionId, turn()));
  }

  function restart() {
    Object.assign(state, { sessionId: fresh(), turn: 0, deeds: [], report: null, answer: null, before: null, asked: null });
    show(talk);
    show(result, hint());
    update();
    text.focus();
  }

  const copied = h("small", { role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(curl.textContent);
      copied.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(curl);
      copied.textContent = "Selected: copy it with the keyboard.";
    }
  };
  for (const control of [text, channel, journey, tier, value, locale]) control.addEventListener("input", update);

  root.append(
    h("h1", { class: "visually-hidden" }, "Playground"),
    h("section", { class: "talk", "aria-label": "Your turn" },
      h("form", { class: "block", on: { submit: (event) => { event.preventDefault(); send(); } } },
        field("The customer says", text, "Ctrl + Enter sends it."),
        h("div", { class: "deeds", role: "group", "aria-label": "Examples" }, EXAMPLES.map((one) => h("button", { type: "button", class: "quiet", on: { click: () => { text.value = one; update(); text.focus(); } } }, one))),
        h("div", { class: "row" }, h("button", { class: "primary" }, "Send turn"), h("button", { type: "button", on: { click: restart } }, "New conversation"))),
      section("The customer does", h("div", { class: "deeds", role: "group", "aria-label": "Behaviour" },
        DEEDS.map(([kind, label]) => h("button", { type: "button", "data-deed": kind, on: { click: () => behave(kind) } }, label))), deeds),
      section("The bot's step ended", report),
      h("details", { class: "block" }, h("summary", {}, "Customer, channel and journey"), h("div", { class: "fields" },
        field("Channel", channel), field("Journey", journey), field("Language", locale), field("Tier", tier), field("Account value", value)))),
    h("section", { class: "talk", "aria-label": "Conversation" },
      h("div", { class: "row spread" }, h("h2", {}, "Conversation"), sessionName), trouble, talk,
      h("details", { class: "block" }, h("summary", {}, "The next turn as curl"), curl,
        h("div", { class: "row" }, h("button", { type: "button", on: { click: copy } }, "Copy as curl"), copied))),
    result);
  show(result, hint());
  update();
  text.focus();
  return null;
}

const hint = () => notice("empty", "Send a turn", "Say something, or press a few of the behaviour buttons without a word: silence can be friction, too.");

function asCurl(sessionId, body) {
  const json = JSON.stringify(body, null, 1).replaceAll("'", String.raw`'\''`);
  return [
    'TOKEN=$(make -s token SCOPES="relief/turns")',
    `curl -s ${location.origin}/v1/sessions/${sessionId}/turns \\`,
    '  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\',
    `  -d '${json}'`,
  ].join("\n");
}
