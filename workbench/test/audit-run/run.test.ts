import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { identifyProcess } from '@snoop/snoopdb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseAuditCounters } from '../../src/audit-run/counters.ts';
import { findFileOfRun } from '../../src/audit-run/folder/file-of-run.ts';
import { createRunFile, isRunFolder, readRunFile } from '../../src/audit-run/folder/run-file.ts';
import { readMoment } from '../../src/audit-run/marks.ts';
import { explainCounters } from '../../src/audit-run/counter-sums.ts';
import { readOutcomes } from '../../src/audit-run/read-outcomes.ts';
import { requireUnused, RunDraft } from '../../src/audit-run/run-draft.ts';
import { runSuite } from '../../src/audit-run/suite-process.ts';
import { explainEnd } from '../../src/audit-run/write-audit-run.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-run-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('counters', () => {
  test('are read from /metrics', () => {
    const text = `# TYPE apiserver_audit_event_total counter
apiserver_audit_event_total 1.2e+03
apiserver_audit_error_total{plugin="webhook"} 2
apiserver_audit_error_total{plugin="log"} 1 1700000000
apiserver_audit_level_total{level="Metadata"} 7
process_start_time_seconds 1.7e+09`;
    expect(parseAuditCounters(text)).toEqual({ events: 1200, errors: 3, startedAt: 1.7e9 });
  });

  test('of another server are ignored', () => {
    expect(parseAuditCounters('apiserver_audit_event_total_other 3\nup 1\n')).toBe(null);
  });

  test.each([
    [{ sent: 5, stored: 5, rejected: 0, errors: 0, uncertain: 0 }, []],
    [{ sent: 6, stored: 5, rejected: 0, errors: 0, uncertain: 1 }, []],
    [{ sent: 7, stored: 5, rejected: 0, errors: 0, uncertain: 1 }, ['2 of 7 audit events are not stored.']],
    [
      { sent: 4, stored: 5, rejected: 0, errors: 0, uncertain: 0 },
      ['1 more audit events are stored than the 4 that were sent.'],
    ],
    [{ sent: 5, stored: 5, rejected: 0, errors: 3, uncertain: 0 }, ['The API server could not send 3 audit events.']],
  ])('%j', (counters, expected) => {
    expect(explainCounters(counters, null)).toEqual(expected);
  });
});

describe('a moment', () => {
  const counters = (events: number) => ({ events, errors: 0, startedAt: 1 });
  const mark = { auditId: 'm', requestUri: '/p', metricsUris: ['/1', '/2'], problem: null } as const;
  const event = (requestUri: string, stagedAt: string) => ({ source: 's', auditId: 'm', requestUri, stagedAt });

  test('is exact if nothing else happened between the readings', () => {
    const events = [event('/1', 'a'), event('/p', 'b'), event('/2', 'c')];
    const moment = readMoment({ ...mark, before: counters(100), after: counters(102) }, events);
    expect(moment).toEqual({ source: 's', at: 'b', events: 102, errors: 0, startedAt: 1, uncertain: 0 });
  });

  test('is exact with all stages', () => {
    const events = ['/1', '/p', '/2'].flatMap((uri, at) => [event(uri, `${at}a`), event(uri, `${at}b`)]);
    const moment = readMoment({ ...mark, before: counters(100), after: counters(104) }, events);
    expect(moment).toMatchObject({ at: '1b', events: 103, uncertain: 0 });
  });

  test('counts what others sent meanwhile as uncertain', () => {
    const events = [event('/1', 'a'), event('/p', 'b'), event('/2', 'c')];
    expect(readMoment({ ...mark, before: counters(100), after: counters(105) }, events)?.uncertain).toBe(3);
  });

  test('is unknown before its event is stored', () => {
    expect(readMoment({ ...mark, before: counters(1), after: counters(3) }, [event('/1', 'a')])).toBe(null);
  });
});

describe('the folder', () => {
  const run = {
    ...{
      id: 'x',
      program: '0',
      document: '1.36.0',
      policy: null,
      resumes: null,
      command: ['true'],
      startedAt: '2026-11-30T10:00:00Z',
      endedAt: '2026-11-30T10:20:00Z',
      exitCode: 0,
    },
    ...{ gateExitCode: null, counters: { sent: 1, errors: 0, stored: 1, rejected: 0, uncertain: 0 } },
    cluster: { kind: 'local', version: '1.36.0', commit: null, server: 'https://a', sources: [] },
  } as const;

  async function write(reasons: readonly string[] = []): Promise<string> {
    const folder = join(makeFolder(), 'run');
    const draft = RunDraft.create(folder);
    draft.writeJson('coverage.json', { one: 1 });
    expect(await draft.writeLines('events.jsonl.gz', Readable.from([Buffer.from('{}\n{'), Buffer.from('}\n')]))).toBe(
      2,
    );
    expect(isRunFolder(folder)).toBe(false);
    await draft.finish((files) => createRunFile({ ...run, complete: reasons.length === 0, reasons, files }));
    return folder;
  }

  test('is whole at once, with the digest of each file', async () => {
    const folder = await write();
    expect(isRunFolder(folder)).toBe(true);
    expect(readRunFile(folder, { partial: false }).files.map(({ name }) => name)).toEqual([
      'coverage.json',
      'events.jsonl.gz',
    ]);
    expect(await findFileOfRun(folder, 'coverage.json', { cwd: '/', partial: false })).toBe(
      join(folder, 'coverage.json'),
    );
  });

  test('is refused if the run is incomplete, unless that is accepted', async () => {
    const folder = await write(['The suite was killed.']);
    await expect(findFileOfRun(folder, 'coverage.json', { cwd: '/', partial: false })).rejects.toThrow(
      'is incomplete: The suite was killed.',
    );
    expect(await findFileOfRun(folder, 'coverage.json', { cwd: '/', partial: true })).not.toBe(null);
  });

  test('is refused if a file was changed', async () => {
    const folder = await write();
    writeFileSync(join(folder, 'coverage.json'), '{}');
    await expect(findFileOfRun(folder, 'coverage.json', { cwd: '/', partial: true })).rejects.toThrow('was changed');
  });

  test.each([
    ['{"format":"snoop audit run","version":2}', 'has version 2'],
    ['{"format":"snoop audit run","version":1,"complete":true,"reasons":["x"]}', 'calls the run complete'],
    ['{"format":"snoop audit run","version":1}', 'does not say whether'],
  ])('%s is refused', (text, message) => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'run.json'), text);
    expect(() => readRunFile(folder, { partial: true })).toThrow(message);
  });

  test('must be new or empty', () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'empty'));
    RunDraft.create(join(folder, 'empty')).remove();
    writeFileSync(join(folder, 'file'), '');
    expect(() => RunDraft.create(folder)).toThrow('is not empty');
    expect(() => RunDraft.create(join(folder, 'file'))).toThrow('cannot be used');
    mkdirSync(join(folder, 'killed.part'));
    expect(() => requireUnused(join(folder, 'killed'))).toThrow('another audit run writes there, or one was killed');
  });

  test('of a process that ends at once is incomplete, and gets its name', async () => {
    const folder = join(makeFolder(), 'run');
    const draft = RunDraft.create(folder);
    writeFileSync(draft.path('logs/stdout.log'), 'kept');
    const reasons = ['The run was interrupted while its folder was written.'];
    const abandon = () => draft.abandon((files) => createRunFile({ ...run, complete: false, reasons, files }));
    abandon();
    // A second time, by an error after the exit began, it has no effect.
    abandon();
    expect(readFileSync(join(folder, 'logs/stdout.log'), 'utf8')).toBe('kept');
    expect(existsSync(draft.folder)).toBe(false);
    expect(() => readRunFile(folder, { partial: false })).toThrow('The run was interrupted');
    expect(readRunFile(folder, { partial: true }).files).toEqual([]);
  });

  test('stays under its temporary name if somebody else took the name', async () => {
    const folder = join(makeFolder(), 'run');
    const draft = RunDraft.create(folder);
    mkdirSync(join(folder, 'theirs'), { recursive: true });
    await expect(
      draft.finish((files) => createRunFile({ ...run, complete: true, reasons: [], files })),
    ).rejects.toThrow(`the run stays in ${draft.folder}`);
    // The error leads to it, and must not mark a whole run.
    draft.abandon((files) => createRunFile({ ...run, complete: false, reasons: ['x'], files }));
    expect(readRunFile(draft.folder, { partial: false }).complete).toBe(true);
  });

  test('another folder is not a run', async () => {
    expect(await findFileOfRun(makeFolder(), 'coverage.json', { cwd: '/', partial: false })).toBe(null);
    expect(await findFileOfRun('1.36', 'coverage.json', { cwd: '/', partial: false })).toBe(null);
  });
});

describe('the suite', () => {
  async function run(command: readonly string[], maxLogBytes = 1 << 20) {
    const folder = makeFolder();
    const logs = { stdout: join(folder, 'out'), stderr: join(folder, 'err') };
    const stdout = new PassThrough();
    let seen = '';
    stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
    });
    const stderr = new PassThrough().resume();
    const end = await runSuite(command, { cwd: folder, env: process.env, stdout, stderr, logs, maxLogBytes });
    return { end, seen, out: readFileSync(logs.stdout, 'utf8'), err: readFileSync(logs.stderr, 'utf8') };
  }

  test('passes its output on and keeps it', async () => {
    const { end, seen, out, err } = await run(['sh', '-c', 'echo one; echo two >&2; exit 4']);
    expect(end).toEqual({ exitCode: 4, signal: null, interrupted: false, logProblem: null, notes: [] });
    expect([seen, out, err]).toEqual(['one\n', 'one\n', 'two\n']);
  });

  test('that is killed has the exit code of its signal', async () => {
    expect((await run(['sh', '-c', 'kill -KILL $$'])).end).toMatchObject({ exitCode: 137, signal: 'SIGKILL' });
  });

  test('leaves no process of its group', async () => {
    const { out } = await run(['sh', '-c', 'sleep 600 & echo $!']);
    await expect.poll(() => identifyProcess(Number(out)), { timeout: 10_000 }).toBe(null);
  });

  test('is ended if its start cannot be noted', async () => {
    let pid = 0;
    const logs = { stdout: join(makeFolder(), 'out'), stderr: join(makeFolder(), 'err') };
    const [stdout, stderr] = [new PassThrough().resume(), new PassThrough().resume()];
    const onStart = (started: number): void => {
      pid = started;
      throw new Error('no space is left');
    };
    const running = runSuite(['sleep', '600'], { cwd: '/', env: process.env, stdout, stderr, logs, onStart });
    await expect(running).rejects.toThrow('no space is left');
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
  });

  test('that prints without end is kept up to a limit, and passed on', async () => {
    const { end, seen, out } = await run(['sh', '-c', 'head -c 300000 /dev/zero'], 1_000);
    expect([seen.length, out.length]).toEqual([300_000, 1_000]);
    expect(end).toMatchObject({
      logProblem: null,
      notes: ['The suite printed more than 1,000 bytes; out has only these.'],
    });
  });

  test('whose process left the group and holds the output is not waited for', async () => {
    const { end, out } = await run(['setsid', '-f', 'sh', '-c', 'echo $$; exec sleep 600']);
    process.kill(Number(out), 'SIGKILL');
    expect(end.notes).toEqual([expect.stringContaining('A process that the suite left running')]);
  });

  test.each([
    [{ exitCode: 137, signal: 'SIGKILL' }, ['The suite was ended by SIGKILL.']],
    // What a shell answers if its last command was killed.
    [{ exitCode: 137, signal: null }, ['The suite was ended by SIGKILL.']],
    [{ exitCode: 130, signal: null, interrupted: true }, ['The run was interrupted.']],
    [{ exitCode: 197, signal: null }, []],
    [{ exitCode: 1, signal: null }, []],
  ] as const)('%j', (end, expected) => {
    expect(explainEnd({ interrupted: false, logProblem: null, notes: [], ...end })).toEqual(expected);
  });

  test('that does not exist cannot be started', async () => {
    await expect(run(['no-such-program'])).rejects.toThrow("The program 'no-such-program' cannot be started");
  });
});

test('JUnit says which tests passed', async () => {
  const file = join(makeFolder(), 'junit_01.xml');
  writeFileSync(
    file,
    `<testsuites><testsuite name="s" tests="3"><testcase name="[It] a" classname="s"/>
     <testcase name="[It] b" classname="s"><failure message="no">no</failure></testcase>
     <testcase name="[It] c" classname="s"><skipped/></testcase></testsuite></testsuites>`,
  );
  expect([...(await readOutcomes([file]))]).toEqual([
    ['a', 'passed'],
    ['b', 'failed'],
    ['c', 'skipped'],
  ]);
});
