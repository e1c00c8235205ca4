import { expect, test } from 'vitest';
import { layOut } from '../../../web/src/coverage/arcs.ts';
import { buildTree } from '../../../web/src/coverage/tree.ts';
import { type PictureColours, writePicture } from '../../../web/src/coverage/write-picture.ts';
import { paints } from '../../../web/src/parts/patterns.ts';
import { createRow } from '../support/rows.ts';

const colours: PictureColours = {
  text: 'black',
  background: 'white',
  group: 'silver',
  paints: Object.fromEntries(paints.map((paint) => [paint, 'green'])) as PictureColours['paints'],
};

test('writes a picture that needs nothing else', () => {
  const hostile = '<script>alert("\u0000")</script>&😀';
  const arcs = layOut(buildTree([createRow(hostile), createRow('readPod', { confTested: false })]), { width: 600 });
  const svg = writePicture(arcs, { title: hostile, description: 'd', middle: ['1.36.0', hostile] }, colours);
  expect(svg.match(/<[a-z]+/g)).not.toContain('<script');
  expect(svg).not.toContain('\u0000');
  expect(svg).not.toContain('var(');
  expect(svg.match(/<pattern id="\w+"/g)).toEqual(['<pattern id="conformance"', '<pattern id="tested"']);
  expect(svg.match(/ fill="url\(#\w+\)"/g)).toEqual([' fill="url(#conformance)"', ' fill="url(#tested)"']);
  expect(svg).toContain('😀</title>');
});
