import type { Command as Declared } from '@snoop/snoopdb/command-line';
import type { Context } from '../context.ts';

/** A command of snoop. Its exit code: 0 yes, 1 no, 2 wrong use, 3 could not do it. */
export type Command = Declared<Context>;
