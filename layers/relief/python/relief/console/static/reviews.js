// The review queue with its verdicts, the versions of the policy, and what a candidate would have decided.

import { enc, poll } from "./api.js";
import { barChart } from "./charts.js";
import { announce, ask, chip, facts, field, h, loading, notice, problemNotice, section, segmented, select, show } from "./dom.js";
import { ACTION_KIND, ACTIONS, moment, number, plain, plural } from "./words.js";

const SHOULD = ["answer", "clarify", "change_strategy", "escalate"];

export function mount(root, { call, session, settings }, [tab]) {
  const tabs = [session.scopes.has("relief/reviews") && ["queue", "Review queue"],
    session.scopes.has("relief/policies") && ["policy", "Policy"], session.scopes.has("relief/policies") && ["replay", "Policy replay"]].filter(Boolean);
  const chosen = tabs.some(([name]) => name === tab) ? tab : tabs[0]?.[0];
  const body = h("div", { class: "timeline" });
  root.append(h("div", { class: "row spread" }, h("h1", {}, "Reviews and policy"),
    segmented("Part", tabs, chosen, (name) => { location.hash = `#/reviews/${name}`; })), body);
  if (chosen === "queue") return reviewQueue(body, call, settings);
  if (chosen === "policy") policies(body, call);
  else replay(body, call);
  return null;
}

function reviewQueue(body, call, settings) {
  const list = h("div", { class: "timeline" }, loading("Reading the review queue…"));
  body.append(h("p", { class: "muted" }, "A share of decisions is looked at by people. The better they agree, the smaller the share."), list);
  let drawn = "";

  async function refresh() {
    try {
      const page = await call("GET", "/v1/reviews");
      const text = JSON.stringify(page.items);
      if (text === drawn || list.querySelector("form[data-touched]")) return;
      drawn = text;
      show(list, page.items.length ? page.items.map(card)
        : notice("empty", "Nothing waits for a review", "Decisions that need a second look appear here by themselves."));
    } catch (problem) {
      if (!drawn) show(list, problemNotice(problem, () => polling.now()));
      throw problem;
    }
  }

  function card(item) {
    const message = h("div", { role: "status" });
    const give = async (verdict) => {
      try {
        await call("POST", `/v1/reviews/${enc(item.decision_id)}`, verdict);
        announce("Verdict saved");
        show(box, h("p", { class: "muted" }, `Turn ${item.turn} of ${item.session_id}: your verdict is saved. Thank you.`));
        box.classList.add("done");
      } catch (problem) {
        show(message, problemNotice(problem));
      }
    };
    const disagree = async () => {
      const answer = await ask("What should it have been?", [
        field("Action", select([["", "The action was right"], ...SHOULD.filter((one) => one !== item.action).map((one) => [one, ACTIONS[one]])], "", { name: "should_have" })),
        field("Queue", select([["", "The queue was right"], ...settings.queues.map((one) => [one, plain(one)])], "", { name: "queue" })),
        field("Why (optional)", h("textarea", { name: "why", rows: 3, maxlength: 500 }), "Personal data is masked when it is saved."),
      ], { confirm: "Save verdict" });
      if (!answer) return;
      const verdict = { agree: false };
      for (const name of ["should_have", "queue", "why"]) if (answer.get(name)) verdict[name] = answer.get(name).trim();
      if (!verdict.should_have && !verdict.queue) { show(message, notice("warn", "Say what should have been different", "Choose an action, a queue, or both.")); return; }
      await give(verdict);
    };
    const scores = Object.entries(item.scores ?? {});
    const box = h("article", { class: "card", "aria-label": `Turn ${item.turn} of ${item.session_id}` },
      h("div", { class: "row spread" }, h("h2", {}, ACTIONS[item.action] ?? plain(item.action)), h("span", { class: "muted" }, moment(item.decided_at))),
      h("div", { class: "row tight" }, chip(plain(item.cause), "info"), chip(plain(item.stage)), item.journey && chip(plain(item.journey)),
        item.enforced === false && chip("recorded, not enforced", "warn"), (item.reasons ?? []).map((code) => chip(plain(code), ACTION_KIND[item.action]))),
      facts([["The bot was told to say", item.say], ["Intent", item.intent && `${plain(item.intent)}, ${Math.round((item.confidence ?? 0) * 100)} % sure`],
        ["Queue", item.queue && plain(item.queue)], ["Signs", (item.codes ?? []).map(plain).join(", ")],
        ["Scores", scores.map(([name, value]) => `${plain(name).toLowerCase()} ${number(value)}`).join(", ")],
        ["Conversation", h("a", { href: `#/supervisor/${enc(item.session_id)}` }, item.session_id)]]),
      h("div", { class: "row" }, h("button", { type: "button", class: "primary", on: { click: () => give({ agree: true }) } }, "I agree"),
        h("button", { type: "button", on: { click: disagree } }, "I would have…")), message);
    return box;
  }

  const polling = poll(refresh, { seconds: 15 });
  return () => polling.stop();
}

async function policies(body, call) {
  show(body, loading("Reading the policy's versions…"));
  try {
    draw(await call("GET", "/v1/policies"));
  } catch (problem) {
    show(body, problemNotice(problem, () => policies(body, call)));
  }

  function draw(page) {
    const message = h("div", { role: "status" });
    const change = async (title, text, request) => {
      const answer = await ask(title, [h("p", {}, text), field("Why", h("input", { name: "why", maxlength: 500 }), "For the audit trail.")], { confirm: "Put in force" });
      if (!answer) return;
      try {
        await call("PUT", "/v1/policies/active", { ...request, expected: page.active, ...(answer.get("why") ? { why: answer.get("why") } : {}) });
        await policies(body, call);
      } catch (problem) {
        show(message, problemNotice(problem));
      }
    };
    show(body, message,
      section("Versions", table(["Version", "Stored", "", ""], (page.items ?? []).map((one) => [one.version, one.stored_at ? moment(one.stored_at) : "shipped",
        one.active ? chip("in force", "ok") : "",
        one.active ? "" : h("button", { type: "button", on: { click: () => change(`Put ${one.version} in force?`, "It takes effect on the next turn.", { version: one.version }) } }, "Put in force")])),
        page.previous && h("div", {}, h("button", { type: "button", on: { click: () => change(`Go back to ${page.previous}?`, "One step back, from the next turn on.", { rollback: true }) } }, `Roll back to ${page.previous}`))),
      section("Roll-out by journey", (page.rollout ?? []).length ? table(["Journey", "Stage", "Agreed", "At least", "Reviewed now"], page.rollout.map((one) =>
        [plain(one.journey), plain(one.stage), `${one.agreed} of ${one.verdicts}`, percent(one.lower_bound), percent(one.share)])) : h("p", { class: "muted" }, "No journey is being rolled out."),
        h("small", {}, "“At least” is the lower end of the interval of agreement; the reviewed share follows it.")),
      section("Audit trail", (page.audit ?? []).length ? table(["When", "What", "From", "To", "Why"], page.audit.map((one) =>
        [moment(one.at), plain(one.kind), one.previous, one.version, one.why])) : h("p", { class: "muted" }, "No switch yet.")));
  }
}

function replay(body, call) {
  const text = h("textarea", { name: "policy", rows: 12, spellcheck: "false", placeholder: "version: \"candidate-1\"\nthresholds:\n  clarify_below: 0.5\n…" });
  const result = h("div", { class: "timeline", role: "status" });
  const load = async () => {
    try {
      const page = await call("GET", "/v1/policies");
      const one = await call("GET", `/v1/policies?version=${enc(page.active)}`);
      const document = one.items?.find((item) => item.version === page.active)?.document;
      if (document) text.value = JSON.stringify(document, null, 2);
      else show(result, notice("info", "The policy in force cannot be shown here", "Paste the candidate you have in mind."));
    } catch (problem) {
      show(result, problemNotice(problem));
    }
  };
  body.append(h("form", { class: "card", on: { submit: async (event) => {
    event.preventDefault();
    show(result, loading("Deciding again what was decided…"));
    try {
      show(result, outcome(await call("POST", "/v1/policies/replay", { policy: text.value })));
    } catch (problem) {
      show(result, problemNotice(problem));
    }
  } } }, h("p", { class: "muted" }, "Paste a candidate policy. Recent decisions are decided again under it, and nothing is changed by that."),
  field("Candidate policy, YAML or JSON", text), h("div", { class: "row" }, h("button", { class: "primary" }, "Replay"),
    h("button", { type: "button", on: { click: load } }, "Start from the policy in force"))), result);
}

/** Draw what a replay came to: its counts as bars, and each changed decision as a row. */
function outcome(answer) {
  const changes = answer.changes ?? answer.items ?? answer.changed_decisions ?? [];
  const counts = Object.entries(answer).filter(([, value]) => typeof value === "number").map(([name, value]) => ({ name: plain(name), value }));
  return [
    counts.length > 0 && section("What would have changed", barChart({ title: "Decisions", bars: counts, format: (value) => value.toLocaleString() })),
    section(plural(changes.length, "changed decision"), changes.length ? table(["Conversation", "Turn", "Was", "Would be", "Because"], changes.map((one) => [
      h("a", { href: `#/supervisor/${enc(one.session_id)}` }, one.session_id), one.turn ?? "", words(one.was ?? one.before ?? one.from),
      words(one.would_be ?? one.becomes ?? one.after ?? one.to), plain(one.reason ?? one.because ?? "")]))
      : notice("empty", "Nothing would have changed", "Under the candidate every recent decision stays the same.")),
  ];
}

const words = (value) => (typeof value === "object" && value !== null ? `${ACTIONS[value.action] ?? plain(value.action)}${value.queue ? ` (${value.queue})` : ""}` : ACTIONS[value] ?? plain(value));
const percent = (value) => `${Math.round((value ?? 0) * 100)} %`;

function table(heads, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": heads.filter(Boolean).join(", ") }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((name) => (name ? h("th", { scope: "col" }, name) : h("td", {}))))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, index) => h(index ? "td" : "th", { scope: index ? null : "row" }, cell)))))));
}

