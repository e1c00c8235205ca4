import type { Environment } from './environment.ts';
import type { Progress } from './progress.ts';

/** What a command gets instead of the process it runs in, so that tests need no process. */
export interface Context {
  readonly environment: Environment;
  readonly progress: Progress;
  /** For results. */
  readonly stdout: NodeJS.WritableStream;
  /** For everything else. */
  readonly stderr: NodeJS.WritableStream;
  /** The words after `snoop`. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Aborted at Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}
