// What the page says: how far it is, and what went wrong.

const by = (id) => document.getElementById(id);
let about = null;
let again = null;

by("message-close").addEventListener("click", () => forgive());
by("message-again").addEventListener("click", () => {
  const retry = again;
  forgive();
  retry?.();
});

// For screen readers and eyes alike.
export function say(text) {
  by("status").textContent = text;
}

// A text behind what the server left out of a file, if it did.
export function toldOf(leftOut, text) {
  return leftOut ? `Of this file, ${leftOut}. ${text}` : text;
}

export function works(busy) {
  by("busy").hidden = !busy;
  by("frame").setAttribute("aria-busy", String(busy));
}

// topic: what it is about, so that success takes it back.
export function fail(error, topic, retry = null) {
  about = topic;
  again = ["silent", "busy", "too_many"].includes(error.code) ? retry : null;
  by("message-text").textContent = error.message;
  by("message-again").hidden = !again;
  by("message").hidden = false;
}

export function forgive(topic = about) {
  if (topic === about) by("message").hidden = true;
}
