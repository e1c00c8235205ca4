import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, type RunRecord } from '@snoop/snoopdb';
import { locateRun } from '../../journal/journal.ts';
import type { RunHead } from '../../journal/journal-lines.ts';
import { readJournal, readRunHead } from '../../journal/read-journal.ts';
import type { LiveRun, LiveTest } from '../live/messages.ts';

/** A run that has ended is shown for this time. */
const endedMs = 30_000;
const maxRuns = 10;
const maxTests = 50;
const maxSteps = 50;
const maxCharacters = 300;
/** Older runs are not read. */
const maxAgeMs = 24 * 3_600_000;
/** At most a tenth of the time is spent on reading a journal. */
const pauseFactor = 10;

interface KnownRun {
  readonly size: number;
  readonly run: LiveRun;
  /** Of `performance.now()`. */
  readonly readAt: number;
  readonly tookMs: number;
}

/** Reads the runs that are going on from their journals in a state folder, which are read again when they grow. */
export class RunningRuns {
  readonly #stateFolder: string;
  /** Runs that ended long ago. */
  readonly #over = new Set<string>();
  readonly #known = new Map<string, KnownRun>();
  #last = '[]';

  constructor(stateFolder: string) {
    this.#stateFolder = stateFolder;
  }

  /** @returns newest first; null: unchanged since the last call */
  async read(): Promise<readonly LiveRun[] | null> {
    const runs: LiveRun[] = [];
    for (const id of await this.#listNewest()) {
      const run = this.#over.has(id) ? null : await this.#readOne(id).catch(() => null);
      if (run !== null) runs.push(run);
      if (runs.length === maxRuns) break;
    }
    const text = JSON.stringify(runs);
    if (text === this.#last) return null;
    this.#last = text;
    return runs;
  }

  /** Ids begin with the time of the start. */
  async #listNewest(): Promise<string[]> {
    const names = await readdir(join(this.#stateFolder, 'runs')).catch(() => []);
    const oldest = new Date(Date.now() - maxAgeMs).toISOString().slice(0, 10).replaceAll('-', '');
    return names
      .filter((name) => /^\d{8}-/.test(name) && name >= oldest)
      .sort()
      .reverse();
  }

  async #readOne(id: string): Promise<LiveRun | null> {
    const folder = locateRun(this.#stateFolder, id);
    const head = await readRunHead(folder);
    if (!isRecent(head)) {
      this.#over.add(id);
      this.#known.delete(id);
      return null;
    }
    const size = await measure(folder);
    const known = this.#known.get(id);
    if (known?.size === size) return known.run;
    const began = performance.now();
    // A long journal is read less often.
    if (known && began - known.readAt < pauseFactor * known.tookMs) return known.run;
    const record = await readJournal(folder);
    const isKilled = record.state === 'running' && !isAlive(head.process);
    const run = describe(isKilled ? { ...record, state: 'interrupted' } : record);
    const readAt = performance.now();
    this.#known.set(id, { size, run, readAt, tookMs: readAt - began });
    return run;
  }
}

function isRecent({ state, endedAt, startedAt, process: runner }: RunHead): boolean {
  if (state === 'running' && isAlive(runner)) return true;
  return Date.now() - Date.parse(endedAt ?? startedAt) < endedMs;
}

/** The size of a journal, which only grows; its head has its own place in it. */
async function measure(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => /^(worker-\d+|tests)\.jsonl$|^run\.json$/.test(name));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function describe({ id, author, agent, startedAt, endedAt, state, requests, tests }: RunRecord): LiveRun {
  const active = tests.filter((test) => test.state === 'running');
  const shown = [...active, ...tests.filter((test) => test.state !== 'running')].slice(0, maxTests);
  return {
    id,
    author,
    agent,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    state,
    requests: requests.length,
    moreTests: tests.length - shown.length,
    tests: tests.filter((test) => shown.includes(test)).map(describeTest),
  };
}

function describeTest({ name, state, steps, tries }: RunRecord['tests'][number]): LiveTest {
  return {
    name: name.slice(0, maxCharacters),
    state,
    steps: steps
      .filter((step) => step.try === tries)
      .slice(-maxSteps)
      .map((step) => ({ name: step.name.slice(0, maxCharacters), state: step.state })),
  };
}
