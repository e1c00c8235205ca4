import type { CommandShape, FlagShape } from '@snoop/snoopdb/command-line';
import { expect, test } from 'vitest';
import { complete } from '../../src/completion/complete.ts';

const flag = (name: string, more: Partial<FlagShape> = {}): FlagShape => ({
  ...{ names: [name], help: '', value: null, choices: [] },
  ...more,
});

const command = (more: Partial<CommandShape> = {}): CommandShape => ({
  ...{ summary: '', words: [], flags: [], commands: {} },
  ...more,
});

const word = (name: string, repeats = false, choices: string[] = []): CommandShape['words'][number] => ({
  ...{ name, repeats, choices },
});

const state = flag('--state', { value: 'DIR' });
const data = {
  build: '',
  root: command({
    flags: [flag('--version')],
    commands: {
      test: command({
        words: [word('file', true)],
        flags: [
          flag('--output', { value: 'FORMAT', choices: ['text', 'json'] }),
          flag('--author', { value: 'NAME', help: 'the author; may be given several times' }),
          flag('--watch', { names: ['--watch', '-w'] }),
          state,
        ],
      }),
      untested: command({ flags: [flag('--kind', { value: 'KIND' }), flag('--release', { value: 'RELEASE' })] }),
      endpoint: command({ words: [word('endpoint', true)] }),
      new: command({ words: [word('kind|endpoint')] }),
      report: command({ words: [word('run')], flags: [state] }),
      runs: command({
        words: [word('command')],
        commands: { diff: command({ words: [word('before'), word('after')] }) },
      }),
      export: command({ words: [word('folder')] }),
      load: command({ words: [word('what', false, ['audit', 'openapi']), word('file', true)] }),
    },
  }),
  endpoints: ['listCoreV1Node', 'listCoreV1Pod'],
  kinds: ['Node', 'Pod'],
  releases: ['1.36.0', '1.35.0'],
};

const local = { listRuns: (folder: string | null) => [`run-in-${folder ?? 'project'}`] };

test('the value of --state may have =', () => {
  const found = complete(data, local, ['report', '--state=a=b', '']);
  expect(found).toMatchObject({ values: [{ value: 'last' }, { value: 'run-in-a=b' }] });
});

test.each([
  ['', ['test', 'untested', 'endpoint', 'new', 'report', 'runs', 'export', 'load']],
  ['te', ['test']],
  ['no', []],
  ['--', ['--version', '--help']],
  ['test --o', ['--output']],
  ['test --output ', ['text', 'json']],
  ['test --output=j', ['--output=json']],
  ['test -w --author ada --', ['--output', '--author', '--state', '--help']],
  ['test ', 'files'],
  ['test a.live.ts b', 'files'],
  ['test --state ', 'folders'],
  ['test -- ', 'files'],
  ['untested --kind ', ['Node', 'Pod']],
  ['untested --kind po', ['Pod']],
  ['untested --release 1.36', ['1.36.0']],
  ['untested x', []],
  ['endpoint listCoreV1P', ['listCoreV1Pod']],
  ['endpoint LISTCOREV1P', ['listCoreV1Pod']],
  ['endpoint N', ['Node']],
  ['new P', ['Pod']],
  ['report ', ['last', 'run-in-project']],
  ['report --state /tmp/a run', ['run-in-/tmp/a']],
  ['report --state=b run', ['run-in-b']],
  ['report run ', []],
  ['runs ', ['diff']],
  ['runs diff last run', ['run-in-project']],
  ['export ', 'folders'],
  ['load ', ['audit', 'openapi']],
  ['load audit x ', 'files'],
  ['constructor ', []],
])('completes "%s"', (line, expected) => {
  const completion = complete(data, local, line.split(' '));
  const found = completion.kind === 'values' ? completion.values.map(({ value }) => value) : completion.kind;
  expect(found).toEqual(expected);
});
