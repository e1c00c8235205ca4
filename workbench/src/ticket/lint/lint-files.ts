import { lstatSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { findInputs, type LoadInput, readInput, readRegularFile, SnoopDbError } from '@snoop/snoopdb';
import { wrongUse } from '../../errors.ts';
import type { Finding, LintResult } from '../../lint/finding.ts';
import { readAttachment } from '../attachment.ts';
import { maxMarkdownBytes } from '../markdown/parse-markdown.ts';
import { readTicket } from '../read-ticket.ts';
import { lintTicket } from './lint-ticket.ts';

export interface LintFilesOptions {
  /** Base of relative names, and of the sources of tests. */
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream;
  readonly signal: AbortSignal;
}

const maxFiles = 100;
const maxSourceBytes = 1 << 20;

/**
 * Checks tickets in files; `-` is standard input.
 * @throws SnoopError `wrong_use` for a URL, and for more than 100 files; SnoopDbError `unreadable_input`
 */
export async function lintFiles(names: readonly string[], options: LintFilesOptions): Promise<LintResult> {
  const inputs: LoadInput[] = [];
  for (const name of new Set(names)) {
    if (/^https?:/i.test(name)) throw wrongUse(`${name} is a URL.`, `Download it first, or: snoop review ${name}`);
    const { cwd, stdin } = options;
    inputs.push(...(await findInputs(name, { cwd, stdin, extensions: ['.md'], pipedTo: 'snoop ticket lint -' })));
    if (inputs.length > maxFiles) throw wrongUse(`These are more than ${maxFiles} files.`, 'Name fewer.');
  }
  const findings: Finding[] = [];
  for (const input of inputs) findings.push(...(await lintInput(input, options)));
  return { files: inputs.map(({ name }) => name), findings };
}

async function lintInput(input: LoadInput, { cwd, stdin, signal }: LintFilesOptions): Promise<Finding[]> {
  const bytes = await readInput(input, { maxBytes: maxMarkdownBytes, signal });
  const ticket = await readTicket(input.name, bytes.toString('utf8'));
  return lintTicket(ticket, {
    async readAttachment(attached) {
      if (input.isRepeatable) return readAttachment(resolve(cwd, input.name), attached, { stdin, signal });
      const message = `The evidence is in ${attached.attachment}. Save the ticket beside it, and name the file.`;
      throw new SnoopDbError('unreadable_input', message);
    },
    readSource: (file) => readSource(cwd, file),
  });
}

/** The source of a test as it is now; null: it is not below this folder, or cannot be read. */
function readSource(cwd: string, file: string): string | null {
  if (isAbsolute(file) || /[\\:\0]/.test(file) || file.split('/').some((part) => part === '' || part.startsWith('.'))) {
    return null;
  }
  try {
    const path = resolve(cwd, file);
    const found = lstatSync(path);
    return found.isFile() && found.size <= maxSourceBytes ? readRegularFile(path) : null;
  } catch {
    return null;
  }
}
