import type { Gap, GateAnswer } from '../answer.ts';
import { describeNearest } from './describe.ts';

/** A line, what is true of everything below it, and the lines below. */
export interface Outline {
  readonly label: string;
  /** Short, for the line of the label. */
  readonly facts: readonly string[];
  /** Sentences, each for a line below the label. */
  readonly details: readonly string[];
  /** A command to copy; null: none. */
  readonly command: string | null;
  readonly below: readonly Outline[];
}

/** How a fact about a gap is written; null: there is nothing to write. */
type Writer<T extends Gap> = (gap: T) => string | null;

interface Writers<T extends Gap> {
  readonly facts: readonly Writer<T>[];
  readonly details: readonly Writer<T>[];
}

/**
 * Arranges gaps by kind and by path, so that a fact is written once for all endpoints that share it. One command is
 * enough for a kind: it starts a test of the whole kind.
 *
 * @param more facts that a section adds
 */
export function outlineGaps<T extends Gap>(gaps: readonly T[], more: readonly Writer<T>[] = []): Outline[] {
  const isStable = gaps.every(({ level }) => level === 'stable');
  const writers: Writers<T> = {
    facts: [
      ({ level }) => (isStable ? null : level),
      ({ firstRelease }) => (firstRelease === null ? null : `since ${firstRelease}`),
      ...more,
      ({ sig }) => (sig === null ? null : `sig ${sig}`),
    ],
    details: [
      ({ nearest }) => (nearest === null ? null : `nearest test: ${describeNearest(nearest)}`),
      ({ because }) => (because === null ? null : `reason: ${because}`),
    ],
  };
  return groupBy(gaps, ({ group, version, kind }) => JSON.stringify([group, version, kind])).map((ofKind) => {
    const kind = splitWriters(ofKind, writers);
    const methodWidth = Math.max(...ofKind.map(({ method }) => method.length));
    return {
      ...{ label: nameKind(ofKind[0]), ...kind.shared },
      command: ofKind.find(({ command }) => command !== null)?.command ?? null,
      below: groupBy(ofKind, ({ path }) => path).map((ofPath) => {
        const path = splitWriters(ofPath, kind.rest);
        return {
          ...{ label: ofPath[0].path, ...path.shared, command: null },
          below: ofPath.map((gap) => ({
            ...{ label: `${gap.method.padEnd(methodWidth)} ${gap.endpoint}`, ...splitWriters([gap], path.rest).shared },
            ...{ command: null, below: [] },
          })),
        };
      }),
    };
  });
}

/** Arranges tests by file. Words that all names of a file begin with are written once. */
export function outlineTests(tests: GateAnswer['unprovenTests']): Outline[] {
  return groupBy(tests, ({ file }) => String(file)).map((ofFile) => {
    const start = findSharedStart(ofFile.map(({ codename }) => codename));
    return {
      ...{ label: ofFile[0].file ?? 'unknown file', facts: [], command: null },
      details: start === '' ? [] : [`names begin with: ${start.trimEnd()}`],
      below: ofFile.map(({ codename, line }) => ({
        label: `${line === null ? '' : `line ${line}: `}${start === '' ? '' : '… '}${codename.slice(start.length)}`,
        ...{ facts: [], details: [], command: null, below: [] },
      })),
    };
  });
}

/** The words that several names begin with, and the blank after them; no name consists of them. */
function findSharedStart([first = '', ...others]: readonly string[]): string {
  if (others.length === 0) return '';
  const start = [...first.matchAll(/ /g)]
    .map(({ index }) => first.slice(0, index + 1))
    .findLast((words) => others.every((name) => name.startsWith(words)));
  return start ?? '';
}

function nameKind({ kind, group }: Gap): string {
  const names = [
    ...(kind === null ? [] : [`kind ${kind}`]),
    ...(group === null ? [] : [`group ${group === '' ? 'core' : group}`]),
  ];
  return names.length === 0 ? 'no group' : names.join(' · ');
}

/** Writes the facts that all gaps share, and keeps the writers of the others. */
function splitWriters<T extends Gap>(
  gaps: Group<T>,
  { facts, details }: Writers<T>,
): { readonly shared: Pick<Outline, 'facts' | 'details'>; readonly rest: Writers<T> } {
  const isShared = (write: Writer<T>): boolean => gaps.every((gap) => write(gap) === write(gaps[0]));
  const writeShared = (writers: readonly Writer<T>[]): string[] =>
    writers.filter(isShared).flatMap((write) => write(gaps[0]) ?? []);
  const keepOthers = (writers: readonly Writer<T>[]): Writer<T>[] => writers.filter((write) => !isShared(write));
  return {
    shared: { facts: writeShared(facts), details: writeShared(details) },
    rest: { facts: keepOthers(facts), details: keepOthers(details) },
  };
}

type Group<T> = readonly [T, ...T[]];

/** In the order of first occurrence. */
function groupBy<T>(all: readonly T[], name: (one: T) => string): Group<T>[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const one of all) {
    const group = groups.get(name(one));
    if (group === undefined) groups.set(name(one), [one]);
    else group.push(one);
  }
  return [...groups.values()];
}
