// What is known of a part: what Linewatch thinks, what people said, and what looks alike.

import { getSimilar, picture } from "./api.js";
import { $, ASKED, el, when } from "./dom.js";

const MOST_OF_METER = 2; // the meter ends at twice the threshold
const PAUSE_MS = 250; // a person who goes through parts quickly asks for nothing in between

export function showAbout(part) {
  $("part").textContent = part ? part.part_id : "Nothing waits";
  $("where").textContent = part ? `${part.stream} · ${when(part.captured_at)} · ${part.image.width} × ${part.image.height}` : "";
  $("asked").textContent = part ? ASKED[part.asked] : "";
  $("asked").className = part ? `chip ${part.asked}` : "";
}

export function showOpinion(part) {
  if (!part) return $("opinion").replaceChildren();
  const opinion = part.opinion;
  if (!opinion) {
    return $("opinion").replaceChildren(
      el("h3", {}, "Audit sample"),
      el("p", { class: "soft" }, "Sampled at random. What Linewatch thinks is hidden until you answer, so that the answer is yours alone."));
  }
  const at = (ratio) => `${(100 * Math.min(ratio, MOST_OF_METER)) / MOST_OF_METER}%`;
  const bar = el("span", { class: opinion.decision });
  bar.style.width = at(opinion.error_ratio);
  const mark = el("i", { title: "threshold" });
  mark.style.left = at(1);
  const facts = [
    ["p-value", opinion.p_value.toPrecision(2)],
    ["score", opinion.score.toPrecision(4)],
    ["threshold", opinion.threshold.toPrecision(4)],
    ["bundle", opinion.bundle],
    ["source", part.source],
  ];
  return $("opinion").replaceChildren(
    el("h3", {}, "Linewatch says"),
    el("p", { class: "verdict" }, el("b", {}, opinion.decision), ` ${opinion.error_ratio.toFixed(2)} × threshold`),
    el("div", { class: "meter" }, bar, mark),
    el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
}

export function showSaid(part) {
  const review = part?.review;
  if (!review) return $("said").replaceChildren();
  return $("said").replaceChildren(
    el("h3", {}, "Answered"),
    el("p", {}, el("span", { class: `chip ${review.label}` }, review.label), review.kind ? ` ${review.kind}` : ""),
    el("p", { class: "soft" }, `${review.reviewer}, ${when(review.at)}`),
    ...(review.note ? [el("p", { class: "note" }, review.note)] : []));
}

let waiting = 0;

export function showSimilar(part, choose) {
  clearTimeout(waiting);
  $("similar").replaceChildren();
  if (!part?.opinion) return;
  waiting = setTimeout(async () => {
    const found = await getSimilar(part.source).catch(() => null);
    if (!found || $("stage").dataset.part !== part.source) return;
    $("similar").replaceChildren(el("h3", {}, "Similar past parts"), alike(found, choose));
  }, PAUSE_MS);
}

function alike(found, choose) {
  if (!found.has_code) return el("p", { class: "soft" }, "The bundle, or its latent of this part, is not there to compare.");
  if (!found.parts.length) return el("p", { class: "soft" }, "None reviewed yet.");
  const list = el("div", { class: "alike" }, ...found.parts.map((each) =>
    el("button", { type: "button", "data-source": each.source, title: `${each.part_id}, distance ${each.distance.toFixed(3)}` },
      el("img", { src: picture(each.source, "thumbnail"), alt: `part ${each.part_id}`, loading: "lazy" }),
      el("span", { class: `chip ${each.review.label}` }, each.review.kind || each.review.label),
      el("small", {}, each.distance.toFixed(3)))));
  list.addEventListener("click", (event) => {
    const chosen = event.target.closest("button");
    if (chosen) choose(chosen.dataset.source);
  });
  return list;
}
