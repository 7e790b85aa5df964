// The customer's own view: what we know, and the two ways out that are always open.

import { enc, poll } from "./api.js";
import { announce, ask, field, h, loading, notice, problemNotice, show } from "./dom.js";
import { localeFor, wordsFor } from "./customer_words.js";
import { isMasked } from "./words.js";

let spoken = null;

export function mount(root, { call, session, signIn, settings }, [wanted]) {
  const sessionId = session.sessionId ?? wanted;
  if (!sessionId) { root.append(chooser()); return null; }
  const path = `/v1/sessions/${enc(sessionId)}`;
  const mayWrite = session.scopes.has("relief/turns");
  const said = h("div", { role: "status" });
  const body = h("div", { class: "timeline" }, loading());
  let channel = "web_chat";
  let editing = false;
  let drawn = "";
  // A conversation that has not begun has no language yet: the browser's, or the one of the conversation before.
  let locale = spoken ?? navigator.language;
  let words = wordsFor(locale);

  async function refresh() {
    let view;
    try {
      view = await call("GET", `${path}/context?view=customer`);
    } catch (problem) {
      if (!drawn) show(body, problem.kind === "unknown" ? gone() : problemNotice(problem, () => polling.now()));
      throw problem;
    }
    const text = JSON.stringify(view);
    if (text === drawn || editing) return;
    drawn = text;
    spoken = locale = view.locale;
    words = wordsFor(locale);
    root.lang = locale;
    show(body, draw(view));
  }

  const post = (turn, done) => send({ turn_id: crypto.randomUUID(), channel, locale: localeFor(locale), ...turn }, done);

  async function send(turn, done) {
    show(said, loading(words.moment));
    try {
      const answer = await call("POST", `${path}/turns`, turn);
      const text = answer.next.say || done;
      show(said, h("div", { class: "said" }, h("p", {}, text), answer.next.expect && h("p", { class: "muted" }, answer.next.expect)));
      announce(text);
      drawn = "";
      await polling.now();
    } catch (problem) {
      show(said, problemNotice(problem, () => send(turn, done)));
    }
  }

  const correct = (group, name, value) => post(
    { telemetry: [{ kind: "control_clicked", target: "correct_value" }], [group]: { [name]: value } }, words.done);

  async function startOver() {
    const sure = await ask(words.sureOver, h("p", {}, words.overText), { confirm: words.over, cancel: words.cancel });
    if (!sure) return;
    const fresh = `${sessionId.slice(0, 50)}-${crypto.randomUUID().slice(0, 8)}`;
    if (settings.sign_in?.kind === "role_picker" && session.sessionId) await signIn("customer", fresh, `#/customer/${fresh}`);
    else location.hash = `#/customer/${enc(fresh)}`;
  }

  function draw(view) {
    return [
      h("h1", {}, view.title),
      h("p", {}, view.topic),
      h("p", { class: "muted" }, `${view.who} ${view.feeling}`),
      mayWrite && h("div", { class: "controls" },
        h("button", { type: "button", class: "primary", on: { click: () => post(
          { text: words.askPerson, telemetry: [{ kind: "control_clicked", target: "talk_to_a_person" }] }, words.personAsked) } }, words.person),
        h("button", { type: "button", on: { click: startOver } }, words.over)),
      h("section", { class: "block" }, h("h3", {}, words.told),
        view.known.length ? values("facts", view.known) : h("p", { class: "muted" }, words.nothing),
        h("small", {}, view.correct.text)),
      view.preferences.length > 0 && h("section", { class: "block" }, h("h3", {}, words.prefer), values("preferences", view.preferences)),
      view.tried.length > 0 && h("section", { class: "block" }, h("h3", {}, words.tried),
        h("ul", { class: "plain" }, view.tried.map((one) => h("li", {}, one)))),
      h("section", { class: "block" }, h("h3", {}, words.data), h("p", {}, view.identity),
        view.attachments > 0 && h("p", {}, words.attachments(view.attachments)),
        h("p", {}, view.kept), h("p", { class: "muted" }, view.more),
        h("div", { class: "row" }, h("button", { type: "button", on: { click: download } }, words.download))),
    ];
  }

  function values(group, items) {
    return h("ul", { class: "known" }, items.map((one) => {
      const row = h("li", {});
      const closed = () => show(row, h("div", { class: "row spread" },
        h("span", {}, h("span", { class: "muted" }, `${one.label}: `), h("strong", {}, shown(one.value))),
        mayWrite && h("button", { type: "button", class: "quiet", "aria-label": words.changeOne(one.label), on: { click: open } }, words.change)));
      const open = () => {
        editing = true;
        const input = h("input", { value: isMasked(one.value) ? "" : String(one.value), maxlength: 200, required: true, "aria-label": words.corrected(one.label) });
        show(row, h("span", { class: "muted" }, one.label), h("form", { on: { submit: (event) => {
          event.preventDefault();
          editing = false;
          correct(group, one.name, input.value.trim());
        } } }, input, h("button", { class: "primary" }, words.save),
          h("button", { type: "button", on: { click: () => { editing = false; closed(); row.querySelector("button").focus(); } } }, words.cancel)));
        input.select();
      };
      closed();
      return row;
    }));
  }

  const shown = (value) => (isMasked(value) ? words.hidden : value === true ? words.yes : value === false ? words.no : String(value));

  async function download() {
    try {
      const stored = await call("GET", `${path}/export`);
      const url = URL.createObjectURL(new Blob([JSON.stringify(stored, null, 2)], { type: "application/json" }));
      h("a", { href: url, download: `${sessionId}.json` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    } catch (problem) {
      show(said, problemNotice(problem));
    }
  }

  function gone() {
    return [notice("empty", words.gone, words.goneText),
      mayWrite && h("div", { class: "controls" }, h("button", { type: "button", class: "primary", on: { click: () => post(
        { text: words.askPerson }, words.personAsked) } }, words.person))];
  }

  root.append(said, body);
  const polling = poll(refresh, { seconds: 8 });
  return () => { polling.stop(); root.removeAttribute("lang"); };
}

function chooser() {
  const input = h("input", { name: "session", required: true, autocomplete: "off" });
  return h("form", { class: "card narrow", on: { submit: (event) => {
    event.preventDefault();
    location.hash = `#/customer/${enc(input.value.trim())}`;
  } } }, h("h1", {}, "What we know"), h("p", { class: "muted" }, "The customer's own view of one conversation."),
  field("Session", input, "The id under which the bot posts its turns."), h("div", {}, h("button", { class: "primary" }, "Show")));
}

