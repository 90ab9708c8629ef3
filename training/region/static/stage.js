// The image with what is drawn on it: zoom, pan, and one pointer that is the mouse, a finger or the keys' cross.

const CLOSEST = 60;
const STEP = 1.4;
const SHARP_FROM = 4; // from here on single pixels are meant to be seen

export class Stage {
  // `hand` has begin, drag, finish, close and cancel, each given a point in pixels of the image.
  constructor(root, sheet, hand) {
    Object.assign(this, { root, sheet, hand, view: { scale: 1, x: 0, y: 0 }, moving: false, holds: false, pans: null });
    this.cross = null;
    new ResizeObserver(() => this.fit()).observe(root);
    root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    root.addEventListener("pointerdown", (event) => this.down(event));
    root.addEventListener("pointermove", (event) => this.move(event));
    root.addEventListener("dblclick", () => { if (!this.moving) hand.close(); });
    for (const end of ["pointerup", "pointercancel"]) root.addEventListener(end, (event) => this.up(event));
    root.addEventListener("keydown", (event) => this.key(event));
  }

  open(size) {
    this.size = size;
    this.fit();
  }

  // --- zoom and pan; x and y move the sheet's corner away from where it lies when all of it is seen

  fit() {
    if (!this.size) return;
    const { width, height } = this.size;
    const [w, h] = [this.root.clientWidth, this.root.clientHeight];
    const shrink = Math.min(w / width, h / height);
    this.base = { width: width * shrink, height: height * shrink };
    this.base.left = (w - this.base.width) / 2;
    this.base.top = (h - this.base.height) / 2;
    for (const [name, value] of Object.entries(this.base)) this.sheet.style[name] = `${value}px`;
    const bound = (value, size, margin) => Math.min(margin, Math.max(size - margin - size * this.view.scale, value));
    this.view.x = this.view.scale === 1 ? 0 : bound(this.view.x, this.base.width, this.base.left + this.base.width / 2);
    this.view.y = this.view.scale === 1 ? 0 : bound(this.view.y, this.base.height, this.base.top + this.base.height / 2);
    this.sheet.style.transform = `translate(${this.view.x}px, ${this.view.y}px) scale(${this.view.scale})`;
    this.pixel = 1 / (shrink * this.view.scale); // pixels of the image in one of the screen
    this.sheet.classList.toggle("pixels", this.pixel <= 1 / SHARP_FROM);
    this.hand.redraw();
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

  wheel(event) {
    if (!this.base) return;
    event.preventDefault();
    const box = this.root.getBoundingClientRect();
    this.zoom(Math.exp(-event.deltaY / 400), {
      x: event.clientX - box.left - this.base.left,
      y: event.clientY - box.top - this.base.top,
    });
  }

  // --- mouse and fingers

  at(event) {
    const box = this.sheet.getBoundingClientRect();
    const { width, height } = this.size;
    const inside = (value, most) => Math.round(Math.min(most, Math.max(0, value)));
    return [
      inside(((event.clientX - box.left) / box.width) * width, width),
      inside(((event.clientY - box.top) / box.height) * height, height),
    ];
  }

  down(event) {
    if (!this.size || (event.button !== 0 && event.button !== 1)) return;
    this.root.setPointerCapture(event.pointerId);
    this.cross = null;
    if (this.moving || event.button === 1) {
      this.pans = { x: event.clientX, y: event.clientY };
      return;
    }
    this.holds = true;
    this.hand.begin(this.at(event));
  }

  move(event) {
    if (!this.size) return;
    if (this.pans) {
      this.view.x += event.clientX - this.pans.x;
      this.view.y += event.clientY - this.pans.y;
      this.pans = { x: event.clientX, y: event.clientY };
      this.fit();
      return;
    }
    this.hand.drag(this.at(event), this.holds);
  }

  up(event) {
    if (this.holds) this.hand.finish(this.at(event));
    this.holds = false;
    this.pans = null;
  }

  // --- keys: arrows move the cross, Enter presses and releases

  key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!this.size || (!step && event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    const { width, height } = this.size;
    this.cross ??= [Math.round(width / 2), Math.round(height / 2)];
    if (event.key === "Escape") {
      this.holds = false;
      this.hand.cancel();
    } else if (step) {
      const far = event.shiftKey ? 1 : Math.max(1, Math.round(Math.max(width, height) / 50));
      this.cross = [
        Math.min(width, Math.max(0, this.cross[0] + far * step[0])),
        Math.min(height, Math.max(0, this.cross[1] + far * step[1])),
      ];
      this.hand.drag(this.cross, this.holds);
    } else if (this.holds) {
      this.holds = false;
      this.hand.finish(this.cross);
    } else {
      this.holds = this.hand.begin(this.cross);
      if (!this.holds) this.hand.finish(this.cross);
    }
  }
}
