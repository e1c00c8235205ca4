import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BodyLine } from './journal-lines.ts';

const batchBytes = 4 << 20;

/** Reads the bodies of a run's journal in batches of a few megabytes; cut lines are skipped. */
export async function* readBodies(folder: string): AsyncGenerator<BodyLine[]> {
  for (const file of await listBodyFiles(folder)) {
    let batch: BodyLine[] = [];
    let bytes = 0;
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      try {
        batch.push(JSON.parse(line));
      } catch {
        continue;
      }
      bytes += line.length;
      if (bytes < batchBytes) continue;
      yield batch;
      [batch, bytes] = [[], 0];
    }
    if (batch.length > 0) yield batch;
  }
}

/** Deletes them from the journal: bodies stay only in SnoopDB. */
export async function deleteBodies(folder: string): Promise<void> {
  for (const file of await listBodyFiles(folder)) await rm(file, { force: true });
}

async function listBodyFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => /^bodies-\d+\.jsonl$/.test(name)).map((name) => join(folder, name));
}
