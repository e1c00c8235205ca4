import { defineCommand, didYouMean, findNearest, type Given, wrongUse } from '@snoop/snoopdb/command-line';
import type { Command } from '../command-line/command.ts';
import { type LoadableCommand, refreshData } from '../completion/refresh-data.ts';
import { readShellScript, shells } from '../completion/shell-script.ts';
import type { Context } from '../context.ts';

/** @param commands of the program */
export function createCommand(commands: readonly LoadableCommand[]): Command {
  return defineCommand({
    name: 'snoop completion',
    title: 'print a script that completes commands in bash, zsh or fish',
    usage: ['snoop completion <bash|zsh|fish>'],
    about: `
Completes commands, flags, their values, kinds, endpoints and releases that ship, and the runs of the state folder. It
needs no cluster and no database.`,
    flags: {},
    words: '<shell>',
    firstWord: shells,
    environment: { XDG_CACHE_HOME: 'the cache, with the data of completion (default: ~/.cache)' },
    examples: `
source <(snoop completion bash)        # in ~/.bashrc
source <(snoop completion zsh)         # in ~/.zshrc, after compinit
snoop completion fish | source         # in ~/.config/fish/config.fish`,
    exitCodes: '0 printed · 2 wrong use',
    run: async ({ words: [name = ''] }: Given<Record<string, never>>, context: Context): Promise<number> => {
      const shell = shells.find((known) => known === name);
      if (shell === undefined) {
        const advice = didYouMean(findNearest(name, shells, 1).map((near) => `snoop completion ${near}`));
        throw wrongUse(`Unknown shell '${name}'. One of: ${shells.join(', ')}.`, advice);
      }
      context.stdout.write(readShellScript(shell));
      // So that the first completion is as fast as the others.
      await refreshData(context.environment.cacheFolder, commands);
      return 0;
    },
  });
}
