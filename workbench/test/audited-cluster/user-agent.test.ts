import { expect, test } from 'vitest';
import { encodeHeader, formatLiveTestAgent } from '../../src/audited-cluster/user-agent.ts';

test.each([
  ['PodTemplate lifecycle', 'live-test-writing -- PodTemplate lifecycle'],
  ['Größe → 你好 🚀', 'live-test-writing -- Größe → 你好 🚀'],
  ['two\r\nlines\tand\u0000more\u2028', 'live-test-writing -- two  lines and more'],
  ['has -- dashes', 'live-test-writing -- has -- dashes'],
  ['', 'live-test-writing'],
  [' \n ', 'live-test-writing'],
])('names %j in the agent', (name, agent) => {
  expect(formatLiveTestAgent(name)).toBe(agent);
});

test.each(['a', 'ü', '你', '🚀'])('cuts a name of 2,000 times %s between characters', (character) => {
  const agent = formatLiveTestAgent(character.repeat(2000));
  const [, name = ''] = agent.split(' -- ');
  expect(name.replaceAll(character, '')).toBe('');
  const bytes = Buffer.byteLength(agent);
  expect(bytes).toBeLessThan(900);
  expect(bytes).toBeGreaterThanOrEqual(900 - Buffer.byteLength(character));
});

test('encodes a header as UTF-8, byte by byte', () => {
  expect(Buffer.from(encodeHeader('ü 你'), 'latin1').toString('utf8')).toBe('ü 你');
});
