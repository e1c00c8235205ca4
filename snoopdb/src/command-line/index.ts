/** The face for programs: it reads no database driver, so that `--help` comes at once. */
export { type Command, defineCommand, type Given, type ListedCommand, parseCommand } from './command.ts';
export { describeError, type ExitCode, SnoopError, wrongUse } from './errors.ts';
export { choiceFlag, Flag, type Flags, groupFlags, listFlag, switchFlag, valueFlag, type Values } from './flag.ts';
export { didYouMean, findNearest, matchValue } from './nearest.ts';
export { pageWidth, printFlagTable, type Section } from './page.ts';
