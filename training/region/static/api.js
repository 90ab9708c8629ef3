// Talking to the server. Every fault becomes a sentence for people.

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("linewatch-train region does not answer: was it ended? Nothing drawn here is lost while this page stays open.");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error || `The server answered ${answer.status}.`);
  return body;
}

export const getRegion = () => ask("/api/region", { cache: "no-store" });

export const saveRegion = (drawn) => ask("/api/region", {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content },
  body: JSON.stringify(drawn),
});

// A picture, or a sentence why there is none: an <img> cannot tell.
export async function loadPicture(element, path) {
  element.src = path;
  try {
    await element.decode();
  } catch {
    if (element.getAttribute("src") !== path) return; // another is shown meanwhile
    await ask(path, { cache: "no-store" });
    throw new Error("This browser cannot show the image.");
  }
}
