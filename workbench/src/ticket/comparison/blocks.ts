import { diffArrays } from 'diff';
import { isEvidence } from '../find-evidence.ts';
import type { Block, MarkdownDocument, Section } from '../markdown/document.ts';
import { straighten } from '../markdown/straighten.ts';

/** A block of a section with its lines. */
export interface BlockText extends Block {
  readonly lines: readonly string[];
  readonly key: string;
}

/** A block of the ticket written again, a block of the file, or both if they belong together. */
export interface BlockPair {
  readonly written: BlockText | null;
  readonly found: BlockText | null;
}

/** More differences than this are not sorted out: the section is another one. */
const maxDifferences = 1000;
/** A changed block is searched among so many. */
const maxDistance = 50;

/**
 * The blocks of a section.
 * @param options.withEvidence whether the evidence is one of them. It equals any other: its digest tells whether it was
 *   changed
 */
export function listBlocks(
  section: Section,
  { lines }: MarkdownDocument,
  { withEvidence = false }: { readonly withEvidence?: boolean } = {},
): BlockText[] {
  const evidence = new Set(section.fences.filter(isEvidence).map(({ line }) => line));
  return section.blocks
    .filter(({ line }) => withEvidence || !evidence.has(line))
    .map(({ kind, line, endLine }) => {
      const own = lines.slice(line - 1, endLine - 1).map((text) => text.trimEnd());
      const key = evidence.has(line) ? 'evidence' : straighten(`${kind}\n${own.join('\n')}`);
      return { kind, line, endLine, lines: own, key };
    });
}

/** Pairs the blocks of a section: equal ones, then those that resemble each other in the same place. */
export function pairBlocks(written: readonly BlockText[], found: readonly BlockText[]): BlockPair[] {
  const comparator = (a: BlockText, b: BlockText): boolean => a.key === b.key;
  const changes = diffArrays([...written], [...found], { comparator, maxEditLength: maxDifferences });
  if (changes === undefined) return pairChanged(written, found);
  const pairs: BlockPair[] = [];
  let [writtenAt, foundAt] = [0, 0];
  let open: { written: BlockText[]; found: BlockText[] } = { written: [], found: [] };
  const close = (): void => {
    pairs.push(...pairChanged(open.written, open.found));
    open = { written: [], found: [] };
  };
  for (const { added, removed, count } of changes) {
    const ours = written.slice(writtenAt, writtenAt + (added ? 0 : count));
    const theirs = found.slice(foundAt, foundAt + (removed ? 0 : count));
    writtenAt += ours.length;
    foundAt += theirs.length;
    if (added || removed) {
      open.written.push(...ours);
      open.found.push(...theirs);
      continue;
    }
    close();
    pairs.push(...ours.map((block, at) => ({ written: block, found: theirs[at] ?? null })));
  }
  close();
  return pairs;
}

function pairChanged(written: readonly BlockText[], found: readonly BlockText[]): BlockPair[] {
  const pairs: BlockPair[] = [];
  let next = 0;
  for (const block of written) {
    const at = found.findIndex(
      (other, index) => index >= next && index < next + maxDistance && resembles(block, other),
    );
    if (at === -1) {
      pairs.push({ written: block, found: null });
      continue;
    }
    for (const own of found.slice(next, at)) pairs.push({ written: null, found: own });
    pairs.push({ written: block, found: found[at] ?? null });
    next = at + 1;
  }
  for (const own of found.slice(next)) pairs.push({ written: null, found: own });
  return pairs;
}

function resembles(a: BlockText, b: BlockText): boolean {
  if (a.kind !== b.kind) return false;
  const [left, right] = [a, b].map(({ key }) => new Set(key.slice(0, 100_000).match(/[\p{L}\p{N}]+/gu)));
  if (!left || !right) return false;
  const common = [...left].filter((word) => right.has(word)).length;
  return common * 2 > Math.min(left.size, right.size);
}
