import { expect, test } from 'vitest';
import {
  choiceFlag,
  defineCommand,
  groupFlags,
  listFlag,
  parseCommand,
  printFlagTable,
  switchFlag,
  valueFlag,
} from '../../src/command-line/index.ts';

const flags = {
  output: choiceFlag('-o, --output <FORMAT>', 'how it is printed', ['text', 'json']).defaultsTo('text'),
  author: listFlag('--author <NAME>', 'an author'),
  release: valueFlag('--release <X.Y.Z>', 'a release').from('X_RELEASE').defaultsToWhat('the newest'),
  ...groupFlags('Where', { here: switchFlag('--here', 'in this folder').conflicts('release').from('X_HERE') }),
};

const page = { title: 'does it', usage: ['x do [file...]'], examples: 'x do', exitCodes: '0 done · 2 wrong use' };
const psql = defineCommand({
  ...page,
  name: 'x do psql',
  flags: {},
  handsOn: true,
  run: (given, context: string): unknown => ({ context, ...given }),
});
const command = defineCommand({
  ...page,
  name: 'x do',
  flags,
  words: '[file...]',
  commands: [psql],
  run: (given, context: string): unknown => ({ context, ...given }),
});
const one = defineCommand({ ...page, name: 'x one', flags: {}, words: '<file>', commands: [], run: (): unknown => 0 });
const parent = defineCommand<Record<string, never>, string, unknown>({
  ...page,
  name: 'x',
  flags: {},
  commands: [command, one],
});

function read(args: readonly string[], env = {}): unknown {
  const asked = parseCommand(parent, args, env);
  return typeof asked === 'string' ? asked : asked('context');
}

test('reads flags, arguments and variables, and ignores empty variables', () => {
  expect(read(['do', 'a', '--here', '--author', 'x', '--author=y', 'b'])).toEqual({
    context: 'context',
    flags: { output: 'text', author: ['x', 'y'], release: undefined, here: true },
    named: ['author', 'here'],
    words: ['a', 'b'],
    handedOn: [],
  });
  expect(read(['do', '-o', 'JSON'], { X_RELEASE: '1.36', X_HERE: 'no' })).toMatchObject({
    flags: { output: 'json', release: '1.36', here: false },
  });
  expect(read(['do', '--release', '1.35'], { X_RELEASE: '1.36', X_HERE: '' })).toMatchObject({
    flags: { release: '1.35', here: false },
  });
});

test('passes what follows -- to another program only if the command is declared so', () => {
  expect(read(['do', '--', '--here'])).toMatchObject({ words: ['--here'], handedOn: [] });
  expect(read(['do', 'psql', '--', '-At', 'x'])).toMatchObject({ words: [], handedOn: ['-At', 'x'] });
});

test.for<[what: string, args: string[], message: string, advice: string]>([
  ['an unknown flag', ['do', '--relase', '1'], 'x do has no flag --relase.', "Did you mean '--release'?"],
  ['a flag unlike all others', ['do', '--zzzzzz'], 'x do has no flag --zzzzzz.', "See 'x do --help'."],
  ['a flag without its value', ['do', '--release'], 'x do: missing value for --release X.Y.Z.', "'x do --help'"],
  [
    'a flag as a value',
    ['do', '--release', '--here'],
    "--release needs a value, but '--here' follows.",
    '--release=--here',
  ],
  ['a value for a flag without one', ['do', '--here=yes'], 'x do: --here takes no value.', "'x do --help'"],
  [
    'two flags that exclude each other',
    ['do', '--here', '--release', '1'],
    '--here cannot be used with --release.',
    '--help',
  ],
  [
    'a value that is not one of the choices',
    ['do', '-o', 'jsn'],
    "--output takes text or json, not 'jsn'.",
    "Did you mean 'json'?",
  ],
  ['an unexpected argument', ['one', 'a', 'b'], "x one takes no 'b'.", '--help'],
  ['an unexpected argument before --', ['do', 'psql', 'a', '--', 'b'], "x do psql takes no 'a'.", '--help'],
  ['a missing argument', ['one'], 'x one needs <file>.', '--help'],
  ['an unknown command', ['onee'], "x has no command 'onee'.", "Did you mean 'x one'?"],
  ['a command unlike all others', ['something'], "x has no command 'something'.", 'Commands: do, one.'],
  ['a missing command', [], 'x: missing command.', 'Commands: do, one.'],
])('%s is wrong use', ([, args, message, advice]) => {
  expect(() => read(args)).toThrow(
    expect.objectContaining({
      code: 'wrong_use',
      exitCode: 2,
      message: expect.stringContaining(message),
      advice: expect.arrayContaining([expect.stringContaining(advice)]),
    }),
  );
});

test('names a variable with a wrong value', () => {
  expect(() => read(['do'], { X_HERE: 'perhaps' })).toThrow("X_HERE takes true or false, not 'perhaps'.");
});

test('prints the page of a command', () => {
  expect(read(['do', '--release', '--nonsense', '--help'])).toBe(read(['do', '-h']));
  expect(read(['do', '--help'])).toMatchInlineSnapshot(`
    "x do: does it

    Usage: x do [file...]

    Options:
      -o, --output FORMAT  how it is printed: text or json (default: text)
      --author NAME        an author; may be given several times
      --release X.Y.Z      a release (default: the newest) [X_RELEASE]
      -h, --help           this page

    Where:
      --here               in this folder [X_HERE]

    Commands:
      psql                 does it

    Examples:
      x do

    Exit codes: 0 done · 2 wrong use
    "
  `);
});

test('prints the table for a README', () => {
  expect(printFlagTable(Object.values(flags))).toMatchInlineSnapshot(`
    "| flag | environment | default | |
    | --- | --- | --- | --- |
    | \`-o, --output FORMAT\` |  | text | how it is printed: text or json |
    | \`--author NAME\` |  |  | an author; may be given several times |
    | \`--release X.Y.Z\` | \`X_RELEASE\` | the newest | a release |
    | \`--here\` | \`X_HERE\` |  | in this folder |"
  `);
});
