// The face that is edited: where it is from, and what the server calls it.

import { chooseFace, makePicture, photographOf, sendPicture } from
  "./server.js";

export class Face {
  // source: { kind: "picture", blob }, { kind: "example" } or
  // { kind: "person" }, each with a number.
  constructor(source) {
    this.source = source;
    this.faces = [];
  }

  // Sends it; tell(text) says how far it is.
  async open(tell = () => {}) {
    const { kind, number, blob } = this.source;
    if (kind === "picture" && !this.picture) {
      tell("Looking for a face …");
      const found = await sendPicture(blob);
      this.picture = found.picture;
      this.faces = found.faces;
      this.leftOut = found.note;
    }
    tell("Getting to know the face …");
    const opened = await chooseFace({ kind, number, picture: this.picture });
    this.token = opened.face;
    this.before = opened.before;
    this.center = opened.center;
    this.hasPhotograph = opened.center !== null;
    this.moves = opened.moves;
    this.shows = opened.shows;
    this.note = opened.note;
    return this;
  }

  // Another face of the same photo.
  sibling(number) {
    const face = new Face({ ...this.source, number });
    face.picture = this.picture;
    face.faces = this.faces;
    face.leftOut = this.leftOut;
    return face;
  }

  // Opens a sibling, even when the photo was forgotten.
  reopen(tell) {
    return this.remembered(() => (this.token ? this : this.open(tell)));
  }

  make(what, wish) {
    return this.remembered(() => makePicture(this.token, what, wish));
  }

  photograph() {
    return this.remembered(() => photographOf(this.token));
  }

  // The server forgets faces; then the photo is sent again, once.
  async remembered(work) {
    try {
      return await work(this);
    } catch (error) {
      if (error.code !== "forgotten") throw error;
      this.picture = undefined;
      await this.open();
      return work(this);
    }
  }
}
