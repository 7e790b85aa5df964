// One hand-over: what a person needs to go on without asking again, what they can do with it, and their verdict.

import { enc, poll } from "./api.js";
import { announce, chip, facts, field, h, loading, problemNotice, section, show, unbroken } from "./dom.js";
import {
  AUTHENTICATION, CHANNELS, duration, moment, OUTCOMES, plain, plural, priorityWord, scoreWord, since, STATES, yesNo,
} from "./words.js";

const OPEN = new Set(["queued", "offered", "requested", "undeliverable"]);
const ENDED = new Set(["resolved", "returned", "abandoned"]);

/** Draw a hand-over into a container and keep it up to date; returns how to stop that. */
export function handoffPanel(container, { call, settings, session, handoffId, changed, ask }) {
  const path = `/v1/handoffs/${enc(handoffId)}`;
  let drawn = "";
  const message = h("div", { class: "message", role: "status" });
  show(container, loading("Opening the conversation…"));

  async function refresh() {
    let handoff;
    let view = null;
    try {
      handoff = await call("GET", path);
      view = await context(handoff);
    } catch (problem) {
      if (!drawn) show(container, back(), problemNotice(problem, () => polling.now()));
      throw problem;
    }
    const text = JSON.stringify([handoff, view]);
    if (text === drawn) return;
    drawn = text;
    show(container, draw(handoff, view));
  }

  /** The session's own view: it moves on while the person works. It may have expired; the summary stays. */
  async function context(handoff) {
    if (!session.scopes.has("relief/context.agent")) return null;
    try {
      return await call("GET", `/v1/sessions/${enc(handoff.session_id)}/context?view=agent`);
    } catch (problem) {
      if (problem.kind === "unknown" || problem.kind === "forbidden") return null;
      throw problem;
    }
  }

  async function send(kind, extra = {}, said = "", done = () => {}) {
    await post({ event_id: crypto.randomUUID(), kind, agent_ref: session.name, ...extra }, said, done);
  }

  /** Send an event; what could not be sent is sent again as it is, so that no note is lost and none counts twice. */
  async function post(event, said, done) {
    show(message, "Saving…");
    try {
      const answer = await call("POST", `${path}/events`, event);
      const text = answer.applied ? said : ignored(answer);
      show(message, text);
      announce(text);
      done();
      changed();
      await polling.now();
    } catch (problem) {
      show(message, problemNotice(problem, () => post(event, said, done)));
    }
  }

  function actions(handoff, view) {
    const buttons = [];
    const add = (label, run, kind = "") => buttons.push(
      h("button", { type: "button", class: kind, "data-key": `act-${label}`, on: { click: run } }, label));
    if (OPEN.has(handoff.state)) {
      add("Accept", () => send("accepted", {}, "It is yours. The bot is silent now."), "primary");
    }
    if (handoff.state === "accepted") {
      add("Ask the customer…", () => askSlot(handoff, view), "primary");
    }
    if (!ENDED.has(handoff.state)) {
      add("Resolve…", () => note("Resolve this conversation", "What did you do? The bot tells the customer's next visit.",
        "resolved", "Resolved. One more thing: your verdict below."));
      add("Return to bot…", () => note("Return to the bot", "What should the bot know to go on?", "returned",
        "Returned. The bot goes on, and knows what you did."));
    }
    if (handoff.state === "accepted") add("Put back", () => send("requeued", {}, "It waits in its old place again."), "quiet");
    return h("div", { class: "row actions" }, buttons);
  }

  async function note(title, hint, kind, said) {
    // Kept in this tab until it is recorded or given up: a sign-in may end between the first word and the last click.
    const draft = `relief.note.${session.name}.${handoffId}`;
    const text = h("textarea", { name: "note", rows: 4, maxlength: 500, value: sessionStorage.getItem(draft) ?? "",
      on: { input: () => sessionStorage.setItem(draft, text.value) } });
    const answer = await ask(title, field("Note (optional)", text, `${hint} Personal data is masked when it is saved.`), {
      confirm: kind === "resolved" ? "Resolve" : "Return to bot",
    });
    if (!answer) { sessionStorage.removeItem(draft); return; }
    const written = answer.get("note").trim();
    await send(kind, written ? { note: written } : {}, said, () => sessionStorage.removeItem(draft));
  }

  async function askSlot(handoff, view) {
    const known = new Set(view?.do_not_ask ?? handoff.summary.do_not_ask);
    const journey = settings.journeys.find((one) => one.name === view?.journey);
    const open = view?.open_questions ?? handoff.summary.open_questions;
    const labels = Object.assign({}, ...settings.journeys.map((one) => one.slots));
    const names = [...new Set([...open, ...Object.keys(journey?.slots ?? {}), ...known])];
    const values = { ...handoff.summary.facts, ...view?.facts };
    const body = h("fieldset", { class: "options" }, h("legend", {}, "What do you need from the customer?"),
      names.map((name) => h("label", { class: known.has(name) ? "known" : "" },
        h("input", { type: "radio", name: "slot", value: name, required: true, disabled: known.has(name) }),
        h("span", {}, plain(labels[name] ?? name)),
        known.has(name) && h("small", {}, `already known${name in values ? `: ${yesNo(values[name])}` : ""}`))),
      names.length === 0 && h("p", {}, "Nothing is open. Ask in your own words in the conversation."));
    const answer = await ask("Ask the customer", body, { confirm: "Record the question" });
    const slot = answer?.get("slot");
    if (slot) await send("asked", { slot }, `Recorded: you asked for ${plain(labels[slot] ?? slot).toLowerCase()}. Nobody asks it again.`);
  }

  function draw(handoff, view) {
    const summary = handoff.summary;
    const now = view ?? summary;
    const called = (name) => plain(summary.labels?.[name] ?? name);
    return [
      back(),
      h("header", { class: "case" },
        h("div", { class: "row tight" },
          chip(plain(handoff.queue)), chip(`Priority ${handoff.priority}, ${priorityWord(handoff.priority)}`),
          chip(plain(STATES[handoff.state]), ENDED.has(handoff.state) ? "ok" : handoff.state === "accepted" ? "info" : "warn"),
          handoff.incident_id && chip(`Incident ${handoff.incident_id}`, "danger"),
          h("span", { class: "muted" }, `${CHANNELS[summary.channel] ?? ""} · ${summary.locale} · ${waiting(handoff)}`)),
        h("h2", {}, unbroken(summary.headline)),
        actions(handoff, view), message),
      ENDED.has(handoff.state) && verdict(handoff, view),
      first(summary),
      h("div", { class: "columns" },
        h("div", {},
          section("How the customer is", facts([
            ["Emotion", `${plain(now.emotion.words)}, ${now.emotion.trend}`],
            ["Urgency in their words", plain(now.urgency)],
            ["Why it came to you", summary.reason.text],
          ])),
          section("What was tried", tried(now.tried, called)),
          section("Still open", names(now.open_questions.map(called), "Nothing is open."))),
        h("div", {},
          section("What is known", facts(Object.entries(now.facts).map(([name, value]) => [called(name), yesNo(value)]))),
          section("Do not ask for", now.do_not_ask.length
            ? h("ul", { class: "chips" }, now.do_not_ask.map((name) => h("li", {}, chip(called(name), "warn"))))
            : h("p", { class: "muted" }, "Nothing has been answered yet.")),
          section("Customer", facts([
            ["Identity", AUTHENTICATION[now.identity.authenticated]],
            ["Tier", now.account.tier], ["Value", now.account.value],
            ["Customer for", now.account.tenure_months === null || now.account.tenure_months === undefined
              ? null : tenure(now.account.tenure_months)],
            ["Region", now.account.region], ["Products", now.account.products.join(", ")],
            ...Object.entries(now.preferences).map(([name, value]) => [`Prefers (${plain(name).toLowerCase()})`, yesNo(value)]),
          ])),
          section("Evidence", names(now.evidence, "No files or records were supplied.", "code")))),
      h("details", { class: "more" }, h("summary", {}, "About this summary"), facts([
        ["Suspected intent", `${plain(summary.intent)}, confidence ${scoreWord(summary.confidence)} (${Math.round(summary.confidence * 100)} %)`],
        ["Frustration", `${now.emotion.frustration.toFixed(2)} of 1`],
        ["Left out", summary.dropped.map(plain).join(", ")],
        ["Decided without", (handoff.degraded ?? []).map(plain).join(", ")],
        ["Session", h("code", {}, handoff.session_id)],
        ["Asked for", moment(handoff.requested_at)],
        ["View kept until", view && moment(view.kept_until)],
      ]), view === null && h("p", { class: "muted" }, "The session's own memory has ended or is not open to you; this is the summary as it was handed over.")),
    ];
  }

  function verdict(handoff, view) {
    const given = {};
    const state = h("p", { class: "muted", role: "status" }, "Two clicks, and the next hand-over gets better.");
    async function give(name, value, button) {
      given[name] = value;
      for (const one of button?.parentElement.children ?? []) one.setAttribute("aria-pressed", String(one === button));
      try {
        await call("POST", `${path}/feedback`, given);
        state.textContent = given.timing && given.summary_correct !== undefined ? "Thank you. Your verdict is saved." : "Saved. One more click?";
      } catch (problem) {
        show(state, problemNotice(problem, () => give(name, value, button)));
      }
    }
    const choice = (name, label, options) => h("div", { class: "verdict" }, h("span", { id: `v-${name}` }, label),
      h("div", { class: "row tight", role: "group", "aria-labelledby": `v-${name}` }, options.map(([value, text]) =>
        h("button", { type: "button", "aria-pressed": "false", on: { click: (event) => give(name, value, event.currentTarget) } }, text))));
    const slots = [...new Set([...Object.keys(handoff.summary.facts), ...(view?.do_not_ask ?? handoff.summary.do_not_ask)])];
    return h("section", { class: "block verdicts" }, h("h3", {}, "Your verdict"),
      choice("summary_correct", "Was the summary right?", [[true, "Yes"], [false, "No"]]),
      choice("timing", "When did it reach you?", [["early", "Too early"], ["right", "In time"], ["late", "Too late"]]),
      slots.length > 0 && h("details", {}, h("summary", {}, "Did the customer have to repeat something?"),
        h("div", { class: "row tight", role: "group", "aria-label": "What had to be repeated" }, slots.map((slot) =>
          h("label", { class: "check" }, h("input", { type: "checkbox", value: slot, on: { change: (event) => {
            const again = new Set(given.asked_again ?? []);
            if (event.target.checked) again.add(slot); else again.delete(slot);
            give("asked_again", [...again]);
          } } }), plain(slot))))),
      state);
  }

  const polling = poll(refresh, { seconds: 8 });
  return { stop: polling.stop };
}

function ignored(answer) {
  return answer.ignored === "duplicate" ? "That was recorded already."
    : `Somebody was faster: this conversation is ${STATES[answer.state]} now.`;
}

const back = () => h("a", { class: "back", href: "#/agent" }, "‹ All conversations");

function waiting(handoff) {
  if (ENDED.has(handoff.state)) return `ended ${moment(handoff.report?.at ?? handoff.changed_at)}`;
  const late = OPEN.has(handoff.state) && Date.now() - Date.parse(handoff.requested_at) > handoff.eta_seconds * 1000;
  const promised = handoff.eta_seconds ? `, promised within ${duration(handoff.eta_seconds)}${late ? ": overdue" : ""}` : "";
  return `asked ${since(handoff.requested_at)} ago${promised}`;
}

function first(summary) {
  const [start, ...then] = summary.recommended_next;
  if (!start) return null;
  return h("section", { class: "first" }, h("h3", {}, "Do this first"), h("p", {}, start),
    then.length > 0 && h("ul", {}, then.map((one) => h("li", {}, one))));
}

function tried(steps, called) {
  if (steps.length === 0) return h("p", { class: "muted" }, "The bot has not tried a step.");
  return h("table", {}, h("thead", {}, h("tr", {}, ["Step", "Outcome", "Times"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, steps.map((one) => h("tr", {}, h("th", { scope: "row" }, called(one.step)),
      h("td", {}, chip(OUTCOMES[one.outcome], one.outcome === "succeeded" ? "ok" : one.outcome === "failed" ? "danger" : "")),
      h("td", {}, one.times)))));
}

function names(list, none, kind = "span") {
  if (list.length === 0) return h("p", { class: "muted" }, none);
  return h("ul", { class: "plain" }, list.map((one) => h("li", {}, kind === "code" ? h("code", {}, one) : one)));
}

const tenure = (months) => (months < 24 ? plural(months, "month") : plural(Math.floor(months / 12), "year"));
