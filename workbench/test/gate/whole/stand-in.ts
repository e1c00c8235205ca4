import { parseArgs } from 'node:util';
import { Readable } from 'node:stream';
import type { GateRules } from '../../../src/gate/facts.ts';
import { defaultRules, judgeGate } from '../../../src/gate/judge.ts';
import { noPlaces } from '../../../src/gate/output/places.ts';
import { printGate } from '../../../src/gate/output/print.ts';
import { readGateFacts } from '../../../src/gate/sources/gate-facts.ts';
import { readHits } from '../../../src/gate/sources/hits/read-hits.ts';
import { silentProgress } from '../../../src/progress.ts';

const names = [
  'openapi',
  'previous',
  'conformance',
  'ineligible',
  'pending',
  'repo',
  'release',
  'previous-release',
  'commit',
  'hits-commit',
  'output',
  'max-age',
  'grace',
  'pending-limit',
] as const;

export async function standIn(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const options: any = { hits: { type: 'string', multiple: true }, level: { type: 'string', multiple: true } };
  for (const name of names) options[name] = { type: 'string' };
  for (const name of ['debt', 'any-test', 'strict-lists', 'partial']) options[name] = { type: 'boolean' };
  const { values } = parseArgs({ args: [...args], options }) as any;
  const request: any = {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    signal: new AbortController().signal,
    progress: silentProgress,
    stdin: Readable.from([]),
    hits: values.hits ?? [],
    groups: null,
    previousRelease: values['previous-release'] ?? null,
    hitsCommit: values['hits-commit'] ?? null,
    withPool: () => Promise.reject(new Error('no')),
  };
  for (const name of ['openapi', 'previous', 'conformance', 'ineligible', 'pending', 'repo', 'release', 'commit'])
    request[name] = values[name] ?? null;
  const facts = await readGateFacts(request);
  const hits =
    facts.hits.length > 0
      ? facts.hits
      : await readHits(request.hits, {
          endpoints: facts.current.endpoints,
          release: facts.current.source.release,
          groups: null,
          hitsCommit: request.hitsCommit,
          tests: facts.conformance?.entries.map(({ codename }) => codename) ?? [],
          ineligible: facts.ineligible?.entries ?? null,
          withPool: request.withPool,
          cwd,
          stdin: request.stdin,
          signal: request.signal,
          progress: silentProgress,
        });
  const rules: GateRules = {
    ...defaultRules,
    levels: values.level ?? ['stable'],
    debt: values.debt === true,
    anyTest: values['any-test'] === true,
    strictLists: values['strict-lists'] === true,
    partial: values.partial === true,
    grace: Number(values.grace ?? 0),
    pendingLimit: values['pending-limit'] === undefined ? null : Number(values['pending-limit']),
    maxAgeMs:
      values['max-age'] === undefined ? defaultRules.maxAgeMs : Number(values['max-age'].replace('d', '')) * 86_400_000,
  };
  const answer = judgeGate({ ...facts, hits }, rules);
  const format = values.output === 'github' ? 'text' : values.output;
  return { exitCode: answer.exitCode, stdout: printGate(answer, format, noPlaces), stderr: '' };
}
