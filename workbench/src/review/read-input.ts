import { basename, resolve } from 'node:path';
import { checkRunDocument, computeDigest, findInputs, parseBoundedJson, readInput } from '@snoop/snoopdb';
import { SnoopError, wrongUse } from '../errors.ts';
import { checkEvidence } from '../ticket/evidence.ts';
import type { ReviewInput } from './review-input.ts';
import { readTicketInput } from './read-ticket-input.ts';

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
  const file = /^https?:/i.test(what) || what === '-' ? null : resolve(options.cwd, what);
  return readTicketInput(name, text, file, options);
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
