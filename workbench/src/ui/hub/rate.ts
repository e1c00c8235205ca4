const seconds = 10;

/** Measures events per second over the last ten seconds. */
export class Rate {
  #buckets: { second: number; events: number; own: number }[] = [];

  add(nowMs: number, { isOwn }: { readonly isOwn: boolean }): void {
    const second = Math.floor(nowMs / 1000);
    let last = this.#buckets.at(-1);
    if (last?.second !== second) {
      last = { second, events: 0, own: 0 };
      this.#buckets.push(last);
      this.#drop(second);
    }
    if (isOwn) last.own += 1;
    else last.events += 1;
  }

  /** Per second: events without the cluster's own, and its own. */
  read(nowMs: number): { readonly events: number; readonly own: number } {
    this.#drop(Math.floor(nowMs / 1000));
    const sum = (pick: 'events' | 'own'): number =>
      this.#buckets.reduce((total, bucket) => total + bucket[pick], 0) / seconds;
    return { events: sum('events'), own: sum('own') };
  }

  #drop(second: number): void {
    this.#buckets = this.#buckets.filter((bucket) => bucket.second > second - seconds);
  }
}
