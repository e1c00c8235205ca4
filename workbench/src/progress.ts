import { escapeLines } from './output/control-characters.ts';
import { fitText, readWidth } from './output/wrap.ts';

/** Reports on stderr what is going on. Steps that take less than a second are not shown. */
export interface Progress {
  /** Prints text at once. */
  print(text: string): void;
  /**
   * Runs `work`. After a second its title is printed, then every change passed to `update`, and at the end how long
   * it took.
   */
  step<T>(title: string, work: (update: (detail: string) => void) => Promise<T>): Promise<T>;
  /** A step with known progress: a bar, the rate, and the time left. */
  bar<T>(title: string, work: (update: (state: BarState) => void) => Promise<T>): Promise<T>;
}

export interface BarState {
  /** All bytes may be read while the last events are still being stored. */
  readonly bytes: number;
  /** null: unknown. */
  readonly totalBytes: number | null;
  readonly events: number;
}

const quietMs = 1000;
/** Without a terminal, a long step still prints a line now and then. */
const heartbeatMs = 15_000;
const spinnerMs = 200;
/** On a terminal, removes the line of a step, which is drawn again. */
export const clearLine = '\r\u001b[2K';

/**
 * @param stream stderr for the command line
 * @param animate true on a terminal: one line that changes; false: plain lines, at most one per 15 s for a step
 */
export function createProgress(
  stream: NodeJS.WritableStream & { readonly columns?: number },
  animate: boolean,
): Progress {
  /** @param describe the detail to show after so many seconds; empty for none */
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
      // A line that wraps cannot be overwritten.
      if (animate) stream.write(`${clearLine}${`${line} ${time}`.slice(0, (stream.columns ?? 500) - 1)}`);
      else if (!shown || now - lastShown >= heartbeatMs) stream.write(`${line}${shown ? ` ${time}` : ''}\n`);
      else return;
      shown = true;
      lastShown = now;
    };
    const timer = setInterval(show, spinnerMs);
    timer.unref();
    const finish = (how: string): void => {
      clearInterval(timer);
      if (shown) stream.write(`${animate ? clearLine : ''}${title}: ${how} ${elapsed().toFixed(1)} s\n`);
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
    print: (text) => void stream.write(`${animate ? clearLine : ''}${fitText(escapeLines(text), readWidth(stream))}\n`),
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
 * Formats progress: `[########............] 40 %, 532 of 1,330 MB, 400,000 events, 52,000/s, 12 s left`.
 *
 * @param seconds since the start
 * @param drawn whether to draw the bar
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

/** Prints nothing: for tests, and for callers with their own progress. */
export const silentProgress: Progress = {
  print: () => {},
  step: (_title, work) => work(() => {}),
  bar: (_title, work) => work(() => {}),
};
