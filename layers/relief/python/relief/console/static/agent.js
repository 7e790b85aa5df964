// The agent's desk: the work list by priority, and everything about one hand-over beside it.

import { enc, poll } from "./api.js";
import { announce, ask, chip, h, loading, notice, problemNotice, segmented, select, show, unbroken } from "./dom.js";
import { handoffPanel } from "./handoff.js";
import { plain, plural, priorityWord, since, STATES } from "./words.js";

const GROUPS = {
  waiting: { label: "Waiting", states: ["queued", "offered"] },
  taken: { label: "With people", states: ["accepted"] },
  done: { label: "Done", states: ["resolved", "returned", "abandoned"] },
};
const QUEUE_KEY = "relief.queue";

export function mount(root, { call, settings, session }, [handoffId]) {
  let group = sessionStorage.getItem("relief.group") ?? "waiting";
  let queue = localStorage.getItem(QUEUE_KEY) ?? "";
  let seen = "";
  if (!settings.queues.includes(queue)) queue = "";

  const list = h("div", { class: "list-body" }, loading("Reading the work list…"));
  const live = h("span", { class: "live", role: "status" });
  const detail = h("section", { class: "detail", "aria-label": "Hand-over" });
  const count = h("span", { class: "count" });
  const chosen = () => (queue ? [queue] : settings.queues);

  async function refresh() {
    let lists;
    try {
      lists = await Promise.all(chosen().flatMap((one) => GROUPS[group].states.map((state) =>
        call("GET", `/v1/handoffs?queue=${enc(one)}&state=${state}&limit=50`))));
    } catch (problem) {
      if (!seen || problem.kind === "forbidden") show(list, problemNotice(problem, () => polling.now()));
      throw problem;
    }
    const items = lists.flatMap((page) => page.items)
      .sort((a, b) => b.priority - a.priority || Date.parse(a.requested_at) - Date.parse(b.requested_at));
    show(count, plural(items.length, "conversation"));
    const text = JSON.stringify([items, Math.floor(Date.now() / 60000)]);
    if (text === seen) return;
    if (seen && group === "waiting") announceNews(items);
    seen = text;
    show(list, items.length ? rows(items, handoffId, group) : empty(group));
  }

  let known = new Set();
  function announceNews(items) {
    const ids = new Set(items.map((item) => item.handoff_id));
    const fresh = items.filter((item) => !known.has(item.handoff_id));
    if (known.size && fresh.length) announce(`${plural(fresh.length, "new conversation")} waiting`);
    known = ids;
  }

  const polling = poll(refresh, { seconds: 6, state: (state) => { live.dataset.state = state; show(live, LIVE[state]); } });
  const again = () => { seen = ""; show(list, loading("Reading the work list…")); polling.now(); };

  root.append(
    h("h1", { class: "visually-hidden" }, "Work list"),
    h("section", { class: "list", "aria-label": "Conversations" },
      h("div", { class: "list-head" },
        h("div", { class: "row spread" },
          h("label", { class: "inline" }, h("span", { class: "visually-hidden" }, "Queue"),
            select([["", "All queues"], ...settings.queues.map((one) => [one, plain(one)])], queue, {
              on: { change: (event) => { queue = event.target.value; localStorage.setItem(QUEUE_KEY, queue); again(); } },
            })), live),
        h("div", { class: "row spread" },
          segmented("Which conversations", Object.entries(GROUPS).map(([key, one]) => [key, one.label]), group,
            (value) => { group = value; sessionStorage.setItem("relief.group", value); again(); }), count)),
      list),
    detail);
  root.classList.toggle("open", Boolean(handoffId));

  let panel = null;
  if (handoffId) {
    panel = handoffPanel(detail, { call, settings, session, handoffId, changed: () => { seen = ""; polling.now(); }, ask });
  } else {
    show(detail, notice("empty", "Choose a conversation",
      "The first one in the list needs a person most. Its summary opens here."));
  }
  return () => { polling.stop(); panel?.stop(); };
}

const LIVE = { live: "Live", waiting: "Reconnecting…", paused: "Paused" };

function empty(group) {
  if (group === "waiting") return notice("empty", "Nobody is waiting", "New conversations appear here by themselves.");
  if (group === "taken") return notice("empty", "Nobody has a conversation now", "What people accept is listed here.");
  return notice("empty", "Nothing has ended yet", "Resolved and returned conversations are listed here.");
}

function rows(items, current, group) {
  return h("ul", { class: "worklist" }, items.map((item) => h("li", {},
    h("a", {
      href: `#/agent/${enc(item.handoff_id)}`, "data-key": item.handoff_id,
      "aria-current": item.handoff_id === current ? "true" : null,
    },
      h("span", { class: `priority p-${priorityWord(item.priority)}` },
        h("b", {}, item.priority), h("span", {}, priorityWord(item.priority))),
      h("span", { class: "gist" },
        h("span", { class: "row tight" }, chip(plain(item.queue)),
          item.lane === "crisis" && chip("Incident", "danger"),
          group !== "waiting" || item.state !== "queued" ? chip(STATES[item.state]) : null,
          h("span", { class: "muted end" }, h("span", { class: "visually-hidden" }, "asked "), since(item.requested_at),
            h("span", { class: "visually-hidden" }, " ago"))),
        h("span", { class: "headline" }, unbroken(`Wants ${item.summary.goal}`)),
        h("span", { class: "why" }, item.summary.reason.text),
        h("span", { class: "muted" }, `Customer: ${item.summary.emotion.words} · ${item.summary.urgency}`))))));
}

