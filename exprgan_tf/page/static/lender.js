// The other photo, whose expression is borrowed.

import { fail, forgive, say, toldOf } from "./messages.js";
import { readExpression, sendPicture } from "./server.js";

const by = (id) => document.getElementById(id);

export class Lender {
  constructor(names, mixer, fits) {
    this.mixer = mixer;
    for (const name of names) {
      by("lender-expression").append(new Option(name, name));
    }
    by("lender-file").addEventListener("change", () => {
      const blob = by("lender-file").files[0];
      by("lender-file").value = "";
      if (blob && fits(blob)) this.open(blob);
    });
    by("lender-expression").addEventListener("change", () =>
      this.attempt(() => this.read(by("lender-expression").value)));
  }

  open(blob) {
    this.blob = blob;
    return this.attempt(async () => {
      await this.send();
      await this.read(null);
    });
  }

  async send() {
    say("Reading the expression …");
    const { picture, faces, note } = await sendPicture(this.blob);
    this.picture = picture;
    this.face = faces[0];
    this.leftOut = note;
  }

  // expression: what the user calls it; null: the server finds out.
  async read(expression) {
    let found;
    try {
      found = await readExpression({ picture: this.picture, expression });
    } catch (error) {
      if (error.code !== "forgotten") throw error;
      await this.send();
      found = await readExpression({ picture: this.picture, expression });
    }
    by("lender").src = this.face;
    by("lender").alt = `The other face, ${found.expression}`;
    by("lender").hidden = false;
    by("lender-hint").hidden = true;
    by("lender-says").hidden = false;
    by("lender-expression").value = found.expression;
    this.mixer.borrow(found.code);
    say(toldOf(
      this.leftOut,
      `Borrowed: ${found.expression}. Not right? Correct it there.`));
  }

  async attempt(work) {
    try {
      await work();
      forgive("lend");
    } catch (error) {
      say("");
      fail(error, "lend", () => this.attempt(work));
    }
  }
}
