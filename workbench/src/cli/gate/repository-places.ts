import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { locateInRepository } from '../../command-line/outputs.ts';
import type { Context } from '../../context.ts';
import type { GateAnswer } from '../../gate/answer.ts';
import { findPathLines, type Places } from '../../gate/output/places.ts';

/** Larger documents are not searched for lines. */
const maxDocumentBytes = 64 << 20;

/**
 * Finds sources in the working tree, and lines in the current document, which is read when the first line is wanted.
 *
 * @param repo the value of --repo
 */
export function createPlaces(
  { sources }: GateAnswer,
  context: Pick<Context, 'cwd' | 'environment'>,
  repo: string | undefined,
): Places {
  const { cwd } = context;
  let lines: ReadonlyMap<string, number> | null = null;
  return {
    locate: (name) => locateInRepository(name, context, resolve(cwd, repo ?? '')),
    findLine(path) {
      lines ??= readLines(resolve(cwd, sources.find(({ role }) => role === 'document')?.name ?? ''));
      return lines.get(path) ?? null;
    },
  };
}

/** Lines only add to an answer: a document that cannot be read, or is not a regular file, has none. */
function readLines(file: string): ReadonlyMap<string, number> {
  try {
    const stat = statSync(file);
    return stat.isFile() && stat.size <= maxDocumentBytes ? findPathLines(readFileSync(file, 'utf8')) : new Map();
  } catch {
    return new Map();
  }
}
