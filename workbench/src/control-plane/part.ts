import type { PartName } from './layout.ts';

/** A part that is a child process of the supervisor. */
export interface Part {
  readonly name: PartName;
  readonly program: string;
  readonly args: readonly string[];
  /** All of its environment: nothing of a person's shell leaks into it. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Whether it does its work now; asked again and again while it starts. */
  isReady(): Promise<boolean>;
  readonly startTimeoutMs: number;
  /** How long it may take to end after SIGTERM. */
  readonly stopTimeoutMs: number;
}
