/** Says on stderr what is done and how long it took: a run takes minutes, and its figures stand in docs/kind.md. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  let outcome = 'failed';
  try {
    const result = await work();
    outcome = 'done';
    return result;
  } finally {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stderr.write(`${seconds.padStart(7)} s  ${what}${outcome === 'done' ? '' : ': failed'}\n`);
  }
}

/** A remark to the step before. */
export function say(what: string): void {
  process.stderr.write(`           ${what}\n`);
}
