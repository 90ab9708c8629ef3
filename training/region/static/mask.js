// The ignored areas: a list of operations in pixels of the image, drawn on a canvas for the eye; the server draws them for the file.

const RED = "#ff3c3c";
const LONGEST = 15000; // points in one stroke; the server takes a few more

export class Mask {
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d", { willReadFrequently: true });
    this.changed = changed;
    this.operations = [];
    this.layers = {};
  }

  // `shown` is the size of the picture on the page; `layers` are pictures of areas by name.
  open({ width, height }, shown, layers, operations) {
    this.size = { width, height };
    [this.canvas.width, this.canvas.height] = [shown.width, shown.height];
    this.layers = layers;
    this.operations = operations;
    this.redraw();
  }

  add(operation) {
    this.operations.push(operation);
    this.draw(operation);
    this.changed();
  }

  undo() {
    if (!this.operations.length) return;
    this.operations.pop();
    this.redraw();
    this.changed();
  }

  redraw() {
    this.wipe();
    for (const each of this.operations) this.draw(each);
  }

  wipe() {
    this.pen.setTransform(1, 0, 0, 1, 0, 0);
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  draw(operation) {
    const pen = this.pen;
    const scale = this.canvas.width / this.size.width;
    pen.globalCompositeOperation = operation.erase ? "destination-out" : "source-over";
    pen.setTransform(scale, 0, 0, this.canvas.height / this.size.height, 0, 0);
    pen.fillStyle = pen.strokeStyle = RED;
    const { box, points } = operation;
    if (operation.kind === "clear") this.wipe();
    if (operation.kind === "layer") this.lay(operation.name);
    if (operation.kind === "rectangle") pen.fillRect(box.x, box.y, box.width, box.height);
    if (operation.kind === "ellipse") {
      pen.beginPath();
      pen.ellipse(box.x + box.width / 2, box.y + box.height / 2, box.width / 2, box.height / 2, 0, 0, 2 * Math.PI);
      pen.fill();
    }
    if (operation.kind === "polygon") {
      pen.beginPath();
      for (const [x, y] of points) pen.lineTo(x, y);
      pen.fill();
    }
    if (operation.kind === "brush") this.stroke(points, operation.size);
  }

  lay(name) {
    const pen = this.pen;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    const tinted = new OffscreenCanvas(this.canvas.width, this.canvas.height);
    const ink = tinted.getContext("2d");
    ink.drawImage(this.layers[name], 0, 0, tinted.width, tinted.height);
    ink.globalCompositeOperation = "source-in";
    ink.fillStyle = RED;
    ink.fillRect(0, 0, tinted.width, tinted.height);
    pen.drawImage(tinted, 0, 0);
  }

  stroke(points, size) {
    const pen = this.pen;
    [pen.lineWidth, pen.lineCap, pen.lineJoin] = [size, "round", "round"];
    pen.beginPath();
    pen.moveTo(points[0][0] + 0.5, points[0][1] + 0.5);
    for (const [x, y] of points) pen.lineTo(x + 0.5, y + 0.5);
    pen.stroke();
  }

  // A stroke grows while it is drawn; whether it took the point.
  grow(stroke, [x, y]) {
    const [lastX, lastY] = stroke.points.at(-1);
    if (Math.hypot(x - lastX, y - lastY) < Math.max(1, stroke.size / 10) || stroke.points.length >= LONGEST) return;
    stroke.points.push([x, y]);
    this.draw({ ...stroke, points: [[lastX, lastY], [x, y]] });
  }

  // The share of the picture's pixels that are ignored, 0 to 1.
  share() {
    const { width, height } = this.canvas;
    const { data } = this.pen.getImageData(0, 0, width, height);
    let count = 0;
    for (let alpha = 3; alpha < data.length; alpha += 4) if (data[alpha] > 127) count += 1;
    return count / (width * height);
  }
}
