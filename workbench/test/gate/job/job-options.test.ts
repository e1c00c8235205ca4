import { expect, test } from 'vitest';
import { checkGateFlags, readAction, readImage, readJobName } from '../../../src/gate/job/job-options.ts';

const digest = `sha256:${'0a'.repeat(32)}`;

test.for([
  'registry.example/snoop/workbench:0.1.0',
  'localhost:5000/workbench:v20260803-1-gabc',
  `registry.example/snoop/workbench@${digest}`,
  `registry.example/a__b/c-d/e.f:1@${digest}`,
  'workbench:1',
])('accepts the image %s', (image) => {
  expect(readImage(image)).toBe(image);
});

test.for([
  ['registry.example/snoop/workbench', 'has no fixed version'],
  ['registry.example/snoop/workbench:latest', 'has no fixed version'],
  ['', 'takes the name of an image'],
  ['a b:1', 'takes the name of an image'],
  ['workbench:1\nprivileged: true', 'takes the name of an image'],
  ['workbench:1 # comment', 'takes the name of an image'],
  ['"workbench:1"', 'takes the name of an image'],
  ['Work/Bench:1', 'takes the name of an image'],
  ['workbench:1@sha256:0a', 'takes the name of an image'],
  [`${'a'.repeat(600)}:1`, 'takes the name of an image'],
  [`${'a-'.repeat(250)}!`, 'takes the name of an image'],
])('refuses the image %j', ([image = '', why = '']) => {
  expect(() => readImage(image)).toThrow(why);
});

test.for(['snoop gate', 'Gate', '-gate', 'gate-', 'gate\n', 'a:b', '', 'a'.repeat(45)])(
  'refuses the name %j',
  (name) => {
    expect(() => readJobName(name)).toThrow('--name takes lower-case letters');
  },
);

test('an action needs a commit', () => {
  const action = `example/snoop@${'0a'.repeat(20)}`;
  expect(readAction(action)).toBe(action);
  for (const other of ['example/snoop', 'example/snoop@main', 'example/snoop@0a0a0a0', `${action}\n`, 'a/b/c@d']) {
    expect(() => readAction(other)).toThrow('OWNER/REPOSITORY@COMMIT');
  }
});

test.for([
  [['--output', 'json'], 'The job sets --output'],
  [['--grace', '1', '--output=json=a'], 'The job sets --output'],
  [['--grace', '1\n2'], 'cannot use the flag "1\\n2"'],
  [['--grace', ''], 'cannot use the flag ""'],
  [['--grace', '\u2028'], 'cannot use the flag'],
  [['--hits', 'x'.repeat(5000)], 'cannot use the flag'],
  [['job'], "not 'job'"],
  [Array.from({ length: 201 }, () => '--debt'), 'the limit is 200'],
] as const)('refuses the flags %j', ([flags, why]) => {
  expect(() => checkGateFlags(flags)).toThrow(why);
});
