// Technicians on the map, each gliding from where it was to where it was last heard of.

import { worldOf } from "map/world.js";

/** How long a technician glides to a new point: as long as the last report was ago, within this. */
const GLIDE_MS = [500, 6000];

export class People {
  #all = new Map();

  get size() {
    return this.#all.size;
  }

  get(id) {
    return this.#all.get(id);
  }

  values() {
    return this.#all.values();
  }

  /** All of them as the app knows them now; who is not among them is gone. */
  hear(all, now, still) {
    const gone = new Set(this.#all.keys());
    for (const one of all) {
      gone.delete(one.id);
      const [x, y] = worldOf(one.point);
      const known = this.#all.get(one.id);
      const person = known ?? { x, y, from: [x, y], to: [x, y], began: now, ends: now, heard: now };
      Object.assign(person, { id: one.id, heading: one.heading_deg, busy: one.busy, fresh: one.fresh });
      if (x !== person.to[0] || y !== person.to[1]) {
        place(person, now);
        const glide = Math.min(Math.max(now - person.heard, GLIDE_MS[0]), GLIDE_MS[1]);
        Object.assign(person, {
          from: [person.x, person.y],
          to: [x, y],
          began: now,
          ends: still || !one.fresh ? now : now + glide,
          heard: now,
        });
      }
      this.#all.set(one.id, person);
    }
    for (const id of gone) this.#all.delete(id);
  }

  /** Everybody where they are now: how many are on their way, and the fastest (world widths a second). */
  step(now) {
    let [fastest, moving] = [0, 0];
    for (const person of this.#all.values()) {
      if (!place(person, now)) continue;
      const { from, to, began, ends } = person;
      const way = Math.hypot(to[0] - from[0], to[1] - from[1]);
      fastest = Math.max(fastest, (way * 1000) / (ends - began));
      moving += 1;
    }
    return { fastest, moving };
  }
}

function place(person, now) {
  const { from, to, began, ends } = person;
  const part = now >= ends ? 1 : (now - began) / (ends - began);
  person.x = from[0] + (to[0] - from[0]) * part;
  person.y = from[1] + (to[1] - from[1]) * part;
  return part < 1;
}
