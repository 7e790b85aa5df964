// Incident mode: which incidents are active and for how long, whom something was promised; change and end them.

import { enc, poll } from "./api.js";
import { announce, ask, chip, facts, h, loading, notice, problemNotice, section, show } from "./dom.js";
import { incidentForm } from "./incident.js";
import { CHANNELS, moment, plain, plural, scopeWords, until } from "./words.js";

const PROMISES = { told: "Word when it is over", queued: "A person of the incident's team", rerouted: "Moved to the incident's team", returned: "Back with the usual team" };
const LIVE_STATES = new Set(["active", "proposed", undefined]);

export function mount(root, { call, settings }) {
  const active = h("div", { class: "timeline" }, loading("Reading incidents…"));
  const form = incidentForm({ call, settings, done: async (said) => {
    announce(said);
    drawn = "";
    await polling.now();
    active.scrollIntoView({ block: "nearest" });
  } });
  const tools = form.element;
  root.append(h("h1", {}, "Incidents"), section("Now", active), tools);
  const opened = new Set(); // whose follow-ups are shown: drawing anew must not close them
  let drawn = "";

  async function refresh() {
    try {
      const page = await call("GET", "/v1/incidents");
      const items = page.items ?? [];
      const text = JSON.stringify([items, Math.floor(Date.now() / 30000)]);
      if (text === drawn) return;
      drawn = text;
      form.know(items);
      const open = items.filter((one) => LIVE_STATES.has(one.state));
      const past = items.filter((one) => !LIVE_STATES.has(one.state));
      show(active, open.length ? open.map(card) : notice("empty", "No incident is active", "Turns take the everyday lane."),
        past.length > 0 && h("details", {}, h("summary", {}, `${plural(past.length, "incident")} of the last weeks`), past.map(card)));
    } catch (problem) {
      tools.hidden = problem.kind === "missing" || problem.kind === "forbidden";
      if (!drawn) show(active, problemNotice(problem, () => polling.now()));
      throw problem;
    }
  }

  function card(one) {
    const message = h("div", { role: "status" });
    const path = `/v1/incidents/${enc(one.incident_id)}`;
    const act = async (method, body, said) => {
      try {
        await call(method, path, body);
        announce(said);
        drawn = "";
        await polling.now();
      } catch (problem) {
        show(message, problemNotice(problem));
      }
    };
    const end = async () => {
      if (await ask(`End ${one.incident_id}?`, h("p", {}, "From the next turn on everything takes its usual way again. Who was promised something stays on the follow-up list."), { confirm: "End incident", kind: "danger" })) {
        await act("DELETE", undefined, "The incident has ended");
      }
    };
    const extend = () => act("PUT", { version: one.version, expires_at: new Date(Math.max(Date.now(), Date.parse(one.expires_at)) + 3600e3).toISOString() }, "It ends an hour later");
    const state = one.state ?? "active";
    const followups = h("div", {});
    if (opened.has(path)) listFollowups(path, followups);
    return h("article", { class: "card", "aria-label": one.incident_id },
      h("div", { class: "row spread" }, h("h2", {}, one.incident_id), h("span", { class: "row tight" },
        chip(one.severity, one.severity === "critical" ? "danger" : "warn"), chip(plain(state), state === "active" ? "danger" : state === "proposed" ? "info" : ""))),
      h("p", {}, h("strong", {}, state === "active" || state === "proposed" ? `${until(one.expires_at)} left` : `Ended ${moment(one.ended_at ?? one.expires_at)}`),
        ` · declared ${moment(one.declared_at)} · to ${plain(one.queue).toLowerCase()}${one.staffing ? `, ${plural(one.staffing, "person", "people")} there` : ""}`),
      facts([["Touches", scopeWords(one.scope)], ["Customers read", Object.values(one.messages ?? {})[0]],
        ["Moved", one.sweep?.rerouted ? plural(one.sweep.rerouted, "open hand-over") : null], ["Origin", one.origin],
        ["Last change", one.audit?.length ? `${plain(one.audit.at(-1).change)} ${moment(one.audit.at(-1).at)} ${one.audit.at(-1).why}` : null]]),
      h("div", { class: "row" },
        state === "proposed" && h("button", { type: "button", class: "primary", on: { click: () => act("PUT", { version: one.version, confirm: true }, "Confirmed") } }, "Confirm"),
        LIVE_STATES.has(one.state) && h("button", { type: "button", on: { click: extend } }, "One hour longer"),
        LIVE_STATES.has(one.state) && h("button", { type: "button", on: { click: () => form.change(one) } }, "Change…"),
        LIVE_STATES.has(one.state) && h("button", { type: "button", class: "danger", on: { click: end } }, "End…"),
        h("button", { type: "button", class: "quiet", on: { click: () => { opened.add(path); listFollowups(path, followups); } } }, "Follow-ups")), message, followups);
  }

  async function listFollowups(path, box, next, rows = []) {
    if (!next) show(box, loading());
    try {
      const page = await call("GET", `${path}/followups${next ? `?next=${enc(next)}` : ""}`);
      // Who was promised more while the list was paged comes again: the newer promise stands.
      const all = [...new Map([...rows, ...page.items].map((one) => [one.session_id, one])).values()];
      show(box, all.length === 0 ? h("p", { class: "muted" }, "Nobody was promised anything.") : h("table", {},
        h("thead", {}, h("tr", {}, ["Conversation", "Promise", "Channel", "When"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, all.map((one) => h("tr", {}, h("th", { scope: "row" }, one.session_id), h("td", {}, PROMISES[one.kind] ?? plain(one.kind)),
          h("td", {}, CHANNELS[one.channel] ?? ""), h("td", {}, moment(one.promised_at)))))),
        page.next && h("button", { type: "button", on: { click: () => listFollowups(path, box, page.next, all) } }, `Show more than ${all.length}`));
    } catch (problem) {
      show(box, problemNotice(problem));
    }
  }

  const polling = poll(refresh, { seconds: 8 });
  return () => polling.stop();
}
