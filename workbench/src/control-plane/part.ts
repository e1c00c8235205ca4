import type { PartName } from './layout.ts';

/** A part that runs as a child process of the supervisor. */
export interface Part {
  readonly name: PartName;
  readonly program: string;
  readonly args: readonly string[];
  /** Its whole environment: nothing is inherited from the user's shell. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Whether it is ready now; polled while it starts. */
  isReady(): Promise<boolean>;
  readonly startTimeoutMs: number;
  /** The time limit after SIGTERM. */
  readonly stopTimeoutMs: number;
}
