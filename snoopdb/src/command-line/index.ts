/** The exports for programs. They load no database driver, so that `--help` is fast. */
export {
  type Command,
  type CommandDescription,
  defineCommand,
  type Given,
  type ListedCommand,
  parseCommand,
} from './command.ts';
export { describeError, type ExitCode, SnoopError, wrongUse } from './errors.ts';
export { choiceFlag, Flag, type Flags, groupFlags, listFlag, switchFlag, valueFlag, type Values } from './flag.ts';
export { didYouMean, findNearest, matchValue } from './nearest.ts';
export { pageWidth, printFlagTable, type Section } from './page.ts';
export { type CommandShape, describeShape, type FlagShape, type WordShape } from './shape.ts';
