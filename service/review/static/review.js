// The review page: which part is at hand, and what the keys and buttons do with it.

import { findParts, getPart, getQueue, picture, sendReview, sendUndo } from "./api.js";
import { $, el } from "./dom.js";
import { showAbout, showOpinion, showSaid, showSimilar } from "./facts.js";
import { Queue } from "./queue.js";
import { Stage } from "./stage.js";

const EVERY_MS = 3000;
const AHEAD = 2; // parts whose pictures are fetched before they are asked for
const DIGITS = 9;
const NAME = "linewatch-reviewer";

let current = null;
let busy = false;
let place = 0; // in the queue, where the part at hand was
let kinds = [];
const trail = []; // sources of the parts looked at, for going back
let step = -1; // in the trail
const answered = []; // {source, at}: for undo
const ahead = new Map();

const queue = new Queue((source) => visit(source), () => { history.replaceState(null, "", queue.address); refresh(); });
const stage = new Stage(() => stage?.draw());

// --- the part at hand

function show(part) {
  current = part;
  $("stage").dataset.part = part?.source ?? "";
  place = queue.place(part?.source, place);
  showAbout(part);
  showOpinion(part);
  showSaid(part);
  stage.show(part);
  showSimilar(part, visit);
  if (!part) stage.say("All done. What comes in next appears by itself.");
  queue.render(part?.source);
  fetchAhead();
}

function begin(part) {
  if (part && trail[step] !== part.source) {
    trail.splice(step + 1, trail.length, part.source);
    step = trail.length - 1;
  }
  if (!queue.isFound(part?.source)) queue.found = [];
  $("kind").value = part?.review?.kind ?? "";
  $("note").value = part?.review?.note ?? "";
  complain("");
  show(part);
}

const visit = (source) => attempt(async () => begin(await getPart(source)));

const find = () => attempt(async () => {
  const wanted = $("find").value.trim();
  if (!wanted) return;
  complain("");
  toast(`Looking for ${wanted} …`);
  queue.found = await findParts(wanted);
  $("find").value = "";
  $("find").blur();
  begin(queue.found[0]);
  toast(queue.found.length > 1 ? `${queue.found.length} images of this part, the newest first` : "Found");
});

function fetchAhead() {
  const coming = queue.after(current?.source, place).slice(0, AHEAD);
  const wanted = new Set(coming.flatMap((part) =>
    [picture(part.source, "image"), ...(part.opinion ? [picture(part.source, "map")] : [])]));
  for (const address of ahead.keys()) if (!wanted.has(address)) ahead.delete(address);
  for (const address of wanted) {
    if (ahead.has(address)) continue;
    const fetched = new Image();
    fetched.src = address;
    ahead.set(address, fetched);
  }
}

function next() {
  if (step < trail.length - 1) {
    step += 1;
    return visit(trail[step]);
  }
  return begin(queue.after(current?.source, place)[0] ?? (current?.review ? null : current));
}

function previous() {
  if (step <= 0 && current) return undefined;
  step = current ? step - 1 : trail.length - 1;
  return step >= 0 ? visit(trail[step]) : undefined;
}

// --- answers

async function attempt(action) {
  if (busy) return;
  busy = true;
  document.body.classList.add("busy");
  try {
    await action();
  } catch (trouble) {
    complain(trouble.message);
  } finally {
    busy = false;
    document.body.classList.remove("busy");
  }
}

function complain(sentence) {
  $("trouble").textContent = sentence;
  $("trouble").hidden = !sentence;
}

async function answer(label, kind = $("kind").value.trim()) {
  if (!current || busy) return;
  if (!(await reviewer())) return;
  const part = current;
  let followed = null;
  await attempt(async () => {
    const said = { label, reviewer: await reviewer(), note: $("note").value };
    if (label === "defect") {
      if (kind) said.kind = kind;
      const region = stage.region ?? part.review?.region;
      if (region) said.region = { x: region.x, y: region.y, width: region.width, height: region.height };
    }
    const done = await sendReview(part.source, said);
    answered.push({ source: done.source, at: done.review.at });
    if (done.review.kind && !kinds.includes(done.review.kind)) showKinds([...kinds, done.review.kind]);
    queue.replace(done);
    current = done;
    toast(`${done.part_id}: ${[done.review.label, done.review.kind].filter(Boolean).join(", ")}`);
    followed = true;
  });
  if (followed) next();
}

const undo = () => attempt(async () => {
  const last = answered.at(-1);
  if (!last) return toast("Nothing to take back: you have answered nothing since this page was opened.");
  try {
    const part = await sendUndo(last.source, { at: last.at, reviewer: await reviewer() });
    queue.replace(part);
    toast(`${part.part_id}: taken back`);
    answered.pop();
    begin(part);
  } catch (trouble) {
    if (trouble.status >= 400 && trouble.status < 500) answered.pop(); // it never will be possible
    throw trouble;
  }
  return undefined;
});

let fading = 0;

function toast(text) {
  $("toast").textContent = text;
  $("toast").classList.add("up");
  clearTimeout(fading);
  fading = setTimeout(() => $("toast").classList.remove("up"), 2500);
}

function showKinds(found) {
  kinds = found;
  $("kinds").replaceChildren(...kinds.map((kind) => el("option", { value: kind })));
  $("chips").replaceChildren(...kinds.slice(0, DIGITS).map((kind, i) => {
    const chip = el("button", { type: "button" }, el("kbd", {}, String(i + 1)), ` ${kind}`);
    chip.addEventListener("click", () => answer("defect", kind));
    return chip;
  }));
}

// --- who

async function reviewer() {
  const known = document.body.dataset.reviewer || localStorage.getItem(NAME);
  if (known) return known;
  return askName();
}

function askName() {
  $("name").value = localStorage.getItem(NAME) ?? "";
  $("naming").showModal();
  return new Promise((resolve) => {
    $("naming").addEventListener("close", () => {
      const name = $("name").value.trim();
      if (name) localStorage.setItem(NAME, name);
      showName();
      $("stage").focus();
      resolve(name);
    }, { once: true });
  });
}

function showName() {
  const fixed = document.body.dataset.reviewer;
  $("who").textContent = fixed || localStorage.getItem(NAME) || "who?";
  $("who").disabled = Boolean(fixed);
}

// --- keys and buttons

const ACTIONS = {
  normal: () => answer("normal"),
  defect: () => answer("defect"),
  unsure: () => answer("unsure"),
  undo,
  next: () => { if (!busy) next(); },
  previous: () => { if (!busy) previous(); },
  map: () => stage.switch("map"),
  boxes: () => stage.switch("boxes"),
  unscored: () => stage.switch("unscored"),
  region: () => stage.switch("region"),
  closer: () => stage.closer(),
  farther: () => stage.farther(),
  whole: () => stage.whole(),
  kind: () => $("kind").select(),
  note: () => $("note").select(),
  find: () => $("find").select(),
  help: () => $("help").showModal(),
};

const KEYS = {
  n: "normal", d: "defect", u: "unsure", z: "undo", f: "find", k: "kind", t: "note", r: "region", m: "map", b: "boxes", h: "unscored",
  ArrowRight: "next", " ": "next", ArrowLeft: "previous", "+": "closer", "=": "closer", "-": "farther", 0: "whole", "?": "help",
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const field = event.target.closest("input, select, textarea");
  if (field) {
    if (field.id === "find" && event.key === "Enter") return; // the form's own way
    if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      field.blur();
      if (event.key === "Enter" && field.id === "kind" && field.value.trim()) answer("defect");
    }
    return;
  }
  if (event.key === "Escape") return void stage.switch("region", false);
  const digit = /^[1-9]$/.test(event.key) ? kinds[Number(event.key) - 1] : undefined;
  const action = digit === undefined ? ACTIONS[KEYS[event.key]] : () => answer("defect", digit);
  if (!action) return;
  event.preventDefault();
  if (!event.repeat || event.key.startsWith("Arrow")) action();
});

document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-do]")?.dataset.do;
  if (name) {
    ACTIONS[name]();
    event.target.closest("[data-do]").blur(); // or space would press it again
  }
});
$("finding").addEventListener("submit", (event) => {
  event.preventDefault();
  find();
});
$("who").addEventListener("click", askName);
$("help-open").addEventListener("click", ACTIONS.help);

// --- staying fresh

async function refresh() {
  try {
    const found = await getQueue(queue.query);
    if (found) {
      queue.update(found);
      showKinds(found.kinds);
      if (current) {
        const fresh = found.parts.find((part) => part.source === current.source);
        if (fresh && JSON.stringify(fresh) !== JSON.stringify(current) && !busy) show(fresh);
        else queue.render(current.source);
        fetchAhead();
      } else if (!busy) begin(queue.after(null, 0)[0] ?? null);
    }
    $("state").textContent = queue.state;
  } catch (trouble) {
    $("state").textContent = trouble.message;
  }
}

async function keepFresh() {
  await refresh();
  setTimeout(keepFresh, EVERY_MS);
}

showName();
stage.say("Looking at the queue …");
keepFresh();
