// Keeps the page fresh without losing the reader's place: fetch it again, swap what changes.
const EVERY_MS = 2000;

function adoptPictures(fresh) {
  // Pictures that are on the page already stay, so that they do not flicker.
  for (const figure of fresh.querySelectorAll("figure[data-anomaly]")) {
    const old = document.querySelector(`figure[data-anomaly="${CSS.escape(figure.dataset.anomaly)}"]`);
    if (old) figure.replaceWith(old);
  }
}

async function refresh() {
  const state = document.getElementById("state");
  try {
    const answer = await fetch("/", { cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    adoptPictures(fresh);
    document.querySelector("main").replaceWith(fresh.querySelector("main"));
    state.replaceWith(fresh.getElementById("state"));
  } catch {
    state.className = "gone";
    state.textContent = "the service does not answer";
  }
  setTimeout(refresh, EVERY_MS);
}

setTimeout(refresh, EVERY_MS);
