/** Says on stderr what is going on, but only of steps that take longer than a second: quick ones would be noise. */
export interface Progress {
  /** One line, at once. */
  say(text: string): void;
  /** Runs `work`; after a second its `title` is printed, later every change given to `update`, and at the end how long it took. */
  step<T>(title: string, work: (update: (detail: string) => void) => Promise<T>): Promise<T>;
}

const quietMs = 1000;
/** Without a terminal a long step still shows that it lives, but not in every second. */
const heartbeatMs = 15_000;
const spinnerMs = 200;

/**
 * @param stream where to (stderr for the command line)
 * @param animate true on a terminal: one line that changes; false: plain lines, at most one per 15 s for a step
 */
export function createProgress(stream: NodeJS.WritableStream, animate: boolean): Progress {
  return {
    say: (text) => void stream.write(`${text}\n`),
    async step(title, work) {
      const started = performance.now();
      const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
      let detail = '';
      let shown = false;
      let lastShown = 0;
      const line = (): string => `${title}${detail ? `: ${detail}` : ''} …`;
      const show = (): void => {
        const now = performance.now();
        if (now - started < quietMs) return;
        if (animate) stream.write(`\r\u001b[2K${line()} ${seconds()}`);
        else if (!shown || now - lastShown >= heartbeatMs) stream.write(`${line()}${shown ? ` ${seconds()}` : ''}\n`);
        else return;
        shown = true;
        lastShown = now;
      };
      const timer = setInterval(show, spinnerMs);
      timer.unref();
      const finish = (how: string): void => {
        clearInterval(timer);
        if (shown) stream.write(`${animate ? '\r\u001b[2K' : ''}${title}: ${how} ${seconds()}\n`);
      };
      try {
        const result = await work((text) => {
          detail = text;
        });
        finish('done in');
        return result;
      } catch (error) {
        finish('failed after');
        throw error;
      }
    },
  };
}

/** No progress at all: for tests and for callers that have their own. */
export const silentProgress: Progress = { say: () => {}, step: (_title, work) => work(() => {}) };
