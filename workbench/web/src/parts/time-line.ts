/** A request on a time line. Times in milliseconds. */
export interface TimeLineItem {
  readonly key: string;
  readonly start: number;
  /** null: it has not ended, or that is unknown. */
  readonly end: number | null;
}

/** Place and length from 0 to 1. */
export interface TimeLineBar {
  readonly start: number;
  readonly length: number;
}

export interface TimeLine {
  /** Of the first item, in milliseconds. */
  readonly start: number;
  readonly duration: number;
  readonly bars: ReadonlyMap<string, TimeLineBar>;
  readonly ticks: readonly { readonly place: number; readonly label: string }[];
}

/** @returns null: there are no items */
export function createTimeLine(items: readonly TimeLineItem[], maxTicks = 6): TimeLine | null {
  if (items.length === 0) return null;
  let [start, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const item of items) {
    start = Math.min(start, item.start);
    end = Math.max(end, item.start, item.end ?? item.start);
  }
  const duration = Math.max(1, end - start);
  const bars = items.map((item): [string, TimeLineBar] => {
    const from = (item.start - start) / duration;
    // An API server's clock may be set back between two stages.
    const until = Math.max(item.start, item.end ?? item.start);
    return [item.key, { start: from, length: (until - item.start) / duration }];
  });
  return { start, duration, bars: new Map(bars), ticks: createTicks(duration, maxTicks) };
}

function createTicks(duration: number, maxTicks: number): TimeLine['ticks'] {
  const step = chooseStep(duration / maxTicks);
  const count = Math.floor(duration / step) + 1;
  return Array.from({ length: count }, (_, index) => ({
    place: (index * step) / duration,
    label: formatDuration(index * step),
  }));
}

/** The next 1, 2 or 5 times a power of ten milliseconds; above ten seconds, round seconds, minutes and hours. */
function chooseStep(least: number): number {
  const long = [10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21_600, 43_200, 86_400].map((s) => s * 1000);
  if (least > 5000) return long.find((step) => step >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000;
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 0.1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? 10 * power;
}

/** `0.4 ms`, `20 ms`, `1.5 s`, `2 min 30 s`, `1 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1000) return `${trim(ms, ms < 10 ? 1 : 0)} ms`;
  if (ms < 60_000) return `${trim(ms / 1000, ms < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const parts = [hours > 0 && `${hours} h`, minutes > 0 && `${minutes} min`, hours === 0 && rest > 0 && `${rest} s`];
  return parts.filter(Boolean).join(' ');
}

function trim(number: number, digits: number): string {
  return String(Number(number.toFixed(digits)));
}
