import { escapeLines } from './output/control-characters.ts';
import { fitText, readWidth } from './output/wrap.ts';

/** Says on stderr what is going on, but only of steps that take longer than a second: quick ones would be noise. */
export interface Progress {
  /** One line, at once. */
  print(text: string): void;
  /** Runs `work`; after a second its `title` is printed, later every change given to `update`, and at the end how long it took. */
  step<T>(title: string, work: (update: (detail: string) => void) => Promise<T>): Promise<T>;
  /** A step of which it is known how much is done: a bar, the rate, and the time it still takes. */
  bar<T>(title: string, work: (update: (state: BarState) => void) => Promise<T>): Promise<T>;
}

/** How far something long is. */
export interface BarState {
  /** When all of them are read, the last is still worked on. */
  readonly bytes: number;
  /** null: nobody knows. */
  readonly totalBytes: number | null;
  readonly events: number;
}

const quietMs = 1000;
/** Without a terminal a long step still shows that it lives, but not in every second. */
const heartbeatMs = 15_000;
const spinnerMs = 200;

/**
 * @param stream where to (stderr for the command line)
 * @param animate true on a terminal: one line that changes; false: plain lines, at most one per 15 s for a step
 */
export function createProgress(
  stream: NodeJS.WritableStream & { readonly columns?: number },
  animate: boolean,
): Progress {
  /** @param describe what is said of the step, by the seconds it has taken; empty for nothing */
  const follow = async <T>(
    title: string,
    describe: (seconds: number) => string,
    work: () => Promise<T>,
  ): Promise<T> => {
    const started = performance.now();
    const elapsed = (): number => (performance.now() - started) / 1000;
    let shown = false;
    let lastShown = 0;
    const show = (): void => {
      const now = performance.now();
      if (now - started < quietMs) return;
      const detail = describe(elapsed());
      const line = `${title}${detail ? `: ${detail}` : ''} …`;
      const time = `${elapsed().toFixed(1)} s`;
      // A line that wraps could not be drawn over.
      if (animate) stream.write(`\r\u001b[2K${`${line} ${time}`.slice(0, (stream.columns ?? 500) - 1)}`);
      else if (!shown || now - lastShown >= heartbeatMs) stream.write(`${line}${shown ? ` ${time}` : ''}\n`);
      else return;
      shown = true;
      lastShown = now;
    };
    const timer = setInterval(show, spinnerMs);
    timer.unref();
    const finish = (how: string): void => {
      clearInterval(timer);
      if (shown) stream.write(`${animate ? '\r\u001b[2K' : ''}${title}: ${how} ${elapsed().toFixed(1)} s\n`);
    };
    try {
      const result = await work();
      finish('done in');
      return result;
    } catch (error) {
      finish('failed after');
      throw error;
    }
  };
  return {
    print: (text) => void stream.write(`${fitText(escapeLines(text), readWidth(stream))}\n`),
    step(title, work) {
      let detail = '';
      return follow(
        title,
        () => detail,
        () =>
          work((text) => {
            detail = text;
          }),
      );
    },
    bar(title, work) {
      let state: BarState | null = null;
      return follow(
        title,
        (seconds) => (state === null ? '' : formatBar(state, seconds, animate)),
        () =>
          work((now) => {
            state = now;
          }),
      );
    },
  };
}

const barCells = 20;
const count = new Intl.NumberFormat('en');

/**
 * How far something is, in words: `[########............] 40 %, 532 of 1,330 MB, 400,000 events, 52,000/s, 12 s left`.
 *
 * @param seconds since it began
 * @param drawn with the bar itself
 */
export function formatBar({ bytes, totalBytes, events }: BarState, seconds: number, drawn: boolean): string {
  const share = totalBytes === null || totalBytes === 0 ? null : Math.min(1, bytes / totalBytes);
  const megabytes = (number: number): string => count.format(Number((number / 1e6).toFixed(number < 1e7 ? 1 : 0)));
  const full = Math.round((share ?? 0) * barCells);
  const parts = [
    ...(share === null ? [] : [share < 1 ? `${Math.floor(share * 100)} %` : 'all read']),
    `${share === null || totalBytes === null ? '' : `${megabytes(bytes)} of `}${megabytes(totalBytes ?? bytes)} MB`,
    `${count.format(events)} events`,
    ...(seconds >= 1 ? [`${count.format(Math.round(events / seconds))}/s`] : []),
    ...(share !== null && share > 0 && share < 1 && seconds >= 1
      ? [`${formatLeft((seconds * (1 - share)) / share)} left`]
      : []),
    ...(share === 1 ? ['storing the last of it'] : []),
  ];
  return `${drawn && share !== null ? `[${'#'.repeat(full)}${'.'.repeat(barCells - full)}] ` : ''}${parts.join(', ')}`;
}

function formatLeft(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** No progress at all: for tests and for callers that have their own. */
export const silentProgress: Progress = {
  print: () => {},
  step: (_title, work) => work(() => {}),
  bar: (_title, work) => work(() => {}),
};
