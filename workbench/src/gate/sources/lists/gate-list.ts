import { findReleaseInName } from '@snoop/snoopdb';
import type { GateList, SourceFacts, SourceRole } from '../../facts.ts';
import { type Content, digestContent, findProjectCommit } from '../contents/content.ts';
import { describeSource } from '../contents/describe-source.ts';
import { explainProblem, SourceProblem } from '../contents/source-problem.ts';
import type { ReadList } from './conformance-list.ts';

type Changes = Pick<GateList<unknown>, 'added' | 'removed'>;

/** Reads a list; what is broken in it becomes a problem of its source. */
export async function readGateList<T>(
  role: SourceRole,
  name: string,
  signal: AbortSignal,
  read: () => Promise<Content>,
  parse: (content: Content, file: Content['files'][number]) => Promise<ReadList<T> & Changes>,
): Promise<GateList<T>> {
  let source: SourceFacts = describeSource(role, name);
  try {
    const content = await read();
    source = { ...source, name: content.name, ...digestContent(content), ...describeOrigin(content) };
    const [file, ...more] = content.files;
    if (file === undefined || more.length > 0) throw new SourceProblem(`${content.name} has several files. Name one.`);
    const { entries, notes, added, removed } = await parse(content, file);
    const noted = { ...source, count: entries.length, notes: [...notes, ...noteOrigin(content)] };
    return { source: noted, entries, added, removed };
  } catch (error) {
    const problems = [explainProblem(error, signal)];
    return { source: { ...source, problems }, entries: [], added: null, removed: null };
  }
}

function describeOrigin(content: Content): Partial<SourceFacts> {
  const origin = findProjectCommit(content);
  const committed = origin?.isCommitted === true ? origin.commit : null;
  const inName = origin === null ? findReleaseInName(content.name) : null;
  const release = origin?.commit.release ?? inName;
  return {
    release,
    releaseFrom: release === null ? null : inName === null ? 'git' : 'file name',
    date: committed?.date ?? null,
    dateFrom: committed && 'git',
    commit: committed?.id ?? null,
    commitFrom: committed && 'git',
  };
}

function noteOrigin(content: Content): string[] {
  const origin = findProjectCommit(content);
  return origin?.isCommitted === false ? [`It differs from commit ${origin.commit.id.slice(0, 12)}.`] : [];
}
