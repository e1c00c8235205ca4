import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import type { Command } from '../command-line/command.ts';
import { answer } from '../completion/answer.ts';
import { type LoadableCommand, refreshData } from '../completion/refresh-data.ts';
import type { Context } from '../context.ts';

/** @param commands of the program */
export function createCommand(commands: readonly LoadableCommand[]): Command {
  return defineCommand({
    name: 'snoop complete',
    title: "answer a shell's completion",
    usage: ['snoop complete -- [word ...]'],
    about: `
Called by the scripts of 'snoop completion'. Prints what the last word may be: a line for each value, with a description
after a tab; or :files or :folders.`,
    flags: {},
    words: '[word...]',
    handsOn: true,
    examples: `
snoop complete -- untested --ki`,
    exitCodes: '0 answered',
    run: async ({ handedOn }: Given<Record<string, never>>, { environment, cwd, stdout }: Context): Promise<number> => {
      const data = await refreshData(environment.cacheFolder, commands);
      stdout.write(answer(data, handedOn, { stateFolder: environment.stateFolder, cwd }));
      return 0;
    },
  });
}
