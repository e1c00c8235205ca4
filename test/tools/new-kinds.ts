import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../workbench/bin/snoop.js', import.meta.url));

/** A kind with create, get, list and delete, and what its written test did. */
export interface TriedKind {
  /** `apps/v1/Deployment`. */
  readonly name: string;
  readonly isStable: boolean;
  readonly file: string;
  /** The exit code of `snoop new`. */
  readonly exitCode: number;
  /** What the server did not accept. */
  readonly sentences: readonly string[];
  readonly passed: boolean;
  /** The endpoints of its steps, and those of them that the test did not hit. */
  readonly named: readonly string[];
  readonly missed: readonly string[];
  /** The numbers of endpoints without a step, by reason. */
  readonly open: readonly { readonly reason: string; readonly endpoints: number }[];
}

export interface TriedKinds {
  readonly kinds: readonly TriedKind[];
  /** For all calls of `snoop new`, two at a time. */
  readonly writingMs: number;
  readonly stderr: string;
}

/**
 * Writes a test of each kind of a control plane with create, get, list and delete, and runs them all.
 *
 * @param state the state folder
 * @param folder an empty folder for the tests
 */
export async function tryKinds(state: string, folder: string): Promise<TriedKinds> {
  const names = await listKinds(state);
  const written = new Map<string, { exitCode: number; made: Made; file: string }>();
  const startedAt = performance.now();
  const waiting = [...names];
  const write = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const file = `${name.replaceAll(/[/.]/g, '-').toLowerCase()}.live.ts`;
      const args = ['new', name, '--out', join(folder, file), '--state', state, '--output', 'json'];
      const { exitCode, stdout, stderr } = await run(args, folder);
      if (exitCode > 1) throw new Error(`snoop new ${name} ended with ${exitCode}: ${stderr}`);
      written.set(name, { exitCode, made: JSON.parse(stdout), file });
    }
  };
  await Promise.all([write(), write()]);
  const writingMs = performance.now() - startedAt;
  const { exitCode, stdout, stderr } = await run(['test', folder, '--state', state, '--output', 'json'], folder);
  if (exitCode > 1) throw new Error(`snoop test ended with ${exitCode}: ${stderr}`);
  const report: Report = JSON.parse(stdout);
  const kinds = names.map((name): TriedKind => {
    const { exitCode: ended, made, file } = written.get(name) ?? fail(`${name} was not written`);
    const test = report.tests.find((one) => basename(one.file) === file);
    const hit = new Set(test?.endpoints.map(({ endpoint }) => endpoint));
    const named = made.steps.flatMap(({ endpoint, open }) => (endpoint === '' || open !== '' ? [] : [endpoint]));
    const left = made.steps.filter(({ open }) => open !== '');
    const reasons = [...new Set(left.map(({ open }) => open))];
    const open = reasons.map((reason) => ({
      reason,
      endpoints: left.filter((one) => one.open === reason).length,
    }));
    return {
      name,
      isStable: !/\/v\d+(alpha|beta)/.test(`/${name}`),
      file,
      exitCode: ended,
      sentences: made.sentences,
      passed: test?.state === 'passed',
      named,
      missed: named.filter((endpoint) => !hit.has(endpoint)),
      open,
    };
  });
  return { kinds, writingMs, stderr };
}

/** Of the answer of `snoop new --output json`. */
interface Made {
  readonly sentences: readonly string[];
  readonly steps: readonly { readonly step: string; readonly endpoint: string; readonly open: string }[];
}

/** Of a report. */
interface Report {
  readonly tests: readonly {
    readonly file: string;
    readonly state: string;
    readonly endpoints: readonly { readonly endpoint: string }[];
  }[];
}

function fail(message: string): never {
  throw new Error(message);
}

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], cwd: string): Promise<Ended> {
  const { KUBECONFIG: _k, DATABASE_URL: _d, SNOOP_STATE: _s, VITEST: _v, ...env } = process.env;
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...env, NO_COLOR: '1' } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? 3, stdout, stderr }));
  });
}

/** Lists the kinds with create, get, list and delete in the control plane's OpenAPI document, sorted. */
async function listKinds(state: string): Promise<string[]> {
  const document: Document = JSON.parse(await fetchDocument(readFileSync(join(state, 'kubeconfig'), 'utf8')));
  const actions = new Map<string, Set<string>>();
  for (const [path, item] of Object.entries(document.paths)) {
    if (path.includes('/watch/')) continue;
    for (const operation of Object.values(item)) {
      const { 'x-kubernetes-group-version-kind': kind, 'x-kubernetes-action': action } = operation;
      if (kind === undefined || action === undefined) continue;
      const name = [...(kind.group === '' ? [] : [kind.group]), kind.version, kind.kind].join('/');
      actions.set(name, (actions.get(name) ?? new Set()).add(action));
    }
  }
  const wanted = ['post', 'get', 'list', 'delete'];
  return [...actions].flatMap(([name, found]) => (wanted.every((one) => found.has(one)) ? [name] : [])).sort();
}

interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly 'x-kubernetes-group-version-kind'?: {
              readonly group: string;
              readonly version: string;
              readonly kind: string;
            };
            readonly 'x-kubernetes-action'?: string;
          }
        >
      >
    >
  >;
}

function fetchDocument(kubeconfig: string): Promise<string> {
  const field = (name: string): string => new RegExp(`${name}: (.*)`).exec(kubeconfig)?.[1] ?? '';
  const options = {
    ca: Buffer.from(field('certificate-authority-data'), 'base64'),
    headers: { authorization: `Bearer ${field('token')}`, accept: 'application/json' },
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${field('server')}/openapi/v2`, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Formats the table of docs/new.md. */
export function formatKinds(kinds: readonly TriedKind[]): string {
  const isUnchanged = ({ exitCode, passed, missed }: TriedKind): boolean =>
    exitCode === 0 && passed && missed.length === 0;
  const unchanged = kinds.filter(isUnchanged);
  const stable = kinds.filter(({ isStable }) => isStable);
  const rows = kinds.map((kind) => {
    const open = kind.open.map(({ reason, endpoints }) => `${endpoints}: ${reason}`);
    const result = isUnchanged(kind) ? 'passes' : [...kind.sentences, ...kind.missed].join('; ') || 'fails';
    return `| ${kind.name} | ${result} | ${kind.named.length} | ${open.join('; ')} |`;
  });
  const hits = kinds.reduce((sum, { named }) => sum + named.length, 0);
  return [
    `${unchanged.length} of ${kinds.length} tests pass unchanged and hit every endpoint of their steps,`,
    `${unchanged.filter(({ isStable }) => isStable).length} of ${stable.length} for stable kinds; ${hits} endpoints in all.`,
    '',
    '| kind | result | endpoints hit | endpoints without a step |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const begin = '<!-- the table of `npm run tool -- new-kinds` -->';

/** Replaces what follows the mark in a document. */
export function replaceTable(document: string, table: string): string {
  const at = document.indexOf(begin);
  return at < 0 ? fail(`the document has no line ${begin}`) : `${document.slice(0, at + begin.length)}\n\n${table}`;
}
