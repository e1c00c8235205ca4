import { saveProgress, type Segment } from './segment.ts';

const pauseMs = 2000;

/** Saves how far segments are committed, regularly during a replay and at its end. */
export class ProgressNotes {
  readonly #bodies = new WeakMap<Segment, number>();
  #savedAt = 0;

  /** At most every two seconds. */
  saveSometimes(segment: Segment): void {
    if (performance.now() - this.#savedAt > pauseMs) this.save(segment);
  }

  /** Does nothing when nothing was committed since the last time. */
  save(segment: Segment): void {
    if (this.#bodies.get(segment) === segment.bodies) return;
    this.#bodies.set(segment, segment.bodies);
    this.#savedAt = performance.now();
    saveProgress(segment);
  }
}
