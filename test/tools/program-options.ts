import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { SinkOptions } from './sink-client.ts';

/** Wrong use: the sentence is for the person who called. */
export class ToolUsageError extends Error {
  readonly code = 'usage';
}

/** The help's lines about flags that every sender has. */
export const sinkHelp = `  --url URL               the sink                     [http://127.0.0.1:9900/events]
  --ca FILE               for https: what to trust
  --cert FILE --key FILE  for https: a client certificate
  --token-file FILE       for https: a bearer token
  --output json           one JSON object instead of lines for people
  --help                  this page
`;

const sinkFlags = ['url', 'ca', 'cert', 'key', 'token-file', 'output'] as const;

export interface ToolFlags<Name extends string> {
  readonly sink: SinkOptions;
  readonly output: 'text' | 'json';
  /** @throws ToolUsageError if it is not a number above 0 */
  number(name: Name, otherwise: number): number;
}

/**
 * Reads the flags of a tool: those about the sink, and numbers of its own.
 * @throws ToolUsageError
 */
export function readToolFlags<Name extends string>(args: readonly string[], names: readonly Name[]): ToolFlags<Name> {
  const known = [...sinkFlags, ...names];
  const options = Object.fromEntries(known.map((name) => [name, { type: 'string' as const }]));
  let values: Record<string, string | undefined>;
  try {
    values = parseArgs({ args: [...args], options, strict: true }).values;
  } catch (cause) {
    const said = cause instanceof Error ? (cause.message.split(/[.\n]/)[0] ?? '') : String(cause);
    const flags = known.map((name) => `--${name}`).join(', ');
    throw new ToolUsageError(`${said}. The flags are ${flags}.`, { cause });
  }
  const url = values.url ?? 'http://127.0.0.1:9900/events';
  if (!URL.canParse(url)) throw new ToolUsageError(`--url wants an address such as ${defaultUrl}, not '${url}'.`);
  const output = values.output ?? 'text';
  if (output !== 'text' && output !== 'json') throw new ToolUsageError(`--output wants text or json, not '${output}'.`);
  const { ca, cert, key, 'token-file': tokenFile } = values;
  return {
    sink: {
      url,
      tls: { ...readPart('ca', ca), ...readPart('cert', cert), ...readPart('key', key) },
      ...(tokenFile === undefined ? {} : { token: readFileSync(tokenFile, 'utf8').trim() }),
    },
    output,
    number(name, otherwise) {
      const text = values[name];
      if (text === undefined) return otherwise;
      const number = Number(text);
      if (number > 0 && Number.isFinite(number)) return number;
      throw new ToolUsageError(`--${name} wants a number above 0, not '${text}'.`);
    },
  };
}

const defaultUrl = 'http://127.0.0.1:9900/events';

function readPart(name: 'ca' | 'cert' | 'key', file: string | undefined): Record<string, Buffer> {
  return file === undefined ? {} : { [name]: readFileSync(file) };
}

/** The time that a tool is given, which Ctrl-C ends. */
export function awaitEnd(seconds: number): { readonly ended: Promise<void>; forget(): void } {
  let forget = (): void => {};
  const ended = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    forget = () => {
      clearTimeout(timer);
      process.off('SIGINT', resolve);
    };
    process.once('SIGINT', resolve);
  });
  return { ended: ended.finally(forget), forget };
}

/** Runs a tool; wrong use is a sentence and 2, anything else that goes wrong 3. */
export async function reportFailure(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof ToolUsageError ? 2 : 3;
  }
}

export function printFigures(figures: Readonly<Record<string, unknown>>, output: 'text' | 'json'): void {
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    return;
  }
  for (const [name, value] of Object.entries(figures)) {
    const text = typeof value === 'object' && value !== null ? printEntries(value) : String(value);
    process.stdout.write(`${name.padEnd(24)} ${text}\n`);
  }
}

function printEntries(value: object): string {
  const entries = Object.entries(value).map(([key, one]) => `${key} ${typeof one === 'number' ? round(one) : one}`);
  return entries.join(', ') || '-';
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
