import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measurement } from '../measurement/figure.ts';
import { withLocalCluster } from './local-cluster.ts';

const client = fileURLToPath(new URL('programs/many-requests.mjs', import.meta.url));

interface Printed {
  readonly evidence: { readonly sent: number; readonly recorded: number };
}

/** Whether thousands of requests in one run are recorded exactly: of a live test, and of a client of `snoop exec`. */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const requests = small ? 500 : 5_000;
  return withLocalCluster(async ({ folder, snoop }) => {
    const file = join(folder, 'many.live.ts');
    writeFileSync(
      file,
      `import { liveTest } from '@snoop/workbench';
liveTest('many', { timeout: 600_000 }, async ({ cluster }) => {
  const send = async (first: number) => {
    for (let n = first; n < ${requests}; n += 10) await cluster.request({ path: '/api/v1/namespaces/default/pods?limit=' + (n + 1) });
  };
  await Promise.all(Array.from({ length: 10 }, (_none, first) => send(first)));
});
`,
    );
    const startedAt = performance.now();
    const tested = await snoop(['test', file, '--output', 'json']);
    const testedAt = performance.now();
    const ran = await snoop(['exec', '--output', 'json', '--', process.execPath, client, String(requests)]);
    const ranAt = performance.now();
    const [test, exec] = [readReport(tested.stdout), readReport(ran.stderr)].map(({ evidence }) => evidence);
    if (test?.sent !== requests || exec?.sent !== requests) throw new Error(`not ${requests} requests were sent`);
    const exact = { unit: 'requests', target: requests, floor: requests, better: 'more' } as const;
    return {
      figures: [
        { what: `recorded of ${requests} of a live test`, measured: test.recorded, ...exact },
        { what: `recorded of ${requests} of a command`, measured: exec.recorded, ...exact },
      ],
      notes: [
        `from start to report: ${((testedAt - startedAt) / 1000).toFixed(1)} s the test, ${((ranAt - testedAt) / 1000).toFixed(1)} s the command`,
      ],
    };
  });
}

/** The report begins with the first line that is a brace. */
function readReport(text: string): Printed {
  return JSON.parse(text.slice(Math.max(0, text.search(/^\{$/m))));
}
