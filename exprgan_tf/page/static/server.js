// What the page asks of the server.

export class ServerError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

async function ask(address, options) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch {
    throw new ServerError(
      "silent",
      "The server does not answer. Is it still running? Your picture is " +
      "still here.",
    );
  }
  if (answer.ok) return answer;
  const { code, message } = await answer.json().catch(() => ({}));
  throw new ServerError(
    code ?? "failed", message ?? "Something went wrong. Try again.",
  );
}

function post(address, body) {
  return ask(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

export async function describeModel() {
  return (await ask("api/model")).json();
}

// { picture, faces: [data URL], note: what of the file is left out or guessed, or null }
export async function sendPicture(blob) {
  return (await ask("api/pictures", {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: blob,
  })).json();
}

// { face, before: data URL, center: its place in the photograph, or null }
export async function chooseFace(chosen) {
  return (await post("api/faces", chosen)).json();
}

// { expression, code }
export async function readExpression(lender) {
  return (await post("api/expressions", lender)).json();
}

// what: "edit", "grid" or "animation".
export async function makePicture(face, what, wish) {
  return (await post(`api/faces/${face}/${what}`, wish)).blob();
}

export async function photographOf(face) {
  return (await ask(`api/faces/${face}/photograph`)).blob();
}
