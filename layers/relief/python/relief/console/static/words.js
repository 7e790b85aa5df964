// The console's words: names of the API in plain language, times, durations and numbers.

/** Return an identifier as words: REPEATED_FAILURE and repeated_failure become "Repeated failure". */
export function plain(name) {
  const text = String(name ?? "").trim();
  // What has a blank is words already: the hyphen of "e-mail of the account" belongs there.
  const words = text.includes(" ") ? text : text.replaceAll(/[_.-]+/g, " ").trim();
  const lower = words === words.toUpperCase() ? words.toLowerCase() : words;
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}

export const OWNERS = {
  bot: "with the bot", offered: "offered to a colleague", queued: "waiting for a person", human: "with a person",
  returned: "back with the bot",
};

export const STATES = {
  requested: "on its way", queued: "waiting", offered: "offered", accepted: "with a person", resolved: "resolved",
  returned: "returned to the bot", abandoned: "customer left", undeliverable: "could not be delivered",
};

export const ACTIONS = {
  answer: "Answer", clarify: "Ask one question", change_strategy: "Change the approach", escalate: "Hand over to a person",
  hold: "Say nothing",
};

export const ACTION_KIND = { answer: "ok", clarify: "info", change_strategy: "warn", escalate: "danger", hold: "" };

export const MODES = {
  rule_based: "Rule-based", ai_assisted: "AI-assisted", sentiment_routing: "Routed by sentiment", copilot: "Co-pilot",
  human_takeover: "A person takes over",
};

export const OUTCOMES = { succeeded: "worked", failed: "failed", refused: "customer declined", pending: "not finished" };

export const CHANNELS = {
  web_chat: "web chat", in_app: "in the app", sms: "text message", social: "social media", email: "e-mail", voice: "voice",
};

export const AUTHENTICATION = { none: "not checked", partial: "partly checked", verified: "verified" };

/** Return a priority of 1 to 100 in words. */
export function priorityWord(priority) {
  if (priority >= 70) return "first";
  if (priority >= 50) return "high";
  return priority >= 30 ? "normal" : "low";
}

/** Return a score of 0 to 1 in words. */
export function scoreWord(score) {
  if (score >= 0.85) return "very high";
  if (score >= 0.6) return "high";
  if (score >= 0.35) return "moderate";
  return score >= 0.15 ? "low" : "very low";
}

/** Return a duration in seconds as a person would say it. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86400) {
    const minutes = Math.floor((whole % 3600) / 60);
    return `${Math.floor(whole / 3600)} h${minutes ? ` ${minutes} min` : ""}`;
  }
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

export const since = (time) => duration((Date.now() - Date.parse(time)) / 1000);
export const until = (time) => duration((Date.parse(time) - Date.now()) / 1000);

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export function moment(time) {
  if (!time) return "";
  const date = new Date(time);
  return date.toDateString() === new Date().toDateString() ? CLOCK.format(date) : DAY.format(date);
}

export function number(value, digits = 2) {
  if (value === null || value === undefined) return "–";
  return Number.isInteger(value) ? value.toLocaleString() : value.toFixed(digits);
}

export const signed = (value) => (value >= 0 ? `+${value.toFixed(2)}` : `−${Math.abs(value).toFixed(2)}`);

/** Whether redaction left nothing of a value but its kind. */
export const isMasked = (value) => /^\[[A-Z][A-Z_ ]*\]$/.test(String(value));

export const yesNo = (value) => (value === true ? "yes" : value === false ? "no"
  : isMasked(value) ? `known, kept hidden (${plain(String(value).slice(1, -1)).toLowerCase()})` : String(value));

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** Return what an incident touches, in words. */
export function scopeWords(scope) {
  const parts = Object.entries(scope ?? {}).filter(([, values]) => values?.length)
    .map(([name, values]) => `${name} ${values.map((one) => CHANNELS[one] ?? plain(one).toLowerCase()).join(", ")}`);
  return parts.length ? plain(parts.join("; ")) : "Every conversation";
}
