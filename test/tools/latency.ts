/** Milliseconds below which that share of the requests was answered. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** @param times milliseconds, in any order */
export function summarizeLatency(times: readonly number[]): Latency {
  const sorted = Float64Array.from(times).sort();
  // The nearest rank: a value that was measured, and never a better one than the share asks for.
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
