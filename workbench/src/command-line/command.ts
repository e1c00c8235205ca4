import type { Context } from '../context.ts';

/** One command: the page for `--help`, and what it does. Its exit code: 0 yes, 1 no, 2 wrong use, 3 could not do it. */
export interface Command {
  readonly help: string;
  run(args: readonly string[], context: Context): Promise<number>;
}

/** A command of a command, which reads its own flags and has no page of its own. */
export type SubCommand = Pick<Command, 'run'>;
