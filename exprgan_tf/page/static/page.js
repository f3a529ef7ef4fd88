// The page: a face, what it is to show, and what is made of both.

import { hasCamera, takePhoto } from "./camera.js";
import { Mixer } from "./controls.js";
import { Face } from "./face.js";
import { latestOnly } from "./latest.js";
import { describeModel } from "./server.js";
import { listenForDrops } from "./drops.js";
import { Lender } from "./lender.js";
import { fail, forgive, say, toldOf, works } from "./messages.js";
import { save } from "./saving.js";
import { Shapes } from "./shapes.js";

const by = (id) => document.getElementById(id);
let model, mixer, shapes, lender, face;
// Whether a face is shown with the photo around it, where there is one.
let wantsWhole = true;
let people = Math.floor(Math.random() * 100000);

const show = latestOnly(async () => {
  const shown = face;
  const wish = { mix: mixer.mix(), view: view() };
  const text = mixer.describe();
  const start = performance.now();
  try {
    const blob = await shown.make("edit", wish);
    if (shown !== face) return;
    await setImage(by("after"), URL.createObjectURL(blob));
    by("frame").style.setProperty(
      "--aspect", by("after").naturalWidth / by("after").naturalHeight);
    by("after").alt = `The face, ${text}`;
    by("speed").textContent = `${Math.round(performance.now() - start)} ms`;
    forgive("show");
  } catch (error) {
    fail(error, "show", () => show());
  }
});

const view = () => (by("photograph").checked ? "photograph" : "face");

async function setImage(image, address) {
  const old = image.src;
  image.src = address;
  await image.decode().catch(() => {});
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
}

// Where the picture is divided into before and after, from 0 to 1.
function split(share) {
  by("split").value = 100 * share;
  by("frame").style.setProperty("--share", `${by("split").value}%`);
}

// Opens a face; what was opened later wins.
async function open(source) {
  await use(new Face(source), (next) => next.open(say), () => open(source));
}

let latest;
async function use(next, prepare, again) {
  latest = next;
  works(true);
  try {
    await prepare(next);
    if (latest !== next) return;
    face = next;
    await showFace();
    forgive();
    const { kind, number } = next.source;
    say(kind === "person" ? `Person ${number}, who does not exist.`
      : toldOf(next.leftOut, readiness(next)));
  } catch (error) {
    if (latest !== next) return;
    say("");
    fail(error, "open", again);
  } finally {
    if (latest === next) works(false);
  }
}

function readiness({ note, shows }) {
  if (note) return `This photo is painted, not moved: ${note}.`;
  if (shows) {
    return `Ready. This face is ${shows} already: choose another expression.`;
  }
  return "Ready. Choose an expression.";
}

async function showFace() {
  const { kind, number } = face.source;
  by("photograph-switch").hidden = !face.hasPhotograph;
  by("shapes").hidden = !face.moves;
  mixer.shapes = face.moves ? shapes : null;
  by("photograph").checked = face.hasPhotograph && wantsWhole;
  for (const button of by("examples").children) {
    button.setAttribute("aria-pressed", String(
      kind === "example" && Number(button.value) === number));
  }
  listFaces();
  show();
  await setBefore();
  showPreviews(face);
}

async function setBefore() {
  split(view() === "photograph" ? face.center : 0.5);
  const address = view() === "photograph"
    ? URL.createObjectURL(await face.photograph()) : face.before;
  await setImage(by("before"), address);
}

async function showPreviews(shown) {
  for (const [name, part] of mixer.tiles()) {
    const blob = await shown.make("edit", { mix: [part] }).catch(() => null);
    if (shown !== face || !blob) return;
    mixer.preview(name, URL.createObjectURL(blob));
  }
}

function listFaces() {
  by("faces").hidden = face.faces.length < 2;
  by("faces").querySelector("div").replaceChildren(
    ...face.faces.map((address, number) => {
      const button = thumbnail(address, `Face ${number + 1}`, number);
      button.setAttribute(
        "aria-pressed", String(number === face.source.number));
      button.addEventListener("click", () => {
        const other = face.sibling(number);
        use(other, () => other.reopen(say), () => button.click());
      });
      return button;
    }));
}

function thumbnail(address, text, number) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", value: String(number) });
  const image = document.createElement("img");
  Object.assign(image, { src: address, alt: text });
  button.append(image);
  return button;
}

function openPhoto(blob) {
  if (!blob || !fits(blob)) return;
  open({ kind: "picture", number: 0, blob });
}

function fits(blob) {
  const fine = blob.size <= model.most_bytes;
  if (!fine) {
    fail(new Error(
      `This file is too large: at most ${Math.round(model.most_bytes / 1e6)} ` +
      "MB. Save it smaller and try again."), "open");
  }
  return fine;
}

async function useCamera() {
  if (!hasCamera()) {
    by("capture").click();
    return;
  }
  try {
    openPhoto(await takePhoto());
  } catch {
    fail(new Error(
      "The camera cannot be used: none is there, or it was not allowed. " +
      "Choose a photo instead."), "open");
  }
}

function connect() {
  for (const [button, input] of [["choose", "file"], ["lend", "lender-file"]]) {
    by(button).addEventListener("click", () => by(input).click());
  }
  for (const id of ["file", "capture"]) {
    by(id).addEventListener("change", () => {
      openPhoto(by(id).files[0]);
      by(id).value = "";
    });
  }
  by("camera").addEventListener("click", useCamera);
  by("person").addEventListener("click", () => {
    people += 1;
    open({ kind: "person", number: people });
  });
  by("compare").addEventListener("change", () => {
    by("split-view").hidden = !by("compare").checked;
  });
  by("split").addEventListener("input", () =>
    split(by("split").value / 100));
  by("photograph").addEventListener("change", () => {
    wantsWhole = by("photograph").checked;
    setBefore().catch((error) => fail(error, "show"));
    show();
  });
  for (const what of ["picture", "grid", "animation"]) {
    by(`save-${what}`).addEventListener("click", () =>
      save(what, face, { mix: mixer.mix(), view: view() },
        mixer.describe(), by(`save-${what}`)));
  }
  listenForDrops(openPhoto, (blob) => fits(blob) && lender.open(blob));
}

async function start() {
  works(true);
  try {
    model = await describeModel();
  } catch (error) {
    works(false);
    fail(error, "start", start);
    return;
  }
  forgive();
  by("minutes").textContent = String(Math.round(model.keep_minutes));
  mixer = new Mixer(
    model.neutral, model.expressions, () => face && show(),
    () => showPreviews(face));
  shapes = new Shapes(
    model.shapes, () => face && show(),
    (name) => mixer.keep(name, shapes.sets[name]));
  for (const [name, set] of Object.entries(shapes.sets)) {
    mixer.keep(name, set, false);
  }
  lender = new Lender(model.expressions, mixer, fits);
  model.examples.forEach((address, number) => {
    const button = thumbnail(address, `Rendered face ${number + 1}`, number);
    button.addEventListener("click", () => open({ kind: "example", number }));
    by("examples").append(button);
  });
  connect();
  await open({ kind: "example", number: 0 });
}

start();
