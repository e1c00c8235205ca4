import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatKinds, replaceTable, tryKinds } from './new-kinds.ts';

const file = fileURLToPath(new URL('../../docs/new.md', import.meta.url));

export const help = `npm run tool -- new-kinds --state DIR

Writes a test of each kind with 'snoop new', runs them all on the control plane of the state folder, and writes the
table in docs/new.md.
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { state: { type: 'string' } } });
  if (values.state === undefined) {
    process.stderr.write(help);
    return 2;
  }
  const folder = await mkdtemp(join(tmpdir(), 'snoop-new-'));
  try {
    const { kinds, writingMs, stderr } = await tryKinds(values.state, folder);
    await writeFile(file, replaceTable(await readFile(file, 'utf8'), formatKinds(kinds)));
    process.stderr.write(`snoop new for ${kinds.length} kinds: ${(writingMs / 1000).toFixed(1)} s\n`);
    const isGood = kinds.every(({ passed, missed }) => passed && missed.length === 0);
    if (!isGood) process.stderr.write(stderr);
    return isGood ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
