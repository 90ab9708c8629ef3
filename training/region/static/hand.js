// What the pointer does with the tool at hand: the region of interest, and shapes of ignored areas.

const SVG = "http://www.w3.org/2000/svg";
const NEAR = 9; // pixels of the screen

export class Hand {
  constructor({ mask, marks, state, changed, says }) {
    Object.assign(this, { mask, marks, state, changed, says, draft: null, corners: [], cross: null });
  }

  // Whether the pointer is now held; a polygon's corners are single presses.
  begin(point) {
    const { tool, size, erase } = this.state;
    if (tool === "polygon") {
      this.corners.push(point);
      this.redraw();
      return false;
    }
    if (tool === "brush") {
      this.draft = { kind: "brush", size, erase, points: [point] };
      this.mask.draw(this.draft);
    } else {
      this.grip = tool === "roi" ? this.gripAt(point) : null;
      this.from = point;
      this.draft = { kind: tool, corners: this.grip?.kept ?? [point, point], erase };
    }
    return true;
  }

  drag(point, isHeld) {
    this.cross = point;
    if (isHeld && this.draft?.kind === "brush") this.mask.grow(this.draft, point);
    else if (isHeld && this.draft) this.stretch(point);
    this.redraw();
    this.says(`${point[0]}, ${point[1]}`);
  }

  stretch(point) {
    if (!this.grip) {
      this.draft.corners = [this.from, point];
      return;
    }
    const [dx, dy] = [point[0] - this.from[0], point[1] - this.from[1]];
    const { x, y, width, height } = this.grip.box;
    const { width: w, height: h } = this.mask.size;
    if (this.grip.whole) {
      const left = Math.min(w - width, Math.max(0, x + dx));
      const top = Math.min(h - height, Math.max(0, y + dy));
      this.draft.corners = [[left, top], [left + width, top + height]];
      return;
    }
    const { left, right, top, bottom } = this.grip;
    this.draft.corners = [
      [x + (left ? dx : 0), y + (top ? dy : 0)],
      [x + width + (right ? dx : 0), y + height + (bottom ? dy : 0)],
    ];
  }

  finish(point) {
    const draft = this.draft;
    this.draft = null;
    if (draft?.kind === "brush") {
      this.mask.grow(draft, point);
      this.mask.add(draft);
    } else if (draft) {
      const box = this.boxOf(draft.corners);
      if (box && draft.kind === "roi") this.state.roi = box;
      else if (box) this.mask.add({ kind: draft.kind, box, erase: draft.erase });
      this.changed();
    }
    this.grip = null;
    this.redraw();
  }

  close() {
    const points = this.corners.filter(([x, y], place, all) => !place || x !== all[place - 1][0] || y !== all[place - 1][1]);
    this.corners = [];
    if (points.length >= 3) this.mask.add({ kind: "polygon", points, erase: this.state.erase });
    this.redraw();
  }

  cancel() {
    this.draft = null;
    this.corners = [];
    this.grip = null;
    this.mask.redraw();
    this.redraw();
  }

  boxOf([[x1, y1], [x2, y2]]) {
    const { width, height } = this.mask.size;
    const inside = (value, most) => Math.min(most, Math.max(0, value));
    const [left, right] = [inside(Math.min(x1, x2), width), inside(Math.max(x1, x2), width)];
    const [top, bottom] = [inside(Math.min(y1, y2), height), inside(Math.max(y1, y2), height)];
    return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : null;
  }

  // Which sides of the region of interest a point takes, or the whole of it; null far outside, and where it is the whole image.
  gripAt([px, py]) {
    const box = this.state.roi;
    if (!box) return null;
    const near = NEAR * this.state.pixel();
    const { x, y, width, height } = box;
    if (px < x - near || py < y - near || px > x + width + near || py > y + height + near) return null;
    const sides = {
      left: Math.abs(px - x) <= near, right: Math.abs(px - x - width) <= near,
      top: Math.abs(py - y) <= near, bottom: Math.abs(py - y - height) <= near,
    };
    return { box, ...sides, whole: !Object.values(sides).some(Boolean), kept: [[x, y], [x + width, y + height]] };
  }

  // --- what is laid over the image

  redraw() {
    if (!this.mask.size) return;
    const { width, height } = this.mask.size;
    this.marks.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const drafted = this.draft?.corners && this.boxOf(this.draft.corners);
    const roi = this.draft?.kind === "roi" && drafted ? drafted : this.state.roi;
    const shapes = [];
    if (roi) {
      const inner = `M${roi.x} ${roi.y}h${roi.width}v${roi.height}h${-roi.width}z`;
      shapes.push(shape("path", { d: `M0 0h${width}v${height}h${-width}z${inner}`, class: "outside" }));
      shapes.push(shape("path", { d: inner, class: "roi" }));
    }
    if (drafted && this.draft.kind === "rectangle") shapes.push(shape("rect", { ...drafted, class: "draft" }));
    if (drafted && this.draft.kind === "ellipse") {
      const [rx, ry] = [drafted.width / 2, drafted.height / 2];
      shapes.push(shape("ellipse", { cx: drafted.x + rx, cy: drafted.y + ry, rx, ry, class: "draft" }));
    }
    if (this.corners.length) {
      const line = [...this.corners, ...(this.cross ? [this.cross] : [])].map((point) => point.join(" ")).join(" ");
      shapes.push(shape("polyline", { points: line, class: "draft" }));
    }
    if (this.cross) shapes.push(...this.crossShapes());
    this.marks.replaceChildren(...shapes);
  }

  crossShapes() {
    const [x, y] = this.cross;
    const arm = 8 * this.state.pixel();
    const lines = [shape("path", { d: `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}`, class: "cross" })];
    if (this.state.tool === "brush") lines.push(shape("circle", { cx: x, cy: y, r: this.state.size / 2, class: "cross" }));
    return lines;
  }
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
