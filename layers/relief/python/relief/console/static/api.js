// Calls the API, turns failures into sentences, and keeps views up to date while somebody looks at them.

export class Problem extends Error {
  constructor(kind, status, title, detail, errors = []) {
    super(title);
    Object.assign(this, { kind, status, title, detail, errors });
  }
}

const NOT_HERE = "Not available in this installation";

/** Return a function that calls the API with the session's token; `expired` is called once it is refused. */
export function makeApi(session, expired) {
  return async function call(method, path, body) {
    const headers = { Accept: "application/json", Authorization: `Bearer ${session.token}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let answer;
    try {
      answer = await fetch(path, {
        method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store",
        signal: AbortSignal.timeout(15000),
      });
    } catch {
      throw new Problem("offline", 0, "Relief cannot be reached",
        "Check your connection. Nothing you did is lost; it can be sent again.");
    }
    const document = await answer.json().catch(() => ({}));
    if (answer.ok) return document;
    if (answer.status === 401) expired();
    throw describe(answer.status, document);
  };
}

function describe(status, document) {
  const detail = document.detail ?? "";
  switch (status) {
    case 401:
      return new Problem("expired", status, "Your sign-in has ended", "Sign in again to go on where you were.");
    case 403:
      return new Problem("forbidden", status, "Your role does not include this",
        "Ask whoever runs Relief here if you need it.");
    case 404:
      // The gateway's own answer, or ours for a path that does not exist: the part is not installed.
      return detail === "" || detail.startsWith("There is no such path")
        ? new Problem("missing", status, NOT_HERE, "This part of Relief is not installed, or in an older version.")
        : new Problem("unknown", status, "Not found", detail);
    case 429:
      return new Problem("busy", status, "Too many requests", "Wait a moment; this page tries again by itself.");
    default:
      return new Problem("failed", status, document.title ?? "Something went wrong",
        detail || "Please try again in a moment.", document.errors);
  }
}

/**
 * Run a task now and again while the page is visible: every `seconds`, less often after each failure.
 * `state` hears "live", "waiting" or "paused". Returns `now`, to run it at once, and `stop`.
 */
export function poll(task, { seconds = 6, state = () => {} } = {}) {
  let timer = 0;
  let delay = seconds;
  let stopped = false;
  let running = false;
  async function run() {
    clearTimeout(timer);
    if (stopped || running) return;
    if (document.hidden) { state("paused"); return; }
    running = true;
    try {
      await task();
      delay = seconds;
      state("live");
    } catch (problem) {
      if (problem.kind === "missing" || problem.kind === "forbidden" || problem.kind === "expired") stopped = true;
      delay = Math.min(delay * 2, 60);
      state("waiting");
    } finally {
      running = false;
      if (!stopped) timer = setTimeout(run, delay * 1000);
    }
  }
  const wake = () => { if (document.hidden) state("paused"); else run(); };
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  run();
  return {
    now: run,
    stop() { stopped = true; clearTimeout(timer); document.removeEventListener("visibilitychange", wake); removeEventListener("online", wake); },
  };
}

/** Run at most `width` tasks at a time, and return their results in order. */
export async function inParallel(items, width, task) {
  const results = new Array(items.length);
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await task(items[index]);
    }
  }));
  return results;
}

export const enc = encodeURIComponent;
