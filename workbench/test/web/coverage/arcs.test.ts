import { expect, test } from 'vitest';
import { isRelated, moveAlongArcs } from '../../../web/src/coverage/arc-keys.ts';
import { type Arc, fitLines, layOut } from '../../../web/src/coverage/arcs.ts';
import { buildTree } from '../../../web/src/coverage/tree.ts';
import { createRow, rows } from '../support/rows.ts';

const counted = rows.filter(({ deprecated }) => !deprecated);
const arcs = layOut(buildTree(counted), { width: 600 });
const find = (key: string): Arc => {
  const found = arcs.find((one) => one.key === key);
  if (found === undefined) throw new Error(`No arc ${key}`);
  return found;
};

test('draws level, category, kind and endpoint as rings', () => {
  expect(arcs.map(({ ring, key, paint }) => `${ring} ${key} ${paint ?? ''}`.trim())).toEqual([
    '1 stable',
    '1 beta',
    '2 stable/core',
    '2 stable/logs',
    '2 beta/resource',
    '3 stable/core/Pod',
    '3 stable/core/Node',
    '3 stable/logs/-',
    '3 beta/resource/Claim',
    '4 stable/core/Pod/readPod conformance',
    '4 stable/core/Pod/listPod tested',
    '4 stable/core/Pod/evictPod ineligible',
    '4 stable/core/Node/readNode conformance',
    '4 stable/logs/-/readLogs untested',
    '4 beta/resource/Claim/readNew untested',
  ]);
  expect(find('stable/core').share).toBe(0.5);
  expect(find('stable/logs/-').title).toBe('without kind: 1 endpoint');
  expect(find('stable/core/Pod/listPod').title).toBe('listPod: tested');
});

test('covers each ring without gaps', () => {
  for (const ring of [1, 2, 3, 4]) {
    const angles = arcs.filter((one) => one.ring === ring);
    expect(angles[0]?.start).toBe(0);
    expect(angles.at(-1)?.end).toBeCloseTo(2 * Math.PI);
    for (const [place, { start }] of angles.slice(1).entries()) expect(start).toBeCloseTo(angles[place]?.end ?? -1);
  }
});

test('joins narrow neighbours of one kind and state, and loses no endpoint', () => {
  const many = Array.from({ length: 2000 }, (_, index) =>
    createRow(`read${index}`, { kind: `Kind${index % 10}`, confTested: index % 20 < 10 }),
  );
  const joined = layOut(buildTree(many), { width: 300 }).filter(({ ring }) => ring === 4);
  expect(joined.length).toBe(20);
  expect(joined.flatMap((arc) => arc.rows).length).toBe(2000);
  expect(joined[0]).toMatchObject({
    path: ['stable', 'core', 'Kind0'],
    title: '100 endpoints of Kind0: conformance tested',
  });
  expect(layOut(buildTree(many), { width: 2000 }).filter(({ ring }) => ring === 4).length).toBe(2000);
});

test('draws a kind as one ring, and nothing without endpoints', () => {
  const kind = counted.filter((row) => row.kind === 'Pod');
  expect(layOut(buildTree(kind, ['stable', 'core', 'Pod']), { width: 600 }).map(({ ring }) => ring)).toEqual([1, 1, 1]);
  expect(layOut(buildTree([]), { width: 600 })).toEqual([]);
});

test.each([
  ['stable/core', 'ArrowRight', 'stable/logs'],
  ['stable/core', 'ArrowLeft', 'beta/resource'],
  ['stable/core', 'ArrowUp', 'stable/core/Pod'],
  ['stable/core', 'ArrowDown', 'stable'],
  ['stable', 'ArrowDown', 'stable'],
  ['stable/core/Pod/readPod', 'ArrowUp', 'stable/core/Pod/readPod'],
  ['stable/core/Pod', 'End', 'beta/resource/Claim'],
])('moves from %s by %s to %s', (from, key, to) => {
  expect(moveAlongArcs(arcs, find(from), key)?.key).toBe(to);
});

test('moves to the first arc, and not by other keys', () => {
  expect(moveAlongArcs(arcs, null, 'ArrowRight')?.key).toBe('stable');
  expect(moveAlongArcs(arcs, null, 'x')).toBeNull();
  expect(moveAlongArcs([], null, 'ArrowRight')).toBeNull();
});

test('relates an arc to those around and within it', () => {
  const related = arcs.filter((one) => isRelated(one, find('stable/core/Node'))).map(({ key }) => key);
  expect(related).toEqual(['stable', 'stable/core', 'stable/core/Node', 'stable/core/Node/readNode']);
});

test('writes labels where they can be read', () => {
  expect(arcs.filter(({ ring }) => ring < 3).map(({ label }) => label?.text ?? null)).toEqual([
    'stable',
    'beta',
    'core',
    'logs',
    'resource',
  ]);
  expect(layOut(buildTree(counted), { width: 60 }).every(({ label }) => label === null)).toBe(true);
});

test('leaves out lines that would be too small', () => {
  const lines = ['1.36.0', '908 endpoints', '63.2 % conformance'];
  const choose = (scale: number) => fitLines(lines, 138, scale).map(({ text }) => text);
  expect(choose(0.6)).toEqual(lines);
  expect(choose(0.3)).toEqual(['1.36.0', '908 endpoints']);
  expect(choose(0.05)).toEqual(['1.36.0']);
});
