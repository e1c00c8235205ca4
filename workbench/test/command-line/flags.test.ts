import { expect, test } from 'vitest';
import { parseFlags } from '../../src/command-line/flags.ts';

const options = { release: { type: 'string' }, purge: { type: 'boolean' } } as const;

test('flags with and without values', () => {
  expect(parseFlags('up', ['--release', '1.36', '--purge'], options).values).toMatchObject({
    release: '1.36',
    purge: true,
  });
  expect(parseFlags('up', ['--release=1.36'], options).values).toMatchObject({ release: '1.36' });
  expect(parseFlags('test', ['a.ts', '--purge', 'b.ts'], options, true).positionals).toEqual(['a.ts', 'b.ts']);
});

test.each([
  ['an unknown flag', ['--relase', '1.36'], 'snoop up has no flag --relase.', 'Did you mean --release?'],
  ['a word that nobody asked for', ['now'], "snoop up takes no 'now'.", "'snoop up --help' lists all."],
  ['a flag without its value', ['--release'], "Option '--release <value>' argument missing.", "'snoop up --help'"],
  ['a value nobody asked for', ['--purge=yes'], "'--purge' does not take an argument", "'snoop up --help'"],
])('%s: one sentence and the nearest right thing, exit 2', (_what, args, message, advice) => {
  expect(() => parseFlags('up', args, options)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: expect.stringContaining(message),
      advice: [expect.stringContaining(advice)],
    }),
  );
});
