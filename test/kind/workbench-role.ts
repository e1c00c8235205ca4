import { expect } from 'vitest';
import { run } from './support/command.ts';
import type { KindCluster } from './support/kind-cluster.ts';
import { step } from './support/progress.ts';

type Story = (what: string, work: () => Promise<void>) => void;

/** What SnoopDB's owner could do with evidence, and what PostgreSQL says to the workbench. */
const forgeries = [
  ['update testing.held_event set code = 200', 'permission denied for table held_event'],
  ['delete from testing.held_event', 'permission denied for table held_event'],
  ['delete from testing.endpoint_hit', 'permission denied for table endpoint_hit'],
  ["update testing.endpoint_hit set useragent = 'e2e.test'", 'permission denied for table endpoint_hit'],
  ['delete from testing.body_ledger', 'permission denied for table body_ledger'],
  ['update testing.run_evidence set is_hit = true', 'permission denied for table run_evidence'],
  ['update testing.run set settled_at = null', 'permission denied for table run'],
  ["update testing.run set author = 'eve' where settled_at is not null", 'settled'],
  ['update testing.run_request set status = 200', 'settled'],
  ['delete from testing.run', 'permission denied for table run'],
  ["update public.baseline set release = '1.0.0'", 'permission denied for table baseline'],
  ['delete from public.open_api', 'permission denied for table open_api'],
  ['set role apisnoop', 'permission denied to set role'],
] as const;

/** The workbench in a cluster with the kind overlay: it adds runs, and rewrites nothing. */
export function describeWorkbenchRole(cluster: KindCluster, story: Story): void {
  story('a run in the workbench is settled, and nothing in its Pod can change what it proves', async () => {
    const { exitCode, stdout, stderr } = await step('snoop test in the workbench', () =>
      cluster.inWorkbench(['snoop', 'test', 'examples/config-map-lifecycle.live.ts', '--output', 'json']),
    );
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ complete: true, evidence: { missing: [] } });
    const report = async (): Promise<unknown> =>
      JSON.parse((await cluster.inWorkbench(['snoop', 'report', '--output', 'json'])).stdout);
    const before = await report();
    for (const [statement, refusal] of forgeries) {
      const psql = ['psql', '-X', '-v', 'ON_ERROR_STOP=1', '-c', statement];
      const answer = await cluster.inWorkbench(psql);
      expect.soft(answer.exitCode, statement).not.toBe(0);
      expect.soft(answer.stderr, statement).toContain(refusal);
    }
    expect(await report()).toEqual(before);
  });

  story(
    'kubectl exec without a container name reaches the workbench, and SnoopDB, and says nothing of its own',
    async () => {
      expect(await cluster.inWorkbench(['true'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      const pod = `snoopdb-${cluster.controlPlane}`;
      expect(await run('kubectl', [...cluster.where, 'exec', '-n', 'kube-system', pod, '--', 'true'])).toEqual({
        exitCode: 0,
        stdout: '',
        stderr: '',
      });
    },
  );

  story("the workbench's Pod holds the password of its role, and not the owner's", async () => {
    const read = async (file: string): Promise<string> => {
      const entry = await cluster.onNode(['cat', `/var/lib/snoop/${file}`]);
      return entry.trim().split(':').at(-1) ?? '';
    };
    const [owner, own] = [await read('snoopdb/pgpass'), await read('snoopdb/workbench.pgpass')];
    expect([owner.length, own.length, owner === own]).toEqual([40, 40, false]);
    // In its files, and in what its processes were given.
    const search =
      "grep -rlsF -f - /run /var/run /workspace /tmp /home /etc /proc/[0-9]*/environ | sed 's#.*/##'; true";
    const find = (password: string): Promise<string> =>
      cluster.kubectl(['exec', '-i', '-n', 'snoop', 'deploy/workbench', '--', 'sh', '-c', search], password);
    expect([...new Set((await find(own)).trim().split('\n'))]).toEqual(['pgpass']);
    expect(await find(owner)).toBe('');
    const asOwner = await cluster.inWorkbench(['env', 'PGUSER=apisnoop', 'psql', '-X', '-w', '-c', 'select 1']);
    expect(asOwner.exitCode).not.toBe(0);
    expect(asOwner.stderr).toContain('no password supplied');
  });
}
