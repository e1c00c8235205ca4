import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder, runSnoop } from './snoop.ts';
import { sharedState } from './state.ts';

export const suiteProgram = fileURLToPath(new URL('made-suite.mjs', import.meta.url));

export const list = 'ConfigMaps can be listed [Conformance]';
export const find = 'Secrets can be found';
/** Two tests, of which one also asks for a Pod that does not exist. */
export const suite = {
  tests: [
    { name: list, requests: [['GET', '/api/v1/namespaces/default/configmaps']] },
    {
      name: find,
      requests: [
        ['GET', '/api/v1/namespaces/default/secrets'],
        ['GET', '/api/v1/namespaces/default/pods/none'],
      ],
    },
  ],
};

interface RunOptions {
  readonly args?: readonly string[];
  readonly suite?: object;
}

/** Runs a made-up suite against the shared control plane. */
export async function auditRun(options: RunOptions = {}) {
  const out = join(await makeFolder(), 'run');
  const ended = await runSnoop(listArguments(out, options), { env: describeSuite(options) });
  return { ...ended, out, read: (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8')) };
}

export function listArguments(out: string, { args = [] }: RunOptions): string[] {
  return ['audit-run', '--state', sharedState(), '--out', out, ...args, '--', process.execPath, suiteProgram];
}

export function describeSuite({ suite: made = suite }: RunOptions): Record<string, string> {
  return { MADE_SUITE: JSON.stringify(made) };
}

/** The tested endpoints of coverage.json, with their tests. */
export function pickTested(coverage: { endpoints: { endpoint: string; tested: boolean; tests: string[] }[] }) {
  return coverage.endpoints.flatMap(({ endpoint, tested, tests }) => (tested ? [{ endpoint, tests }] : []));
}
