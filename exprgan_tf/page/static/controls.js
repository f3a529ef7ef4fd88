// Expressions and their intensities: what the user wants to see.

const by = (id) => document.getElementById(id);
export const BORROWED = "borrowed";

export class Mixer {
  // neutral: what a face without an expression is called; expressions: the
  // others' names; changed: called when the wish is another one; borrowed:
  // called when there is another tile to be drawn.
  constructor(neutral, expressions, changed, borrowed) {
    this.names = [neutral, ...expressions];
    this.changed = changed;
    this.borrowed = borrowed;
    this.code = null;
    this.shapes = null;
    this.sets = {};
    for (const name of this.names) {
      by("first").append(choice("first", name, true));
    }
    by("second").append(choice("second", "", false, "none"));
    for (const name of expressions) {
      by("second").append(choice("second", name, false));
    }
    this.pick(
      "first", expressions.includes("happy") ? "happy" : expressions[0]);
    this.pick("second", "");
    for (const group of ["first", "second"]) {
      by(group).addEventListener("change", () => this.update());
      by(`${group}-intensity`).addEventListener(
        "input", () => this.update(),
      );
    }
    this.update(false);
  }

  picked(group) {
    return document.querySelector(`input[name=${group}]:checked`).value;
  }

  pick(group, value) {
    document.querySelector(
      `input[name=${group}][value="${value}"]`,
    ).checked = true;
  }

  // The code that was read from another photo becomes an expression.
  borrow(code) {
    if (!this.code) {
      by("first").append(choice("first", BORROWED, true, "theirs"));
    }
    this.code = code;
    this.pick("first", BORROWED);
    this.update();
    this.borrowed();
  }

  // A set of shapes becomes an expression.
  keep(name, shapes, tell = true) {
    if (!(name in this.sets) && !this.names.includes(name)) {
      by("first").append(choice("first", name, true));
    }
    this.sets[name] = shapes;
    if (tell) this.borrowed();
  }

  // What the tiles show at full strength: pairs of name and part of a mix.
  tiles() {
    const tiles = this.names.map((name) => [name, name]);
    if (this.code) tiles.push([BORROWED, this.code]);
    tiles.push(...Object.entries(this.sets));
    return tiles.map(([name, what]) => [name, { what, intensity: 1 }]);
  }

  preview(name, address) {
    const image = document.querySelector(
      `input[name=first][value="${name}"]`,
    ).parentElement.querySelector("img");
    if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
    image.src = address;
  }

  // Pairs of what and intensity, as the server takes them.
  mix() {
    const parts = [this.part("first")];
    if (this.picked("second")) parts.push(this.part("second"));
    const shapes = this.shapes?.part();
    if (shapes) parts.push(shapes);
    return parts;
  }

  part(group) {
    const name = this.picked(group);
    return {
      what: name === BORROWED ? this.code : this.sets[name] ?? name,
      intensity: Number(by(`${group}-intensity`).value) / 100,
    };
  }

  // "happy 80 %, sad 20 %"
  describe() {
    const texts = [`${this.picked("first")} ${by("first-output").value}`];
    if (this.picked("second")) {
      texts.push(`${this.picked("second")} ${by("second-output").value}`);
    }
    return texts.join(", ");
  }

  update(tell = true) {
    for (const group of ["first", "second"]) {
      const slider = by(`${group}-intensity`);
      const text = `${slider.value} %`;
      by(`${group}-output`).value = text;
      slider.setAttribute("aria-valuetext", text);
    }
    by("second-slider").hidden = !this.picked("second");
    if (tell) this.changed();
  }
}

function choice(group, value, withImage, text = value) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: group, value });
  label.append(input);
  if (withImage) {
    const image = document.createElement("img");
    image.alt = "";
    image.className = "blank";
    label.append(image);
  }
  const caption = document.createElement("span");
  caption.textContent = text;
  label.append(caption);
  return label;
}
