import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type EndedStep, readAction, runGateStep } from './action.ts';
import { createAnswer, doubtfulAnswer, missingAnswer } from './answers.ts';

// The program is one that records its arguments and writes what a test wants: here only the scripts are tested.

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snoop-action-test-'));
  await mkdir(join(folder, 'workbench/bin'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  return () => rm(folder, { recursive: true, force: true });
});

async function runWith(
  inputs: Readonly<Record<string, string>>,
  { answer, exitCode }: { readonly answer?: unknown; readonly exitCode: number } = {
    answer: createAnswer(),
    exitCode: 0,
  },
): Promise<EndedStep & { readonly words: readonly string[] }> {
  const wordsFile = join(folder, 'words.json');
  await writeFile(
    join(folder, 'workbench/bin/snoop.js'),
    `import { writeFileSync } from 'node:fs';
     writeFileSync(${JSON.stringify(wordsFile)}, JSON.stringify(process.argv.slice(2)));
     const file = process.argv.at(-1).replace(/^json=/, '');
     ${answer === undefined ? '' : `writeFileSync(file, ${JSON.stringify(JSON.stringify(answer))});`}
     process.exitCode = ${exitCode};`,
  );
  const ended = await runGateStep(inputs, { actionPath: folder, cwd: folder });
  return { ...ended, words: JSON.parse(await readFile(wordsFile, 'utf8')) };
}

test('no script contains an expression, and actions are pinned', async () => {
  const { inputs, outputs, runs } = await readAction();
  expect(runs.using).toBe('composite');
  for (const step of runs.steps) {
    expect(step.run ?? '').not.toContain('${{');
    if (step.uses !== undefined) expect(step.uses).toMatch(/@[\da-f]{40}$/);
    else expect(step.shell).toBe('bash');
  }
  const used = [
    ...(await readFile(new URL('../../../../action.yml', import.meta.url), 'utf8')).matchAll(/inputs\.([\w-]+)/g),
  ];
  expect(new Set(used.map(([, name]) => name))).toEqual(new Set(Object.keys(inputs)));
  expect(Object.keys(outputs)).toEqual(['verdict', 'exit-code', 'answer']);
});

test('inputs become flags', async () => {
  const { words } = await runWith({
    ...{ repo: '.', previous: 'HEAD^1', hits: 'a.log\nb c.log\r\n\n', group: 'example.com,*.example.io' },
    flags: '--grace\n1\n--pending-limit\n2\n',
  });
  expect(words.slice(0, -1)).toEqual([
    ...['gate', '--repo=.', '--previous=HEAD^1', '--group=example.com,*.example.io', '--hits=a.log', '--hits=b c.log'],
    ...['--grace', '1', '--pending-limit', '2', '--output', 'github', '--output'],
  ]);
  expect(words.at(-1)).toMatch(/^json=\/.*\/answer\.json$/);
});

test('inputs are never run', async () => {
  const mark = join(folder, 'injected');
  const attack = `"; touch ${mark}; $(touch ${mark}) \`touch ${mark}\` ' && touch ${mark} #`;
  const { words, exitCode } = await runWith({
    repo: attack,
    previous: attack,
    hits: attack,
    flags: attack,
    group: '-e *',
  });
  expect(exitCode).toBe(0);
  expect(existsSync(mark)).toBe(false);
  expect(words).toEqual([
    ...['gate', `--repo=${attack}`, `--previous=${attack}`, '--group=-e *', `--hits=${attack}`, attack],
    ...['--output', 'github', '--output', expect.stringContaining('answer.json')],
  ]);
});

describe('verdict and exit code', () => {
  test.for([
    ['nothing missing', { answer: createAnswer(), exitCode: 0 }, 'nothing missing', 0],
    ['missing', { answer: missingAnswer, exitCode: 1 }, 'missing', 1],
    ['cannot tell', { answer: doubtfulAnswer, exitCode: 3 }, 'cannot tell', 3],
    ['wrong use', { exitCode: 2 }, 'cannot tell', 2],
    ['green without an answer', { exitCode: 0 }, 'cannot tell', 3],
    ['green, but the answer is not', { answer: missingAnswer, exitCode: 0 }, 'cannot tell', 3],
    ['an unknown verdict', { answer: { verdict: 'ok\nanswer=x', exitCode: 0 }, exitCode: 0 }, 'cannot tell', 3],
    ['a crash', { exitCode: 134 }, 'cannot tell', 134],
  ] as const)('%s', async ([, program, verdict, code]) => {
    const { exitCode, outputs } = await runWith({}, program);
    expect(exitCode).toBe(code);
    const answer = 'answer' in program ? expect.stringMatching(/answer\.json$/) : '';
    expect(outputs).toEqual({ verdict, 'exit-code': String(code), answer });
  });
});
