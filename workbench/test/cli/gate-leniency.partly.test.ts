import { takeShare } from '@snoop/snoopdb/test-random';
import { expect, test } from 'vitest';
import type { GateAnswer } from '../../src/gate/answer.ts';
import { makeFolder } from '../support/folder.ts';
import { fileNames, type FileRole, type Files, formatWorld, writeFiles } from '../support/gate-world/made-files.ts';
import type { MadeDocument } from '../support/gate-world/made-document.ts';
import { makeWorld, removeHit } from '../support/gate-world/made-world.ts';
import { listFlags, nameFiles, runGate } from '../support/gate-world/run-gate.ts';
import { createRandom } from '../support/gate-world/seeded-random.ts';

/** Of the new kind, untested. */
const untested = ['readThingsV1NamespacedWidgetStatus', 'createThingsV1NamespacedWidget', 'getThingsV1APIResources'];

const world = makeWorld();
for (const endpoint of untested) removeHit(world, endpoint);
const files = formatWorld(world);

type Change = (content: string, random: (limit: number) => number) => string;

const changes: Readonly<Record<string, Change>> = {
  'a byte range removed': (content, random) => {
    const at = random(content.length);
    return content.slice(0, at) + content.slice(at + 1 + random(300));
  },
  'the end removed': (content, random) => content.slice(0, random(content.length)),
  'a byte replaced': (content, random) => {
    const at = random(content.length);
    return `${content.slice(0, at)}${String.fromCharCode(32 + random(95))}${content.slice(at + 1)}`;
  },
  'a line removed': (content, random) => changeLines(content, (lines) => lines.splice(random(lines.length), 1)),
  'lines removed': (content, random) =>
    changeLines(content, (lines) => lines.splice(random(lines.length), 1 + random(30))),
  'a line doubled': (content, random) =>
    changeLines(content, (lines) => {
      const at = random(lines.length);
      lines.splice(at, 0, lines[at] ?? '');
    }),
  'two lines swapped': (content, random) =>
    changeLines(content, (lines) => {
      const [one, other] = [random(lines.length), random(lines.length)];
      [lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? ''];
    }),
  'true for false': (content, random) => replaceOne(content, random, /false/g, 'true'),
  'one number for another': (content, random) => replaceOne(content, random, /\d+/g, String(random(1000))),
};

/** More find nothing else. */
const rounds = [0, 1, 2];
const trials = Object.entries(changes).flatMap(([name, change]) => rounds.map((round) => ({ name, change, round })));

test.each(Object.keys(fileNames) as FileRole[])('no change of %s hides a gap', async (role) => {
  const hits = role === 'log' ? 'log' : 'coverage';
  const folder = await makeFolder();
  await writeFiles(folder, nameFiles(files));
  const unbroken = await runGate(folder, listFlags(hits));
  expect(listGaps(unbroken.answer)).toEqual(listGaps(unbroken.answer).filter((gap) => gap.includes('things')));
  expect(unbroken.answer?.gaps.map(({ endpoint }) => endpoint).sort()).toEqual([...untested].sort());
  const content = files[role].toString();
  const random = createRandom(18);
  const holes: string[] = [];
  for (const { name, change, round } of takeShare(trials)) {
    const changed = change(content, random);
    if (changed === content) continue;
    await writeFiles(folder, { [fileNames[role]]: changed });
    const { exitCode, answer } = await runGate(folder, listFlags(hits));
    if (exitCode === 3) continue;
    const found = new Set(listGaps(answer));
    const hidden = listGaps(unbroken.answer).filter(
      (gap) => !found.has(gap) && isStillTrue(gap, { ...files, [role]: changed }),
    );
    if (hidden.length > 0) holes.push(`${name}, round ${round}, exit ${exitCode}: ${hidden.join(', ')}`);
  }
  expect(holes).toEqual([]);
});

/** By method and path: another operationId is not another endpoint. */
function listGaps(answer: GateAnswer | null): string[] {
  return (answer?.gaps ?? []).map(({ method, path }) => `${method} ${path}`).sort();
}

/** Whether the endpoint is still in the current document and not in the previous one. */
function isStillTrue(gap: string, { openapi, previous }: Files): boolean {
  return has(openapi, gap) && !has(previous, gap);
}

function has(document: string | Buffer, gap: string): boolean {
  const [method = '', path = ''] = gap.split(' ');
  const { paths } = JSON.parse(document.toString()) as MadeDocument;
  return paths[path]?.[method.toLowerCase()] !== undefined;
}

function changeLines(content: string, change: (lines: string[]) => unknown): string {
  const lines = content.split('\n');
  change(lines);
  return lines.join('\n');
}

function replaceOne(content: string, random: (limit: number) => number, pattern: RegExp, value: string): string {
  const found = [...content.matchAll(pattern)];
  const chosen = found[random(Math.max(1, found.length))];
  if (chosen === undefined) return content;
  return `${content.slice(0, chosen.index)}${value}${content.slice(chosen.index + chosen[0].length)}`;
}
