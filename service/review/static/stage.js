// The image with its map and boxes: zoom, pan, and drawing a region.

import { picture, whyNoPicture } from "./api.js";
import { $, rectangle } from "./dom.js";

const CLOSEST = 40;
const STEP = 1.4;
const SHARP_FROM = 4; // from here on single pixels are meant to be seen

export class Stage {
  constructor(changed) {
    this.root = $("stage");
    this.sheet = $("sheet");
    this.image = $("image");
    this.layers = { map: $("map"), unscored: $("unscored") };
    this.boxes = $("boxes");
    this.changed = changed;
    this.on = { map: true, boxes: true, unscored: true, region: false };
    this.part = null;
    this.region = null;
    this.pointers = new Map();
    this.draft = null;
    new ResizeObserver(() => this.fit()).observe(this.root);
    this.image.addEventListener("load", () => this.loaded());
    this.image.addEventListener("error", () => this.failed());
    for (const layer of Object.values(this.layers)) {
      layer.addEventListener("load", () => { layer.classList.add("there"); this.explain(); });
    }
    this.root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.root.addEventListener("dblclick", (event) => { if (!event.target.closest("button")) this.whole(); });
    this.root.addEventListener("pointerdown", (event) => this.down(event));
    this.root.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) this.root.addEventListener(end, (event) => this.up(event));
  }

  show(part) {
    const same = this.part?.source === part?.source;
    this.part = part;
    if (!same) {
      this.region = null;
      this.view = { scale: 1, x: 0, y: 0 };
      this.switch("region", false);
      delete this.root.dataset.shown;
      this.say("");
      this.image.removeAttribute("src");
      if (part) {
        this.image.alt = `part ${part.part_id}`;
        this.image.src = picture(part.source, "image");
      }
    }
    for (const [name, layer] of Object.entries(this.layers)) {
      const wanted = part?.opinion ? picture(part.source, name) : "";
      if (layer.getAttribute("src") === (wanted || null)) continue;
      layer.classList.remove("there");
      layer.removeAttribute("src");
      if (wanted) layer.src = wanted;
    }
    this.explain();
    this.fit();
  }

  loaded() {
    this.root.dataset.shown = this.part.source;
    this.say("");
  }

  async failed() {
    const part = this.part;
    if (!part || !this.image.getAttribute("src")) return;
    this.root.dataset.shown = part.source;
    const why = await whyNoPicture(part.source);
    if (this.part === part) this.say(why);
  }

  say(text) {
    $("message").textContent = text;
    $("message").hidden = !text;
    this.sheet.hidden = Boolean(text) || !this.part;
    this.explain();
  }

  // --- what is laid over the image

  switch(name, on = !this.on[name]) {
    this.on[name] = on;
    this.root.classList.toggle(`without-${name}`, !on);
    this.root.querySelector(`[data-do="${name}"]`)?.setAttribute("aria-pressed", String(on));
    this.explain();
    this.changed();
  }

  // What is hatched is said, and can be switched off, only where something is.
  explain() {
    const hatched = this.layers.unscored.classList.contains("there") && !this.sheet.hidden;
    this.root.querySelector('[data-do="unscored"]').hidden = !hatched;
    $("legend").hidden = !hatched || !this.on.unscored;
  }

  draw() {
    if (!this.part) return;
    const { width, height } = this.part.image;
    this.boxes.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const found = (this.part.opinion?.regions ?? []).map((box) => rectangle(box, "found"));
    const said = this.draft ?? this.region ?? this.part.review?.region;
    this.boxes.replaceChildren(...found, ...(said ? [rectangle(said, "said")] : []));
  }

  // --- zoom and pan; x and y move the sheet's corner away from where it lies when all of it is seen

  fit() {
    this.draw();
    if (!this.part) return;
    const { width, height } = this.part.image;
    const [w, h] = [this.root.clientWidth, this.root.clientHeight];
    const shrink = Math.min(w / width, h / height);
    this.base = { width: width * shrink, height: height * shrink };
    this.base.left = (w - this.base.width) / 2;
    this.base.top = (h - this.base.height) / 2;
    Object.assign(this.sheet.style, {
      width: `${this.base.width}px`,
      height: `${this.base.height}px`,
      left: `${this.base.left}px`,
      top: `${this.base.top}px`,
    });
    this.place();
    this.image.classList.toggle("pixels", shrink * this.view.scale >= SHARP_FROM);
  }

  place() {
    const { width, height, left, top } = this.base;
    const view = this.view;
    const bound = (value, size, margin) => Math.min(margin, Math.max(size - margin - size * view.scale, value));
    view.x = view.scale === 1 ? 0 : bound(view.x, width, left + width / 2);
    view.y = view.scale === 1 ? 0 : bound(view.y, height, top + height / 2);
    this.sheet.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  }

  zoom(factor, at = null) {
    if (!this.base) return;
    const around = at ?? { x: this.base.width / 2, y: this.base.height / 2 };
    const scale = Math.min(CLOSEST, Math.max(1, this.view.scale * factor));
    const grown = scale / this.view.scale;
    this.view = { scale, x: around.x - (around.x - this.view.x) * grown, y: around.y - (around.y - this.view.y) * grown };
    this.fit();
  }

  closer() { this.zoom(STEP); }
  farther() { this.zoom(1 / STEP); }
  whole() { this.view = { scale: 1, x: 0, y: 0 }; this.fit(); }

  // --- wheel, fingers, mouse

  onSheet(event) {
    const box = this.root.getBoundingClientRect();
    return { x: event.clientX - box.left - this.base.left, y: event.clientY - box.top - this.base.top };
  }

  onImage(event) {
    const box = this.sheet.getBoundingClientRect();
    const { width, height } = this.part.image;
    const inside = (value, most) => Math.round(Math.min(most, Math.max(0, value)));
    return {
      x: inside(((event.clientX - box.left) / box.width) * width, width),
      y: inside(((event.clientY - box.top) / box.height) * height, height),
    };
  }

  wheel(event) {
    if (!this.base) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 400), this.onSheet(event));
  }

  down(event) {
    if (!this.part || event.target.closest("button")) return;
    this.root.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    if (this.on.region && this.pointers.size === 1) this.corner = this.onImage(event);
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    if (this.pointers.size === 2) {
      const other = [...this.pointers.values()].find((each) => each.pointerId !== event.pointerId);
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      this.corner = this.draft = null;
      this.zoom(apart(event) / Math.max(1, apart(before)), this.onSheet({
        clientX: (event.clientX + other.clientX) / 2,
        clientY: (event.clientY + other.clientY) / 2,
      }));
    } else if (this.corner) {
      this.draft = between(this.corner, this.onImage(event));
      this.draw();
    } else {
      this.view.x += event.clientX - before.clientX;
      this.view.y += event.clientY - before.clientY;
      this.fit();
    }
    this.pointers.set(event.pointerId, event);
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (this.corner && this.draft && this.draft.width > 0 && this.draft.height > 0) {
      this.region = this.draft;
      this.switch("region", false);
    }
    this.corner = this.draft = null;
    this.draw();
  }
}

function between(one, other) {
  return {
    x: Math.min(one.x, other.x),
    y: Math.min(one.y, other.y),
    width: Math.abs(one.x - other.x),
    height: Math.abs(one.y - other.y),
  };
}
