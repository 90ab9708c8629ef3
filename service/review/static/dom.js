// Making elements. Text is always set as text, never as markup.

export const $ = (id) => document.getElementById(id);

export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function rectangle(box, kind) {
  const made = document.createElementNS(SVG, "rect");
  for (const side of ["x", "y", "width", "height"]) made.setAttribute(side, box[side]);
  made.setAttribute("class", kind);
  made.setAttribute("vector-effect", "non-scaling-stroke");
  return made;
}

export const when = (time) =>
  new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const briefly = (time) =>
  new Date(time).toLocaleString(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });

export const ASKED = { anomaly: "anomaly", review: "to review", audit: "audit", chosen: "chosen" };
export const ASKED_MANY = { anomaly: "anomalies", review: "to review", audit: "audits" };
