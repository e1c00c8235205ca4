import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawFlow } from '../documents/draw-flow.ts';

const folder = fileURLToPath(new URL('../../docs', import.meta.url));

export const help = `npm run tool -- flow

Draws docs/flow-light.svg and docs/flow-dark.svg, the picture in README.md, from docs/flow.txt.
`;

export async function run(): Promise<number> {
  const text = readFileSync(`${folder}/flow.txt`, 'utf8');
  for (const theme of ['light', 'dark'] as const) writeFileSync(`${folder}/flow-${theme}.svg`, drawFlow(text, theme));
  return 0;
}
