import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { AuditRunOptions, AuditRunResult } from '../audit-run/audit-run-options.ts';
import { describeMissingJunit } from '../audit-run/earlier-run.ts';
import { performAuditRun } from '../audit-run/perform-audit-run.ts';
import { formatJson } from '../output/control-characters.ts';
import { clearLine } from '../progress.ts';
import { followSuite } from './follow-suite.ts';
import type { SuiteRun } from './run-batches.ts';
import { formatCounts, SpecCounter, type SpecCounts } from './spec-counts.ts';
import { nameBatch } from './suite-arguments.ts';

const snoop = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));

export interface E2eOptions
  extends Omit<AuditRunOptions, 'command' | 'shownCommand' | 'junit' | 'pattern' | 'onSuite'> {
  readonly run: SuiteRun;
  /** The command that a person would run. */
  readonly shownCommand: readonly string[];
  /** Whether stderr is a terminal, where one line changes. */
  readonly animate: boolean;
}

/** Runs Kubernetes' e2e suite as an audit run, with progress from the audit events. @throws as performAuditRun */
export async function performE2e(options: E2eOptions): Promise<AuditRunResult & { readonly counts: SpecCounts }> {
  const { run, animate, pool, target, progress, stdout, stderr } = options;
  const counter = new SpecCounter(run.batches, run.parallel);
  const ended = new AbortController();
  let following: Promise<void> = Promise.resolve();
  const folder = await mkdtemp(join(tmpdir(), 'snoop-e2e-'));
  try {
    const plan = join(folder, 'plan.json');
    await writeFile(plan, formatJson(run));
    const result = await performAuditRun({
      ...options,
      stdout: passOn(stdout, (text) => {
        // A process that was interrupted or killed did not run all its specs.
        for (const [, number] of text.matchAll(/^process (\d+) of \d+ (?:passed|failed)$/gm))
          counter.endBatch(Number(number));
        if (animate) stderr.write(clearLine);
      }),
      stderr: passOn(stderr, () => {
        if (animate) stderr.write(clearLine);
      }),
      command: [process.execPath, snoop, 'run-e2e', plan, '{report}'],
      junit: [],
      findMissingJunit: (files) => findMissingJunit(run, files),
      pattern: null,
      onSuite: async (state) => {
        if (state === 'begins') {
          const sources = target.stateCluster?.sources ?? [];
          following = followSuite({ pool, sources, counter, progress, animate, ended: ended.signal });
          // An error of the progress must not end the run.
          following.catch(() => {});
          return;
        }
        ended.abort();
        await following.catch(() => {});
        counter.end();
        progress.print(`${formatCounts(counter.read())}.`);
      },
    });
    return { ...result, counts: counter.read() };
  } finally {
    ended.abort();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Passes on what the suite prints. On a terminal, the line of a step must be cleared before. */
function passOn(stream: NodeJS.WritableStream, before: (text: string) => void): Writable {
  return new Writable({
    write(piece: Buffer, _encoding, done) {
      before(piece.toString('utf8'));
      stream.write(piece, () => done());
    },
  });
}

/** Says which processes left no JUnit, as one that is killed. */
function findMissingJunit({ batches }: SuiteRun, files: readonly string[]): string | null {
  const missing = batches.filter((_, at) => !files.some((name) => name.startsWith(`junit_${nameBatch(at + 1)}_`)));
  return describeMissingJunit(missing.length, batches.length);
}
