// The supervisor's first view: conversations of late, handed over or kept by the bot, and those that ended badly.

import { enc, inParallel } from "./api.js";
import { chip, h, loading, notice, problemNotice, section, segmented, show } from "./dom.js";
import { ACTIONS, moment, plain, STATES } from "./words.js";

const MOST = 60;
const WIDTH = 8;
const HANDOFF_STATES = ["queued", "offered", "accepted", "resolved", "returned", "abandoned", "undeliverable"];
const BAD_STATES = new Set(["abandoned", "undeliverable"]);
const CAUSES = { sensitive: "sensitive, always reviewed", sampled: "drawn for review", ended_badly: "ended badly", ended_well: "ended well", volunteered: "suggested for review" };
const KINDS = [["all", "All"], ["handed", "Handed over"], ["kept", "Kept by the bot"], ["bad", "Ended badly"]];
const NONE = {
  all: "No conversation was handed over or chosen for review yet.",
  handed: "No conversation was handed over yet.",
  kept: "None of those that the bot kept was chosen for review yet.",
  bad: "None that ended badly is known: nobody left while waiting, and no reported ending was drawn for review.",
};

/** Draw the list into a container: what the token's scopes let it know, the latest first. */
export async function listConversations(root, { call, session, settings }) {
  const mayList = session.scopes.has("relief/handoffs");
  const mayReview = session.scopes.has("relief/reviews");
  if (!mayList && !mayReview) return;
  const box = h("div", { class: "timeline" }, loading("Reading the latest conversations…"));
  root.append(section("Latest conversations", box));
  try {
    const [handoffs, reviews] = await Promise.all([mayList ? readHandoffs(call, settings) : [], mayReview ? readReviews(call) : []]);
    draw(box, merge(handoffs, reviews), "all");
  } catch (problem) {
    show(box, problemNotice(problem, () => { box.closest("section").remove(); listConversations(root, { call, session, settings }); }));
  }
}

async function readHandoffs(call, settings) {
  const asked = settings.queues.flatMap((queue) => HANDOFF_STATES.map((state) => `/v1/handoffs?queue=${enc(queue)}&state=${state}&limit=20`));
  return (await inParallel(asked, WIDTH, (path) => call("GET", path))).flatMap((page) => page.items);
}

/** Reviews may be not installed, or closed to this role: the hand-overs are shown all the same. */
async function readReviews(call) {
  const pages = await inParallel(["open", "judged"], 2, (state) => call("GET", `/v1/reviews?state=${state}&limit=50`).catch((problem) => {
    if (problem.kind === "missing" || problem.kind === "forbidden") return { items: [] };
    throw problem;
  }));
  return pages.flatMap((page) => page.items);
}

/** Return one row for each session, the latest first. */
function merge(handoffs, reviews) {
  const rows = new Map();
  for (const one of handoffs.toSorted((a, b) => Date.parse(a.requested_at) - Date.parse(b.requested_at))) {
    rows.set(one.session_id, { sessionId: one.session_id, at: one.requested_at, what: `To ${plain(one.queue).toLowerCase()}, ${STATES[one.state]}`,
      why: plain(one.reason), handed: true, bad: BAD_STATES.has(one.state) });
  }
  for (const one of reviews.toSorted((a, b) => Date.parse(a.decided_at) - Date.parse(b.decided_at))) {
    const bad = one.cause === "ended_badly";
    const known = rows.get(one.session_id);
    // A review tells of one turn; what it names of a hand-over may be older than the lists above reach.
    const handed = Boolean(known?.handed || one.queue || one.reasons.includes("HANDOFF_PENDING"));
    if (known?.handed) known.bad ||= bad;
    else rows.set(one.session_id, { sessionId: one.session_id, at: one.decided_at, what: handed ? "Handed over" : `Bot: ${(ACTIONS[one.action] ?? plain(one.action)).toLowerCase()}`,
      why: plain(CAUSES[one.cause] ?? one.cause), handed, bad: bad || Boolean(known?.bad) });
  }
  return [...rows.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

function draw(box, rows, kind) {
  const wanted = rows.filter((one) => kind === "all" || (kind === "bad" ? one.bad : one.handed === (kind === "handed"))).slice(0, MOST);
  const list = h("div", {}, wanted.length ? table(wanted) : notice("empty", "Nothing here", NONE[kind]));
  show(box, segmented("Which conversations", KINDS, kind, (next) => { draw(box, rows, next); box.querySelector("input:checked").focus(); }), list,
    h("small", {}, "Every hand-over of late is listed. Of the others, those chosen for review are; any conversation opens by its session id above."));
}

function table(rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Latest conversations" }, h("table", { role: "table", class: "stacked" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ["Conversation", "What happened", "Why", "When"].map((name) => h("th", { role: "columnheader", scope: "col" }, name)))),
    h("tbody", { role: "rowgroup" }, rows.map((one) => h("tr", { role: "row" },
      h("th", { role: "rowheader", scope: "row" }, h("a", { href: `#/supervisor/${enc(one.sessionId)}` }, one.sessionId), one.bad && [" ", chip("ended badly", "danger")]),
      h("td", { role: "cell" }, one.what), h("td", { role: "cell" }, one.why), h("td", { role: "cell" }, moment(one.at)))))));
}
