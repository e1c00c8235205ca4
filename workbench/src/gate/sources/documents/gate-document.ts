import { findReleaseInName, isSameMinor, normalizeRelease } from '@snoop/snoopdb';
import type { GateDocument, SourceFacts } from '../../facts.ts';
import { type Content, type GitOrigin, digestContent, findProjectCommit } from '../contents/content.ts';
import { describeSource } from '../contents/describe-source.ts';
import { formatTagFetch } from '../contents/repository.ts';
import { explainProblem } from '../contents/source-problem.ts';
import { readDocument, type ReadDocument } from './openapi.ts';
import { createClue, judgeRelease, type ReleaseClue } from './release-clues.ts';
import type { ShippedReleases } from './shipped-match.ts';

export type DocumentRole = 'document' | 'previous document';

export interface DocumentContext {
  readonly role: DocumentRole;
  /** The release and commit that the user names. */
  readonly release: string | null;
  readonly commit: string | null;
  /** Whether it is an API of the user's own: releases of Kubernetes say nothing about it. */
  readonly isOwn: boolean;
  readonly shipped: ShippedReleases;
  readonly signal: AbortSignal;
}

/** A document, and where it is in git. */
export interface ReadGateDocument {
  readonly document: GateDocument;
  readonly git: GitOrigin | null;
}

/** Reads a document; what is broken in it becomes a problem of its source. */
export async function readGateDocument(
  name: string,
  read: () => Promise<Content>,
  context: DocumentContext,
): Promise<ReadGateDocument> {
  let source: SourceFacts = describeSource(context.role, name);
  let git: GitOrigin | null = null;
  try {
    const content = await read();
    git = content.git;
    source = { ...source, name: content.name, ...digestContent(content) };
    const document = await readDocument(content, context.signal);
    const clues = listClues(content, document, context);
    const facts = judgeRelease(
      content.name,
      clues,
      git?.isOfProject === true ? await formatTagFetch(git.repository) : null,
    );
    const { endpoints, notes } = document;
    source = { ...source, ...facts, ...describeOrigin(content, context), count: endpoints.length };
    source = { ...source, notes: [...notes, ...noteOrigin(content, context)] };
    return { document: { source, endpoints, isAncestor: false }, git };
  } catch (error) {
    const problem = explainProblem(error, context.signal);
    return { document: { source: { ...source, problems: [problem] }, endpoints: [], isAncestor: false }, git };
  }
}

function listClues(content: Content, { version, endpoints }: ReadDocument, context: DocumentContext): ReleaseClue[] {
  const { role, release: flag, isOwn, shipped } = context;
  const clues: ReleaseClue[] = [];
  if (flag !== null) {
    const clue = createClue(normalizeRelease(flag), 'flag', role === 'document' ? '--release' : '--previous-release');
    const isShipped = shipped.releases.some((release) => isSameMinor(release, clue.release));
    // There is no other way to name a release in development.
    clues.push({ ...clue, kind: isShipped ? clue.kind : 'in development' });
    // Other projects give a release its first tag when it is done.
    if (isOwn) return clues;
  }
  const origin = findProjectCommit(content);
  if (origin?.commit.release) {
    const kind = origin.commit.isReleased ? 'exact' : 'in development';
    clues.push({ release: origin.commit.release, from: 'git', where: 'its tags in git', kind });
  }
  if (isOwn) return clues;
  if (version !== null) clues.push(createClue(version, 'content', 'its info.version'));
  const inName = origin === null ? findReleaseInName(content.name) : null;
  if (inName !== null) clues.push(createClue(inName, 'file name', 'its name'));
  const match = shipped.findMatch(endpoints);
  if (match !== null) clues.push({ release: match, from: 'content', where: 'its endpoints', kind: 'endpoints' });
  return clues;
}

function describeOrigin(content: Content, { commit }: DocumentContext): Partial<SourceFacts> {
  const origin = findProjectCommit(content);
  const committed = origin?.isCommitted === true ? origin.commit : null;
  const id = commit ?? committed?.id ?? null;
  return {
    date: committed?.date ?? null,
    dateFrom: committed && 'git',
    commit: id,
    commitFrom: id === null ? null : commit === null ? 'git' : 'flag',
  };
}

function noteOrigin(content: Content, { commit }: DocumentContext): string[] {
  const origin = findProjectCommit(content);
  if (origin === null) return [];
  const id = origin.commit.id;
  if (!origin.isCommitted) return [`It differs from commit ${id.slice(0, 12)}.`];
  return commit === null || id.startsWith(commit) ? [] : [`Commit ${id.slice(0, 12)} is checked out, not ${commit}.`];
}
