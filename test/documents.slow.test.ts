import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Block, listCommands, readDocuments, root } from './documents/documents.ts';
import { makeEvents } from './tools/bodies.ts';

/** Commands that run until they get a signal; what they say when they are ready. */
const endless: readonly (readonly [command: RegExp, ready: RegExp])[] = [
  [/bin\/auditlogger\.js/, /the database is ready/],
];

/** Ends what the others need, so it runs last. */
const isLast = (line: string): boolean => /^npx snoop down\b/.test(line);

/** A root of the project in which commands may write, with the files that the documents name as examples. */
const scratch = mkdtempSync(join(tmpdir(), 'snoop-documents-'));
const state = join(scratch, 'state');
const blocks = readDocuments().flatMap((document) => document.blocks);
const commandBlocks = blocks.filter(({ info }) => info === 'sh');
const lastLines = commandBlocks.flatMap(listCommands).filter(isLast);
const hasRun = new Set<string>();
const outputs = new Map<string, string>();

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let environment: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  makeScratch();
  const { KUBECONFIG: _k, DATABASE_URL: _d, VITEST: _v, ...inherited } = process.env;
  const own = {
    ...Object.fromEntries(Object.entries(inherited).flatMap(([name, value]) => (value ? [[name, value]] : []))),
    PATH: `${join(scratch, 'bin')}:${process.env.PATH}`,
    SNOOP_STATE: state,
    SNOOP_LISTEN: '127.0.0.1:0',
    NO_COLOR: '1',
  };
  environment = own;
  const { stdout, stderr } = await run('npx snoop up');
  const exports = [...stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [name, value]);
  expect(exports.length, stderr).toBeGreaterThan(3);
  environment = { ...own, ...Object.fromEntries(exports) };
}, 300_000);

afterAll(async () => {
  await run('npx snoop down --purge');
  rmSync(scratch, { recursive: true, force: true });
}, 300_000);

describe('every command of the documents that can run on this machine succeeds', () => {
  test.for([...new Set(commandBlocks.map(({ file }) => file))])('%s', { timeout: 600_000 }, async (file) => {
    const own = commandBlocks.filter((block) => block.file === file);
    const lines = own.flatMap((block) => listCommands(block).map((line) => ({ block, line })));
    for (const { block, line } of lines) {
      const command = line.replace(/ +#.*/, '');
      // A line that several documents show runs once: `snoop sink` overwrites nothing.
      if (isLast(command) || hasRun.has(command)) continue;
      hasRun.add(command);
      expect.soft(await judge(block, command)).toBeNull();
    }
  });
});

test('the reports in documents are the ones that their tests print', () => {
  const shown = blocks.flatMap((block) => {
    const name = /^text report of (.+)$/.exec(block.info)?.[1];
    return name === undefined ? [] : [{ block, name }];
  });
  expect(shown.map(({ name }) => name)).toContain('hpa.live.ts');
  for (const { block, name } of shown) {
    const report = outputs.get(name);
    if (report === undefined) continue;
    const missing = block.text.split('\n').filter((line) => !report.includes(`\n${line.replace(/…$/, '')}`));
    expect.soft(missing, name).toEqual([]);
  }
});

test('the screens in documents have the shape of what their commands print', () => {
  const shown = blocks.flatMap((block) => {
    const command = /^text shape of (.+)$/.exec(block.info)?.[1];
    return command === undefined ? [] : [{ block, command }];
  });
  expect(shown.length).toBeGreaterThan(3);
  for (const { block, command } of shown) {
    const output = outputs.get(command);
    expect.soft(output, `${block.file}:${block.line}: no block runs '${command}'`).toBeDefined();
    const printed = new Set(output?.split('\n').map(findShape));
    const missing = block.text.split('\n').filter((line) => !hasShape(printed, line));
    expect.soft(missing, `${block.file}:${block.line}`).toEqual([]);
  }
});

test('the commands that end the cluster succeed', async () => {
  expect(lastLines).not.toEqual([]);
  for (const line of lastLines) expect((await run(line)).exitCode, line).toBe(0);
});

/** A line without what differs between two runs: numbers, ids and the width of columns. */
function findShape(line: string): string {
  return line
    .replace(/\d{8}-\d{6}-[a-z0-9]{6}/g, 'RUN')
    .replace(/\d+/g, '0')
    .replace(/ +/g, ' ');
}

/** @param line `…` at its end stands for any rest */
function hasShape(printed: ReadonlySet<string>, line: string): boolean {
  const shape = findShape(line);
  if (!shape.endsWith('…')) return printed.has(shape);
  return [...printed].some((one) => one.startsWith(shape.slice(0, -1)));
}

/** null: it ended as it should; else what was wrong, with the place of the line. */
async function judge({ file, line: from }: Block, line: string): Promise<string | null> {
  const { exitCode, stdout, stderr } = await run(line);
  const test = /^npx snoop test (\S+\.live\.ts)/.exec(line)?.[1];
  if (test !== undefined) outputs.set(test, `\n${stdout}`);
  outputs.set(line, stdout);
  return exitCode === 0 ? null : `${file}:${from}: '${line}' ended with ${exitCode}:\n${stdout}\n${stderr}`;
}

/** Runs a line as a shell does; one of an endless command until it is ready. */
async function run(line: string): Promise<Ended> {
  const ready = endless.find(([command]) => command.test(line))?.[1];
  const child = spawn('bash', ['-c', `exec ${line}`.replace(/^exec ([A-Z_]+=|cd )/, '$1')], {
    cwd: scratch,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      if (!child.killed && ready?.test(said.stdout + said.stderr)) child.kill('SIGTERM');
    });
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { exitCode, ...said };
}

function makeScratch(): void {
  symlinkSync(join(root, 'auditlogger'), join(scratch, 'auditlogger'));
  // A cluster of kind/ha.yaml leaves files of other users in kind/shared.
  for (const folder of ['kind', 'manifests', 'snoopdb/sql', 'workbench/examples'])
    cpSync(join(root, folder), join(scratch, folder), {
      recursive: true,
      filter: (path) => !/kind\/shared$/.test(path),
    });
  for (const { info, text } of blocks) {
    const name = /^ts (\S+\.live\.ts)$/.exec(info)?.[1];
    if (name !== undefined) writeFileSync(join(scratch, name), `${text}\n`);
  }
  const events = `${makeEvents(3).join('\n')}\n`;
  writeFileSync(join(scratch, 'events.jsonl'), events);
  writeFileSync(join(scratch, 'log.gz'), gzipSync(events));
  mkdirSync(join(scratch, 'artifacts'));
  writeFileSync(join(scratch, 'artifacts/kube-apiserver-audit.log'), events);
  execFileSync('tar', ['-czf', join(scratch, 'logs.tar.gz'), '-C', scratch, 'artifacts']);
  const bin = join(scratch, 'bin');
  mkdirSync(bin);
  const snoop = `"${process.execPath}" "${join(root, 'workbench/bin/snoop.js')}"`;
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\n[ "$1" = snoop ] && shift && exec ${snoop} "$@"\nexit 127\n`, {
    mode: 0o755,
  });
}
