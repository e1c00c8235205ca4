import { expect, test } from 'vitest';
import {
  choiceFlag,
  defineCommand,
  describeShape,
  listFlag,
  switchFlag,
  valueFlag,
} from '../../src/command-line/index.ts';

const page = { usage: [], examples: '', exitCodes: '' };

test('describes arguments, flags and subcommands for a shell', () => {
  const child = defineCommand({ ...page, name: 'snoop load audit', title: 'load logs', flags: {}, words: '<file...>' });
  const command = defineCommand({
    ...{ ...page, name: 'snoop load', title: 'load data', words: '[what] [name]', firstWord: ['audit', 'openapi'] },
    flags: {
      output: choiceFlag('-o, --output <FORMAT>', 'the format', ['text', 'json']),
      release: valueFlag('--release <RELEASE>', 'the release'),
      name: listFlag('--name <NAME>', 'a name'),
      use: switchFlag('--use', 'use it'),
    },
    commands: [child],
  });
  const flag = { value: null, choices: [] };
  expect(describeShape(command)).toEqual({
    summary: 'load data',
    words: [
      { name: 'what', repeats: false, choices: ['audit', 'openapi'] },
      { name: 'name', repeats: false, choices: [] },
    ],
    flags: [
      {
        names: ['--output', '-o'],
        help: 'the format: text or json',
        value: 'FORMAT',
        choices: ['text', 'json'],
      },
      { ...flag, names: ['--release'], help: 'the release', value: 'RELEASE' },
      { ...flag, names: ['--name'], help: 'a name; may be given several times', value: 'NAME' },
      { ...flag, names: ['--use'], help: 'use it' },
    ],
    commands: {
      audit: {
        ...{ summary: 'load logs', flags: [], commands: {} },
        words: [{ name: 'file', repeats: true, choices: [] }],
      },
    },
  });
});
