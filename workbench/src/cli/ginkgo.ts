import { exportRun } from '@snoop/snoopdb';
import { defineCommand, type Given, switchFlag, valueFlag } from '@snoop/snoopdb/command-line';
import { writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { withDatabase } from '../cluster-choice/with-database.ts';
import { databaseEnvironment, databaseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { SnoopError } from '../errors.ts';
import { loadGoTypes } from '../ginkgo/go-types.ts';
import { writeGinkgoFile } from '../ginkgo/write-file.ts';
import { escapeControlCharacters } from '../output/control-characters.ts';
import { prepareRun } from '../run/prepare-run.ts';

const flags = {
  out: valueFlag('--out <FILE>', 'the file to write; it must not exist').defaultsToWhat('stdout'),
  conformance: switchFlag('--conformance', 'write ConformanceIt, for a promotion, instead of It'),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop ginkgo',
  title: 'write a run as a Go test for kubernetes/kubernetes',
  usage: ['snoop ginkgo [run] [options]'],
  about: `
Writes the Go file that a pull request to kubernetes/kubernetes starts from: each live test of the run as a test of the
e2e framework, with its requests as calls of client-go in the order in which they were sent, and their answers as
expectations. What needs you is marked 'TODO:'. The objects come from the stored bodies of the run; without them there
are more such lines.`,
  flags,
  words: '[run]',
  environment: databaseEnvironment,
  examples: `
snoop ginkgo                               # the last run
snoop ginkgo last~1 --out pod_templates.go
snoop ginkgo --conformance > pod_templates.go`,
  exitCodes: '0 written · 2 no such run, it sent no request, or the file exists · 3 SnoopDB does not answer',
  run,
});

async function run({ flags: values, words: [wanted] }: Given<typeof flags>, context: Context): Promise<number> {
  const { cwd, progress, stdout } = context;
  return withDatabase(context, values, { user: 'snoop ginkgo' }, async (database) => {
    const { stateFolder, target, pool } = database;
    const id = await prepareRun(wanted ?? null, { database, stateFolder, target, progress });
    const document = await exportRun(pool, id, { bodies: true });
    const { text, folder, notes } = writeGinkgoFile(document, await loadGoTypes(), values.conformance === true);
    if (values.out === undefined) stdout.write(text);
    else await writeNew(resolve(cwd, values.out), text, cwd);
    for (const note of notes) progress.print(escapeControlCharacters(note));
    progress.print(`It belongs into ${folder} of kubernetes/kubernetes.`);
    return 0;
  });
}

async function writeNew(file: string, text: string, cwd: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new SnoopError(
      'file_exists',
      `${relative(cwd, file) || file} exists, and 'snoop ginkgo' overwrites nothing.`,
      {
        exitCode: 2,
        advice: ['Choose another file: --out FILE.'],
        cause: error,
      },
    );
  }
}
