import { basename, resolve } from 'node:path';
import {
  checkRunDocument,
  computeDigest,
  findInputs,
  parseBoundedJson,
  readInput,
  type RunDocument,
} from '@snoop/snoopdb';
import { SnoopError, wrongUse } from '../errors.ts';
import type { Finding } from '../lint/finding.ts';
import { readAttachment } from '../ticket/attachment.ts';
import { checkEvidence } from '../ticket/evidence.ts';
import type { FoundEvidence } from '../ticket/find-evidence.ts';
import { maxMarkdownBytes } from '../ticket/markdown/parse-markdown.ts';
import { readTicket } from '../ticket/read-ticket.ts';

/** What is reviewed: the runs of a ticket, or one exported run. */
export interface ReviewInput {
  /** Name of the file, or the URL without its query; it appears in public. */
  readonly name: string;
  readonly runs: readonly RunDocument[];
  readonly findings: readonly Finding[];
}

export interface InputOptions {
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream;
  readonly signal: AbortSignal;
  /** Limit for a whole download. */
  readonly downloadMs?: number;
}

/** An exported run with its sources. */
const maxBytes = 64 << 20;
const defaultDownloadMs = 60_000;

/**
 * Reads a ticket or an exported run from a file, a URL or standard input.
 *
 * @throws SnoopError `wrong_use` for a URL of another kind, a web page, or a folder; SnoopDbError `unreadable_input`,
 *   `bad_document`
 */
export async function readReviewInput(what: string, options: InputOptions): Promise<ReviewInput> {
  const { name, text } = await readText(what, options);
  if (/^\s*\{/.test(text)) return readJson(name, text);
  if (/^\s*<(?:!doctype|html)/i.test(text)) {
    throw wrongUse(`${what} is a web page, not a ticket.`, 'Use the address of the raw text.');
  }
  return readTicketText(
    name,
    text,
    /^https?:/i.test(what) || what === '-' ? null : resolve(options.cwd, what),
    options,
  );
}

async function readText(
  what: string,
  { cwd, stdin, signal, downloadMs = defaultDownloadMs }: InputOptions,
): Promise<{ name: string; text: string }> {
  checkAddress(what);
  const [input, ...others] = await findInputs(what, { cwd, stdin, pipedTo: 'snoop review -' });
  if (input === undefined || others.length > 0) throw wrongUse(`${what} is a folder.`, 'snoop review takes one file.');
  const isUrl = /^https?:/i.test(what);
  const limit = AbortSignal.timeout(downloadMs);
  const bytes = await readInput(input, { maxBytes, signal: isUrl ? AbortSignal.any([signal, limit]) : signal }).catch(
    (error: unknown) => {
      if (!limit.aborted || !isUrl || signal.aborted) throw error;
      throw new SnoopError('slow_download', `${input.name} was not downloaded within ${downloadMs / 1000} s.`);
    },
  );
  return { name: isUrl ? input.name : basename(input.name), text: bytes.toString('utf8').replace(/^\ufeff/, '') };
}

/** @throws SnoopError `wrong_use` for an address whose answer is not the text itself */
function checkAddress(what: string): void {
  const [, scheme] = /^([a-z][a-z\d+.-]+):/i.exec(what) ?? [];
  if (scheme === undefined) return;
  if (!/^https?$/i.test(scheme)) throw wrongUse(`${what} is not an http or https URL.`);
  if (!URL.canParse(what)) throw wrongUse(`${what} is not a URL.`);
  const { hostname, pathname } = new URL(what);
  if (!/^(?:www\.)?github\.com$/i.test(hostname)) return;
  const [, repository, kind, number] = /^\/([^/]+\/[^/]+)\/(issues|pull)\/(\d+)/.exec(pathname) ?? [];
  if (repository !== undefined) {
    const noun = kind === 'issues' ? 'issue' : 'pr';
    throw wrongUse(
      `${what} is a web page, not the text of the ${noun === 'pr' ? 'pull request' : 'issue'}.`,
      `Get the text: gh ${noun} view ${number} --repo ${repository} --json body -q .body > ticket.md`,
    );
  }
  const [, file] = /^\/(.+)\/blob\/(?=.)/.exec(pathname) ?? [];
  if (file !== undefined) {
    const raw = `https://raw.githubusercontent.com${pathname.replace('/blob/', '/')}`;
    throw wrongUse(`${what} is a web page, not the file.`, `Use ${raw}`);
  }
}

/** Reads an exported run, or the attachment of a ticket. */
async function readJson(name: string, text: string): Promise<ReviewInput> {
  const value = parseBoundedJson(name, text);
  const { sha256, ...rest } = Object(value) as Record<string, unknown>;
  if (rest.format === 'snoop-ticket') return { name, runs: (await checkEvidence(name, value)).runs, findings: [] };
  const digest = computeDigest(rest);
  const run = await checkRunDocument(name, { ...rest, sha256: digest });
  if (sha256 === digest) return { name, runs: [run], findings: [] };
  const message = 'The document was changed since it was exported: its digest differs.';
  return { name, runs: [run], findings: [{ file: name, line: null, severity: 'error', rule: 'digest', message }] };
}

/** @param file path; null: its folder is unknown */
async function readTicketText(
  name: string,
  text: string,
  file: string | null,
  options: InputOptions,
): Promise<ReviewInput> {
  if (Buffer.byteLength(text) > maxMarkdownBytes) {
    throw wrongUse(`${name} is larger than ${maxMarkdownBytes / 1024} KiB, so it is not a ticket.`);
  }
  const { evidence } = await readTicket(name, text);
  if (evidence.state === 'whole') {
    return { name, runs: evidence.evidence.runs, findings: evidence.undone.map((what) => describeUndone(name, what)) };
  }
  if (evidence.state === 'attached') return readAttached(name, evidence, file, options);
  // Missing evidence contradicts nothing.
  const severity = evidence.state === 'missing' || evidence.state === 'cut' ? 'warning' : 'error';
  const line = evidence.state === 'missing' ? null : evidence.line;
  return { name, runs: [], findings: [{ file: name, line, severity, rule: 'evidence', message: evidence.reason }] };
}

async function readAttached(
  name: string,
  { attached, line }: Extract<FoundEvidence, { state: 'attached' }>,
  file: string | null,
  { stdin, signal }: InputOptions,
): Promise<ReviewInput> {
  if (file !== null)
    return { name, runs: (await readAttachment(file, attached, { stdin, signal })).runs, findings: [] };
  const message = `The evidence is in ${attached.attachment}. Download it and the ticket into one folder, and name the ticket there.`;
  return { name, runs: [], findings: [{ file: name, line, severity: 'warning', rule: 'evidence', message }] };
}

function describeUndone(name: string, what: string): Finding {
  const message = `An editor changed ${what} in the evidence. Its digest fits again without them.`;
  return { file: name, line: null, severity: 'note', rule: 'evidence', message };
}
