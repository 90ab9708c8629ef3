// Talking to the server. Every fault becomes a sentence for people.

export class Trouble extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

const meta = document.querySelector('meta[name="csrf-token"]');

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Trouble("The review server does not answer; nothing you entered here is lost. Try again in a moment.", 0);
  }
  if (answer.ok || answer.status === 304) return answer;
  if (answer.status === 401) location.assign("/enter");
  const body = await answer.json().catch(() => ({}));
  const trouble = new Trouble(body.error || `The server answered ${answer.status}.`, answer.status);
  trouble.stale = body.stale === true;
  throw trouble;
}

// The server has restarted since the page was loaded: get a token that it knows.
async function renewToken() {
  const page = await (await ask("/", { cache: "no-store" })).text();
  meta.content = new DOMParser().parseFromString(page, "text/html").querySelector('meta[name="csrf-token"]').content;
}

function post(path, body) {
  return ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": meta.content },
    body: JSON.stringify(body),
  });
}

async function send(path, body) {
  try {
    return await (await post(path, body)).json();
  } catch (trouble) {
    if (!trouble.stale) throw trouble;
    await renewToken();
    return (await post(path, body)).json();
  }
}

export const picture = (source, which) => `/api/parts/${source}/${which}`;
export const getPart = async (source) => (await ask(`/api/parts/${source}`)).json();
export const getSimilar = async (source) => (await ask(picture(source, "similar"))).json();
export const findParts = async (part) => (await send("/api/find", { part })).parts;
export const sendReview = (source, answer) => send(`/api/parts/${source}/review`, answer);
export const sendUndo = (source, undone) => send(`/api/parts/${source}/undo`, undone);

// Why a picture did not load: an <img> cannot tell.
export async function whyNoPicture(source) {
  try {
    await ask(picture(source, "image"), { cache: "no-store" });
    return "This browser cannot show the image.";
  } catch (trouble) {
    return trouble.message;
  }
}

let seen = { query: null, etag: null };

// The queue, or null if it is as it was.
export async function getQueue(query) {
  const headers = seen.query === query && seen.etag ? { "If-None-Match": seen.etag } : {};
  const answer = await ask(`/api/queue?${query}`, { headers, cache: "no-store" });
  if (answer.status === 304) return null;
  const queue = await answer.json();
  seen = { query, etag: answer.headers.get("ETag") };
  return queue;
}
