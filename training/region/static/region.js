// The page: tools, numbers, suggestions, saving.

import { getRegion, loadPicture, saveRegion } from "./api.js";
import { Hand } from "./hand.js";
import { Mask } from "./mask.js";
import { Stage } from "./stage.js";

const $ = (id) => document.getElementById(id);
const SIDES = ["x", "y", "width", "height"];
const TOOLS = { r: "roi", b: "brush", t: "rectangle", o: "ellipse", p: "polygon", v: "move" };

const state = { tool: "roi", size: 20, erase: false, roi: null, pixel: () => stage.pixel ?? 1 };
const mask = new Mask($("mask"), () => changed());
const hand = new Hand({ mask, marks: $("marks"), state, changed: () => changed(), says: (text) => { $("where").textContent = text; } });
const stage = new Stage($("stage"), $("sheet"), hand);
let about = null;
let shown = 0; // place of the single image
let unsaved = false;

async function begin() {
  about = await getRegion();
  const layers = {};
  const names = [...about.suggestion.areas.map((area) => area.name), ...(about.has_saved ? ["saved"] : [])];
  for (const name of names) {
    layers[name] = document.querySelector(`.suggested[data-name="${name}"]`) ?? new Image();
    await loadPicture(layers[name], `/layers/${name}.png`);
  }
  await loadPicture($("picture"), "/mean.png");
  $("picture").alt = `mean of ${about.images.length} normal images`;
  state.roi = about.roi;
  state.size = Math.max(1, Math.round(Math.max(about.width, about.height) / 40));
  $("size").value = state.size;
  const size = { width: $("picture").naturalWidth, height: $("picture").naturalHeight };
  mask.open(about, size, layers, about.has_saved ? [{ kind: "layer", name: "saved" }] : []);
  stage.open(about);
  describe();
  changed();
  unsaved = false;
  $("state").textContent = "";
  document.body.dataset.ready = "";
}

function describe() {
  const others = about.of_other_sizes ? `; ${about.of_other_sizes} of other sizes are not compared` : "";
  $("about").textContent += `: ${about.images.length} of ${about.found} images, ${about.width} × ${about.height} pixels${others}`;
  const { areas, roi, why_roi: why, why_none: none } = about.suggestion;
  $("showing").hidden = !areas.length;
  showSuggested();
  if (none) $("suggestions").append(paragraph(none));
  for (const area of areas) offer(area.why, "Ignore it", () => mask.add({ kind: "layer", name: area.name }));
  if (roi) offer(why, "Crop to it", () => { state.roi = { ...roi }; changed(); });
  if (areas.length) $("suggestions").append(paragraph("What is ignored is not inspected: take it over only if no part ever reaches there."));
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

function offer(why, label, take) {
  const made = document.createElement("div");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", take);
  made.append(paragraph(why), button);
  $("suggestions").append(made);
}

function showSuggested() {
  const names = about.suggestion.areas.map((area) => area.name);
  for (const each of document.querySelectorAll(".suggested")) each.hidden = !$("suggested").checked || !names.includes(each.dataset.name);
}

function changed() {
  if (!about) return;
  unsaved = true;
  $("state").textContent = "not saved yet";
  $("saved").hidden = true;
  const box = state.roi ?? { x: 0, y: 0, width: about.width, height: about.height };
  for (const side of SIDES) $(side).value = box[side];
  $("all").disabled = !state.roi;
  $("undo").disabled = $("clear").disabled = !mask.operations.length;
  $("share").textContent = `${(100 * mask.share()).toFixed(1)} %`;
  hand.redraw();
}

function typed() {
  const [x, y, width, height] = SIDES.map((side) => Math.round(Number($(side).value)));
  const box = hand.boxOf([[x, y], [x + width, y + height]]);
  const isWhole = box && box.width === about.width && box.height === about.height;
  if (box) state.roi = isWhole ? null : box;
  changed();
}

function choose(tool) {
  document.querySelector(`[name="tool"][value="${tool}"]`).checked = true;
  state.tool = tool;
  stage.moving = tool === "move";
  $("stage").classList.toggle("moving", stage.moving);
  hand.cancel();
}

async function view() {
  const single = $("view").value === "image";
  $("paging").hidden = !single;
  $("name").textContent = single ? `${shown + 1} of ${about.images.length}: ${about.images[shown]}` : "";
  await attempt(() => loadPicture($("picture"), single ? `/images/${shown}.png` : `/${$("view").value}.png`));
}

function page(step) {
  shown = (shown + step + about.images.length) % about.images.length;
  return view();
}

function resize(size) {
  state.size = Math.min(10000, Math.max(1, Math.round(size) || 1));
  $("size").value = state.size;
  hand.redraw();
}

async function attempt(work) {
  $("trouble").hidden = true;
  try {
    return await work();
  } catch (error) {
    $("trouble").textContent = error.message;
    $("trouble").hidden = false;
    return null;
  }
}

async function save(close) {
  $("save").disabled = $("close").disabled = true;
  const drawn = { roi: state.roi, operations: mask.operations, close };
  const answer = await attempt(() => saveRegion(drawn));
  $("save").disabled = $("close").disabled = false;
  if (!answer) return;
  unsaved = false;
  $("state").textContent = close ? "saved and closed; this page can be closed, too" : "saved";
  $("files").textContent = `Saved; ${(100 * answer.ignored_share).toFixed(1)} % of the image is ignored. Now fit with it:`;
  $("command").textContent = answer.command;
  $("saved").hidden = false;
  if (close) $("save").disabled = $("close").disabled = true;
}

const DOES = {
  z: () => mask.undo(), e: () => $("erase").click(), s: () => $("suggested").click(), c: () => hand.close(),
  "+": () => stage.closer(), "-": () => stage.farther(), "0": () => stage.whole(),
  "[": () => resize(state.size / 1.3), "]": () => resize(Math.ceil(state.size * 1.3)),
};

document.addEventListener("keydown", (event) => {
  if (!about || event.altKey || event.metaKey || (event.ctrlKey && event.key !== "z") || event.target.matches("input[type=number], select")) return;
  const does = TOOLS[event.key] ? () => choose(TOOLS[event.key]) : DOES[event.key];
  if (!does) return;
  event.preventDefault();
  does();
});

for (const each of document.querySelectorAll('[name="tool"]')) each.addEventListener("change", () => choose(each.value));
for (const side of SIDES) $(side).addEventListener("change", typed);
$("erase").addEventListener("change", () => { state.erase = $("erase").checked; });
$("size").addEventListener("change", () => resize(Number($("size").value)));
$("all").addEventListener("click", () => { state.roi = null; changed(); });
$("undo").addEventListener("click", () => mask.undo());
$("clear").addEventListener("click", () => mask.add({ kind: "clear" }));
$("suggested").addEventListener("change", showSuggested);
$("view").addEventListener("change", view);
$("before").addEventListener("click", () => page(-1));
$("after").addEventListener("click", () => page(1));
for (const each of ["closer", "farther", "whole"]) $(each).addEventListener("click", () => stage[each]());
$("save").addEventListener("click", () => save(false));
$("close").addEventListener("click", () => save(true));
$("copy").addEventListener("click", () => navigator.clipboard?.writeText($("command").textContent));
window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
attempt(begin);
