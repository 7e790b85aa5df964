// Incident mode: declare one with a look at what it touches, see which are active and for how long, end them.

import { enc, poll } from "./api.js";
import { barChart } from "./charts.js";
import { announce, ask, chip, facts, field, h, loading, notice, problemNotice, section, select, show } from "./dom.js";
import { CHANNELS, moment, plain, plural, until } from "./words.js";

const HOURS = [["1", "1 hour"], ["2", "2 hours"], ["4", "4 hours"], ["8", "8 hours"], ["24", "1 day"]];
const LIVE_STATES = new Set(["active", "proposed", undefined]);

export function mount(root, { call, settings }) {
  const active = h("div", { class: "timeline" }, loading("Reading incidents…"));
  const preview = h("div", { class: "timeline" }, notice("empty", "Nothing is declared yet", "Fill in the form; what it would touch is shown here before anything happens."));
  const tools = h("div", { class: "split" }, declareForm(), h("section", { "aria-label": "Preview", "aria-live": "polite" }, preview));
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
        ` · declared ${moment(one.declared_at)} · to ${plain(one.queue).toLowerCase()}`),
      facts([["Touches", scopeWords(one.scope)], ["Customers read", Object.values(one.messages ?? {})[0]],
        ["Moved", one.sweep?.rerouted ? plural(one.sweep.rerouted, "open hand-over") : null], ["Origin", one.origin],
        ["Last change", one.audit?.length ? `${plain(one.audit.at(-1).change)} ${moment(one.audit.at(-1).at)} ${one.audit.at(-1).why}` : null]]),
      h("div", { class: "row" },
        state === "proposed" && h("button", { type: "button", class: "primary", on: { click: () => act("PUT", { version: one.version, confirm: true }, "Confirmed") } }, "Confirm"),
        LIVE_STATES.has(one.state) && h("button", { type: "button", on: { click: extend } }, "One hour longer"),
        LIVE_STATES.has(one.state) && h("button", { type: "button", class: "danger", on: { click: end } }, "End…"),
        h("button", { type: "button", class: "quiet", on: { click: () => { opened.add(path); listFollowups(path, followups); } } }, "Follow-ups")), message, followups);
  }

  async function listFollowups(path, box) {
    show(box, loading());
    try {
      const page = await call("GET", `${path}/followups`);
      show(box, page.items.length === 0 ? h("p", { class: "muted" }, "Nobody was promised anything.") : h("table", {},
        h("thead", {}, h("tr", {}, ["Conversation", "Promise", "When"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, page.items.map((one) => h("tr", {}, h("th", { scope: "row" }, one.session_id), h("td", {}, plain(one.kind)), h("td", {}, moment(one.promised_at)))))));
    } catch (problem) {
      show(box, problemNotice(problem));
    }
  }

  function declareForm() {
    const today = new Date().toISOString().slice(0, 10);
    const id = h("input", { name: "incident_id", required: true, pattern: "[A-Za-z0-9][A-Za-z0-9._:@+\\-]{0,63}", value: `incident-${today}` });
    const severity = select(["minor", "major", "critical"].map((one) => [one, plain(one)]), "major", { name: "severity" });
    const hours = select(HOURS, "4", { name: "hours" });
    const queue = select(settings.queues.map((one) => [one, plain(one)]), "crisis", { name: "queue" });
    const choices = { intents: settings.intents, journeys: settings.journeys.map((one) => one.name), channels: Object.keys(CHANNELS) };
    const products = h("input", { name: "products", placeholder: "card, electricity" });
    const regions = h("input", { name: "regions", placeholder: "eu-west" });
    const templates = settings.incident_templates ?? [];
    const template = select([["", "My own words"], ...templates.map((one) => [one.name, plain(one.name)])], "", { name: "template" });
    const message = h("textarea", { name: "message", rows: 3, maxlength: 320, placeholder: "We know that … isn't working right now, and we're on it." });
    const words = h("div", { class: "fields" });
    const why = h("input", { name: "why", maxlength: 500 });
    const trouble = h("div", { role: "alert" });

    const boxes = (name) => h("details", {}, h("summary", {}, `${plain(name)}: `, h("span", { "data-count": name }, "all")),
      h("div", { class: "row tight", role: "group", "aria-label": plain(name) }, choices[name].map((one) => h("label", { class: "check" },
        h("input", { type: "checkbox", name, value: one }), name === "channels" ? CHANNELS[one] : plain(one)))));

    const form = h("form", { class: "card", on: { submit: declare, input: changed } }, h("h2", {}, "Declare an incident"),
      h("div", { class: "fields" }, field("Name", id, "Operators see it; customers do not."), field("Severity", severity), field("Ends by itself after", hours), field("Who takes people over", queue)),
      h("fieldset", { class: "options" }, h("legend", {}, "What it touches"), h("small", {}, "What you leave open matches everything of its kind."),
        boxes("intents"), boxes("journeys"), boxes("channels"), h("div", { class: "fields" }, field("Products", products), field("Regions", regions))),
      templates.length > 0 && field("What customers read", template), words, field("In your words", message, "Calm and true: what is known, what happens next."),
      field("Why, for the audit trail", why),
      h("div", { class: "row" }, h("button", { class: "primary" }, "Declare…"), h("button", { type: "button", on: { click: drill } }, "Fill in a drill")),
      h("small", {}, "A drill touches the region “drill” alone, which no customer is in: everybody practises, nobody is told anything."), trouble);

    const listed = (control) => control.value.split(",").map((one) => one.trim()).filter(Boolean);

    function request() {
      const data = new FormData(form);
      const body = {
        scope: { intents: data.getAll("intents"), journeys: data.getAll("journeys"), channels: data.getAll("channels"), products: listed(products), regions: listed(regions) },
        severity: severity.value, queue: queue.value, expires_at: new Date(Date.now() + Number(hours.value) * 3600e3).toISOString(),
      };
      if (template.value) {
        body.template = template.value;
        body.variables = Object.fromEntries([...words.querySelectorAll("input")].map((one) => [one.name, one.value.trim()]));
      } else {
        body.messages = { "en-US": message.value.trim() };
      }
      return body;
    }

    function changed(event) {
      for (const name of Object.keys(choices)) {
        const count = form.querySelectorAll(`input[name="${name}"]:checked`).length;
        form.querySelector(`[data-count="${name}"]`).textContent = count ? String(count) : "all";
      }
      if (event?.target === template) {
        const one = templates.find((other) => other.name === template.value);
        show(words, Object.entries(one?.variables ?? {}).map(([name, variable]) => field(plain(name), h("input", { name, maxlength: 80, value: variable.example }), variable.means)));
        message.closest(".field").hidden = Boolean(one);
      }
      clearTimeout(timer);
      timer = setTimeout(look, 450);
    }

    async function look() {
      const body = request();
      if (!body.template && !body.messages["en-US"]) body.messages = { "en-US": "…" };
      try {
        show(preview, drawPreview(await call("POST", "/v1/incidents/preview", body)));
      } catch (problem) {
        show(preview, problem.status === 422 ? notice("info", "Not complete yet", problem.detail) : problemNotice(problem, look));
      }
    }

    async function declare(event) {
      event.preventDefault();
      const body = request();
      if (!body.template && !body.messages["en-US"]) { message.focus(); show(trouble, notice("warn", "Write what customers read", "An incident without a message would leave them alone.")); return; }
      const sure = await ask(`Declare ${id.value}?`, [h("p", {}, `It touches ${scopeWords(body.scope).toLowerCase()}, from the next turn on, for ${hours.selectedOptions[0].textContent}.`), h("p", { class: "said" }, body.messages?.["en-US"] ?? plain(body.template))], { confirm: "Declare" });
      if (!sure) return;
      try {
        await call("PUT", `/v1/incidents/${enc(id.value.trim())}`, { ...body, ...(why.value.trim() ? { why: why.value.trim() } : {}) });
        show(trouble);
        announce("The incident is declared");
        drawn = "";
        await polling.now();
        active.scrollIntoView({ block: "nearest" });
      } catch (problem) {
        show(trouble, problemNotice(problem));
      }
    }

    function drill() {
      id.value = `drill-${today}`;
      severity.value = "minor";
      hours.value = "1";
      regions.value = "drill";
      message.value = "This is a drill. You don't need to do anything.";
      template.value = "";
      why.value = "Drill";
      changed({ target: template });
    }

    let timer = 0;
    return form;
  }

  const polling = poll(refresh, { seconds: 8 });
  return () => polling.stop();
}

function drawPreview(one) {
  const bars = (counts) => Object.entries(counts ?? {}).map(([name, value]) => ({ name: plain(name), value }));
  const leaving = bars(one.handoffs?.leaving);
  return h("div", { class: "card" }, h("h2", {}, "What it would touch"),
    h("div", { class: "figures" },
      h("div", { class: "figure" }, h("b", {}, `${one.turns.exact === false ? "≈ " : ""}${one.turns.matching} of ${one.turns.total}`), h("span", {}, "turns of the last hour")),
      h("div", { class: "figure" }, h("b", {}, `${one.handoffs.matching} of ${one.handoffs.total}`), h("span", {}, "open hand-overs"))),
    leaving.length > 0 && section("Queues that hand-overs would leave", barChart({ title: "Leaving", bars: leaving, format: String })),
    (one.warnings ?? []).map((text) => notice("warn", text)),
    one.needs_confirmation && notice("info", "A second person has to confirm it", "It is proposed first, and touches nobody until then."),
    one.overridden_by?.length > 0 && h("p", { class: "muted" }, `More specific already: ${one.overridden_by.join(", ")}`),
    section("Customers would read", Object.entries(one.messages ?? {}).map(([locale, text]) => h("p", { class: "said", lang: locale }, text))),
    h("p", { class: "muted" }, `Ends by itself ${moment(one.expires_at)}.`));
}

function scopeWords(scope) {
  const parts = Object.entries(scope ?? {}).filter(([, values]) => values?.length)
    .map(([name, values]) => `${name} ${values.map((one) => CHANNELS[one] ?? plain(one).toLowerCase()).join(", ")}`);
  return parts.length ? plain(parts.join("; ")) : "Every conversation";
}
