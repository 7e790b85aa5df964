// The review queue with its verdicts, the versions of the policy, and what a candidate would have decided.

import { enc, inParallel, poll } from "./api.js";
import { barChart } from "./charts.js";
import { announce, ask, chip, facts, field, h, loading, notice, problemNotice, section, segmented, select, show } from "./dom.js";
import { ACTION_KIND, ACTIONS, moment, number, plain } from "./words.js";

const MAX_REPLAYED_SESSIONS = 25;
const MAX_REPLAYED_DECISIONS = 500;
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
  else replay(body, call, session, settings);
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
        show(message, problemNotice(problem, () => give(verdict)));
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

function replay(body, call, session, settings) {
  const text = h("textarea", { name: "policy", rows: 12, required: true, spellcheck: "false", placeholder: "version: \"candidate-1\"\nthresholds:\n  clarify_below: 0.5\n…" });
  const one = h("input", { name: "session", autocomplete: "off", placeholder: "Empty: the latest hand-overs" });
  const result = h("div", { class: "timeline", role: "status" });

  const load = async () => {
    show(result, loading("Reading the policy in force…"));
    try {
      const page = await call("GET", "/v1/policies");
      const found = (await call("GET", `/v1/policies?version=${enc(page.active)}`)).items?.find((item) => item.version === page.active)?.document;
      if (found) text.value = JSON.stringify(found, null, 2);
      show(result, found ? null : notice("info", "The policy in force cannot be shown here", "Paste the candidate that you have in mind."));
    } catch (problem) {
      show(result, problemNotice(problem));
    }
  };

  /** Return the identifiers of the decisions to try the candidate on, the latest conversations first. */
  async function decisions() {
    let ids = [one.value.trim()].filter(Boolean);
    if (ids.length === 0) {
      const states = ["queued", "accepted", "resolved", "returned"];
      const pages = await Promise.all(settings.queues.flatMap((queue) => states.map((state) =>
        call("GET", `/v1/handoffs?queue=${enc(queue)}&state=${state}&limit=20`))));
      const items = pages.flatMap((page) => page.items).sort((a, b) => Date.parse(b.requested_at) - Date.parse(a.requested_at));
      ids = [...new Set(items.map((item) => item.session_id))].slice(0, MAX_REPLAYED_SESSIONS);
    }
    const views = await inParallel(ids, 5, (id) => call("GET", `/v1/sessions/${enc(id)}/context?view=supervisor`));
    return views.flatMap((view) => view.decisions.map((decision) => decision.decision_id)).slice(0, MAX_REPLAYED_DECISIONS);
  }

  body.append(h("form", { class: "card", on: { submit: async (event) => {
    event.preventDefault();
    show(result, loading("Deciding again what was decided…"));
    try {
      const ids = await decisions();
      show(result, ids.length === 0 ? notice("empty", "There is nothing to replay", "No recent conversation was handed over. Name one above.")
        : outcome(await call("POST", "/v1/policies/replay", { policy: text.value, decision_ids: ids })));
    } catch (problem) {
      show(result, problemNotice(problem));
    }
  } } }, h("p", { class: "muted" }, "Paste a candidate policy. Recorded decisions are decided again under it, and nothing is changed by that."),
  field("Candidate policy, YAML or JSON", text), field("Conversation", one, "Its session id, to try the candidate on that one alone."),
  h("div", { class: "row" }, h("button", { class: "primary" }, "Replay"),
    h("button", { type: "button", on: { click: load } }, "Start from the policy in force"))), result);
}

/** Draw what a replay came to: its counts, the kinds of change as bars, and the most telling decisions as rows. */
function outcome(answer) {
  const bars = (counts) => Object.entries(counts ?? {}).map(([name, value]) => ({ name: plain(name), value }));
  const kinds = bars(answer.kinds);
  const tile = (value, name) => h("div", { class: "figure" }, h("b", {}, value), h("span", {}, name));
  const skipped = Object.entries(answer.skipped ?? {});
  return [
    h("section", { class: "block" }, h("h2", {}, `Under ${answer.policy}`),
      h("div", { class: "figures" }, tile(answer.replayed, "decisions tried"), tile(answer.unchanged, "stay the same"), tile(answer.changed, "with another action")),
      skipped.length > 0 && h("p", { class: "muted" }, `Left out: ${skipped.map(([why, count]) => `${plain(why).toLowerCase()} (${count})`).join(", ")}.`),
      kinds.length > 0 && section("What would have changed", barChart({ title: "Changes by kind", bars: kinds, format: String }))),
    answer.telling?.length ? section("The most telling", table(["Conversation", "Turn", "Was", "Would be", "In words"], answer.telling.map((change) => [
      h("a", { href: `#/supervisor/${enc(change.session_id)}` }, change.session_id), change.turn, verdict(change.was), verdict(change.becomes), change.text])))
      : notice("empty", "Nothing would have changed", "Under the candidate each of these decisions stays as it is."),
  ];
}

const verdict = (one) => `${ACTIONS[one.action] ?? plain(one.action)}${one.queue ? ` (${plain(one.queue).toLowerCase()})` : ""}`;
const percent = (value) => `${Math.round((value ?? 0) * 100)} %`;

/** Return a table that a phone shows as a few lines for each row, every value after the name of its column. */
function table(heads, rows) {
  const line = (row) => h("tr", { role: "row" }, row.map((cell, index) => (index
    ? h("td", { role: "cell", "data-label": heads[index] ? `${heads[index]}:` : null }, cell)
    : h("th", { role: "rowheader", scope: "row" }, cell))));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": heads.filter(Boolean).join(", ") }, h("table", { role: "table", class: "stacked" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads.map((name) => (name ? h("th", { role: "columnheader", scope: "col" }, name) : h("td", { role: "cell" }))))),
    h("tbody", { role: "rowgroup" }, rows.map(line))));
}
