import { checkRunDocument, parseBoundedJson, SnoopDbError } from '@snoop/snoopdb';
import { isAttachment } from './attachment.ts';
import { evidenceSummary } from './evidence-block.ts';
import { type AttachedEvidence, checkEvidence, type TicketEvidence } from './evidence.ts';
import type { Fence, MarkdownDocument } from './markdown/document.ts';
import { straighten } from './markdown/straighten.ts';

/** The evidence of a ticket, or why it cannot be trusted. */
export type FoundEvidence =
  | {
      readonly state: 'whole';
      readonly line: number;
      readonly evidence: TicketEvidence;
      /** What had to be undone before its digest fitted: `line breaks`. */
      readonly undone: readonly string[];
    }
  | { readonly state: 'attached'; readonly line: number; readonly attached: AttachedEvidence }
  | { readonly state: 'missing'; readonly reason: string }
  | { readonly state: 'cut' | 'changed' | 'repeated' | 'refused'; readonly line: number; readonly reason: string };

/** GitHub's limit for the text of an issue. */
export const maxIssueCharacters = 65_536;

const beginning = /^\s*\{\s*["“”„]format["“”]\s*:\s*["“”„]snoop-ticket["“”]/;

/** Whether a fenced block is, or was, the evidence of a ticket. */
export function isEvidence({ text }: Pick<Fence, 'text'>): boolean {
  return beginning.test(text);
}

/**
 * Finds the evidence in a ticket. Line breaks and curly quotes that an editor put in are undone if its digest fits
 * then.
 * @param name of the ticket, for messages
 */
export async function findEvidence(name: string, document: MarkdownDocument): Promise<FoundEvidence> {
  const [fence, other] = document.sections.flatMap(({ fences }) => fences).filter(isEvidence);
  if (!fence) return explainMissing(document);
  const { line } = fence;
  if (other) {
    const reason = `The ticket has more than one evidence block, in line ${line} and line ${other.line}. Remove the wrong one.`;
    return { state: 'repeated', line: other.line, reason };
  }
  return readEvidence(`${name}:${line}`, fence);
}

function explainMissing({ lines }: MarkdownDocument): FoundEvidence {
  const characters = lines.reduce((sum, { length }) => sum + length + 1, -1);
  if (characters >= maxIssueCharacters - 1) return { state: 'cut', line: lines.length, reason: explainCut('missing') };
  const summary = lines.findIndex((text) => text.includes(evidenceSummary));
  if (summary === -1) return { state: 'missing', reason: 'The ticket has no evidence, which is its last block.' };
  const reason = 'The evidence block was changed so that it cannot be read.';
  return { state: 'changed', line: summary + 1, reason };
}

function explainCut(what: string): string {
  return `The evidence is ${what}: GitHub cuts an issue after ${maxIssueCharacters} characters. Write the ticket again with 'snoop ticket'.`;
}

/** What editors and mailers do to a long line, and how to undo it. */
const attempts: readonly { readonly undone: readonly string[]; undo(text: string): string }[] = [
  { undone: [], undo: (text) => text },
  { undone: ['curly quotes'], undo: straighten },
  { undone: ['line breaks'], undo: (text) => text.replace(/\n/g, '') },
  { undone: ['line breaks'], undo: (text) => text.trim().replace(/\n/g, ' ') },
  { undone: ['curly quotes', 'line breaks'], undo: (text) => straighten(text).replace(/\n/g, '') },
  { undone: ['curly quotes', 'line breaks'], undo: (text) => straighten(text).trim().replace(/\n/g, ' ') },
];

async function readEvidence(name: string, { line, text, isClosed }: Fence): Promise<FoundEvidence> {
  let first: unknown = null;
  let readable: unknown = null;
  for (const { undone, undo } of attempts) {
    try {
      const value = parseBoundedJson(name, undo(text));
      readable ??= value;
      if (isRecord(value) && 'attachment' in value) return readAttached(line, value);
      return { state: 'whole', line, evidence: await checkEvidence(name, value), undone };
    } catch (error) {
      if (!(error instanceof SnoopDbError)) throw error;
      first ??= error;
    }
  }
  if (readable === null && !isClosed) {
    return { state: 'cut', line, reason: explainCut('cut off') };
  }
  const reason = first instanceof Error ? first.message : String(first);
  return { state: 'changed', line, reason: `${reason}${await nameChangedRuns(readable)}` };
}

function readAttached(line: number, value: object): FoundEvidence {
  if (isAttachment(value)) return { state: 'attached', line, attached: value };
  const reason =
    'The evidence names an attachment in a way that snoop does not write. It must be a file name without a folder.';
  return { state: 'refused', line, reason };
}

/** Says which runs of changed evidence are still whole. */
async function nameChangedRuns(value: unknown): Promise<string> {
  const runs: unknown = isRecord(value) ? value.runs : null;
  if (!Array.isArray(runs) || runs.length === 0) return '';
  const broken: string[] = [];
  for (const [at, run] of runs.slice(0, 20).entries()) {
    await checkRunDocument(`run ${at + 1}`, run).catch((error: unknown) => {
      if (!(error instanceof SnoopDbError)) throw error;
      broken.push(error.message);
    });
  }
  return broken.length === 0 ? ' The runs in it are whole; what is beside them was changed.' : ` ${broken.join(' ')}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
