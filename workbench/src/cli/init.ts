import { resolve } from 'node:path';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import type { Context } from '../context.ts';
import { writeProject } from '../new-project/write-project.ts';
import { escapeControlCharacters } from '../output/control-characters.ts';
import { writeFitted } from '../output/wrap.ts';

export const command = defineCommand({
  name: 'snoop init',
  title: 'write the files that a new folder with live tests needs',
  usage: ['snoop init [folder]'],
  about: `
Writes package.json, tsconfig.json, a first live test, and lines of .gitignore, in the current folder or another one.
It changes no existing file, except that .gitignore gets missing lines, and prints what it left unchanged.`,
  flags: {},
  words: '[folder]',
  examples: `
snoop init
snoop init my-tests && cd my-tests`,
  exitCodes: '0 written, or nothing is missing · 2 wrong use · 3 the folder cannot be written',
  run,
});

const titles = { written: 'wrote', extended: 'added to', unchanged: 'unchanged' } as const;

async function run({ words: [name = '.'] }: Given<Record<string, never>>, context: Context): Promise<number> {
  const { cwd, progress, stdout } = context;
  const folder = resolve(cwd, name);
  const { files, install } = writeProject(folder);
  for (const file of files) {
    const detail = file.detail === '' ? '' : `: ${file.detail}`;
    const line = `${titles[file.state].padEnd(9)}  ${file.name}${detail}`;
    writeFitted(stdout, `${escapeControlCharacters(line)}\n`);
  }
  const next = [...install, 'npx --no-install snoop up', 'npx --no-install snoop test --typecheck'];
  const place = folder === cwd ? '' : ` in ${folder}`;
  progress.print([`Next${place}:`, ...next.map((line) => `  ${line}`)].join('\n'));
  return 0;
}
