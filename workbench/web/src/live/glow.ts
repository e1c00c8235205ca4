/** How long an endpoint is lit after a hit. */
export const glowMs = 4000;

/** Which endpoints were hit a moment ago. */
export class Glow {
  readonly #litAt = new Map<string, number>();

  get isDark(): boolean {
    return this.#litAt.size === 0;
  }

  light(endpoints: Iterable<string>, nowMs: number): void {
    for (const endpoint of endpoints) this.#litAt.set(endpoint, nowMs);
  }

  /**
   * The brightness of each lit endpoint, up to 1; endpoints that are dark again are forgotten.
   * @param options.fades false: lit or dark, for people who prefer reduced motion
   */
  read(nowMs: number, { fades }: { readonly fades: boolean }): ReadonlyMap<string, number> {
    const lit = new Map<string, number>();
    for (const [endpoint, at] of this.#litAt) {
      const left = 1 - (nowMs - at) / glowMs;
      if (left <= 0) this.#litAt.delete(endpoint);
      else lit.set(endpoint, fades ? left : 1);
    }
    return lit;
  }
}
