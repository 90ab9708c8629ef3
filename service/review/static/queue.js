// The list at the side: what waits, what is done, and which of it is meant.

import { $, ASKED, ASKED_MANY, briefly, el } from "./dom.js";

const TIMES = ["since", "until"];

export class Queue {
  constructor(choose, filtered) {
    this.parts = [];
    this.found = []; // what was looked up last, shown above the others
    this.state = ""; // what keeps the server from knowing all, or nothing
    this.form = $("filters");
    this.form.addEventListener("input", filtered);
    this.form.addEventListener("reset", () => setTimeout(filtered)); // the fields are empty only after the event
    for (const [name, value] of new URLSearchParams(location.search)) this.take(name, value);
    $("queue").addEventListener("click", (event) => {
      const entry = event.target.closest("li");
      if (entry) choose(entry.dataset.source);
    });
  }

  take(name, value) {
    const field = this.form.elements.namedItem(name);
    if (!field) return;
    if (field.tagName === "SELECT" && ![...field.options].some((each) => each.value === value)) field.add(new Option(value));
    field.value = value;
  }

  get query() {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) {
      if (value) query.set(name, TIMES.includes(name) ? new Date(value).toISOString() : value);
    }
    return query.toString();
  }

  // What of it stands in the address, so that it can be passed on.
  get address() {
    const query = new URLSearchParams([...new FormData(this.form)].filter(([name, value]) => value && !(name === "state" && value === "open")));
    return query.size ? `?${query}` : location.pathname;
  }

  get onlyOpen() {
    return this.form.elements.state.value === "open";
  }

  update(queue) {
    this.parts = queue.parts;
    this.state = queue.state;
    this.open = queue.open;
    this.done = queue.done;
    this.choices("stream", queue.streams);
    this.choices("bundle", queue.bundles);
    $("more").textContent = [
      queue.total > queue.parts.length ? `and ${queue.total - queue.parts.length} more` : "",
      queue.left_out ? `${queue.left_out} older parts are no longer listed` : "",
      queue.passed_over ? `${queue.passed_over} messages on the topics cannot be used` : "",
    ].filter(Boolean).join(" · ");
  }

  choices(name, values) {
    const field = this.form.elements.namedItem(name);
    const chosen = field.value;
    const listed = new Set([...values, chosen].filter(Boolean));
    field.replaceChildren(new Option("any", ""), ...[...listed].map((value) => new Option(value)));
    field.value = chosen;
  }

  // An answer was given or taken back: keep count until the server is asked again.
  replace(part) {
    const at = this.parts.findIndex((each) => each.source === part.source);
    const before = at < 0 ? null : this.parts[at];
    if (before && Boolean(before.review) !== Boolean(part.review)) {
      this.open[part.asked] += part.review ? -1 : 1;
      this.done[part.asked] += part.review ? 1 : -1;
    }
    if (at >= 0) this.parts[at] = part;
    this.found = this.found.map((each) => (each.source === part.source ? part : each));
  }

  // The next part to look at after a place in the list; null if there is none.
  after(source, place) {
    const at = this.parts.findIndex((each) => each.source === source);
    const start = at < 0 ? place : at + 1;
    const round = [...this.parts.slice(start), ...this.parts.slice(0, start)];
    return round.filter((each) => each.source !== source && !(this.onlyOpen && each.review));
  }

  // Where a part is in the list; one that is not there leaves the place as it was.
  place(source, before) {
    const at = this.parts.findIndex((each) => each.source === source);
    return at < 0 ? before : at;
  }

  isFound(source) {
    return this.found.some((each) => each.source === source);
  }

  render(current) {
    const counted = Object.keys(ASKED_MANY).map((asked) =>
      el("tr", { class: asked }, el("th", { scope: "row" }, ASKED_MANY[asked]),
        el("td", {}, String(this.open?.[asked] ?? 0)), el("td", { class: "soft" }, String(this.done?.[asked] ?? 0))));
    $("counts").tBodies[0].replaceChildren(...counted);
    const given = [...new FormData(this.form)].filter(([name, value]) => value && value !== "open").map(([, value]) => value);
    $("filtered").textContent = given.join(", ");
    const listed = this.parts.filter((part) =>
      !this.isFound(part.source) && (!(this.onlyOpen && part.review) || part.source === current));
    $("queue").replaceChildren(...[...this.found, ...listed].map((part) => entry(part, part.source === current)));
    $("queue").querySelector(".current")?.scrollIntoView({ block: "nearest" });
  }
}

function entry(part, current) {
  const line = el("li", { "data-source": part.source, class: current ? "current" : undefined, tabindex: -1 },
    el("span", { class: `dot ${part.asked}`, title: ASKED[part.asked] }),
    el("b", {}, part.part_id),
    el("small", {}, `${part.stream} · ${briefly(part.captured_at)}`));
  if (part.review) line.append(el("span", { class: `chip ${part.review.label}` }, part.review.label));
  else if (part.opinion) line.append(el("span", { class: "ratio" }, `${part.opinion.error_ratio.toFixed(2)}×`));
  return line;
}
