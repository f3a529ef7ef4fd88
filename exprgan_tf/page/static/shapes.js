// Brows, eyes and mouth, shape by shape, and sets of them with a name.

const by = (id) => document.getElementById(id);
const KEPT = "exprgan-shapes";

export class Shapes {
  // groups: { title: [shape] }; changed: called when a slider moves;
  // kept: called with the names of the sets when one was kept.
  constructor(groups, changed, kept) {
    this.weights = {};
    this.changed = changed;
    this.sets = stored();
    for (const [title, names] of Object.entries(groups)) {
      const group = document.createElement("fieldset");
      const legend = document.createElement("legend");
      legend.textContent = title;
      group.append(legend, ...names.map((name) => this.slider(name)));
      by("shapes-sliders").append(group);
    }
    by("shapes-side").addEventListener("change", () => this.draw());
    by("shapes-reset").addEventListener("click", () => {
      this.weights = {};
      this.draw();
      this.changed();
    });
    by("shapes-keep").addEventListener("click", () => {
      const name = by("shapes-name").value.trim();
      if (!name || !this.part()) return;
      this.sets[name] = { ...this.weights };
      localStorage.setItem(KEPT, JSON.stringify(this.sets));
      by("shapes-name").value = "";
      kept(name);
    });
  }

  // What the sliders say as part of a mix; null when all are at zero.
  part() {
    const shapes = Object.fromEntries(
      Object.entries(this.weights).filter(([, weight]) => weight));
    return Object.keys(shapes).length
      ? { what: shapes, intensity: 1 } : null;
  }

  slider(name) {
    const row = document.createElement("div");
    row.className = "slider";
    const label = document.createElement("label");
    const output = document.createElement("output");
    const input = document.createElement("input");
    Object.assign(input, {
      type: "range", min: "-100", max: "100", value: "0",
      id: `shape-${name}`,
    });
    input.dataset.shape = name;
    label.htmlFor = output.htmlFor = input.id;
    label.textContent = spoken(name);
    output.value = "0 %";
    input.addEventListener("input", () => {
      this.weights[name + by("shapes-side").value] = input.value / 100;
      show(input, output);
      this.changed();
    });
    row.append(label, output, input);
    return row;
  }

  // The sliders of the side that is chosen.
  draw() {
    for (const input of by("shapes-sliders").querySelectorAll("input")) {
      const name = input.dataset.shape + by("shapes-side").value;
      input.value = 100 * (this.weights[name] ?? 0);
      show(input, input.previousElementSibling);
    }
  }
}

function show(input, output) {
  output.value = `${input.value} %`;
  input.setAttribute("aria-valuetext", output.value);
}

// "browInnerUp" becomes "brow inner up".
function spoken(name) {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}
