import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { setApiserverFlags } from './support/apiserver-flags.ts';
import { call } from './support/command.ts';
import { askIn, loadImages } from './support/kind-cluster.ts';
import type { KindCluster } from './support/kind-cluster.ts';
import { images } from './support/project.ts';
import { intruderId, postWithoutToken } from './support/post-without-token.ts';
import { say, step } from './support/progress.ts';
import { sayRecorded } from './support/recorded.ts';
import { killReplica, listReplicas, sawReplicaBack } from './support/replicas.ts';
import { startRequestLoad } from './support/request-load.ts';
import { waitUntil } from './support/wait-until.ts';

type Story = (what: string, work: () => Promise<void>) => void;

/** As manifests/production/address.yaml has it. */
const address = '10.96.0.99';
/** On the node, where the kube-apiserver's Pod sees it already. */
const mountPath = '/etc/kubernetes/pki/audit-production';

/**
 * The production overlay, in a cluster that had the kind overlay: a PostgreSQL of its own, two auditloggers with TLS and a
 * token, and the apiserver sent there by what `snoop sink` writes.
 */
export function describeProduction(cluster: KindCluster, story: Story): void {
  const sink = join(inject('runFolder'), 'sink');
  const [password, workbenchPassword] = [randomBytes(18).toString('hex'), randomBytes(18).toString('hex')];
  const urlOf = (role: string, word: string): string =>
    `postgresql://${role}:${word}@database.database.svc:5432/apisnoop`;
  const ask = askIn(cluster, 'database', 'statefulset/database', [`PGPASSWORD=${password}`]);
  let flags: string[] = [];

  story('production: two replicas come up beside a PostgreSQL of their own', async () => {
    const said = await call(process.execPath, [
      ...['workbench/bin/snoop.js', 'sink', sink, '--server', `https://${address}:9900`, '--token'],
      ...['--name', 'auditlogger.snoop.svc', '--mount-path', mountPath, '--output', 'json'],
    ]);
    flags = JSON.parse(said).apiserverFlags;
    const workers = ['worker', 'worker2'].map((node) => `${cluster.name}-${node}`);
    await step('the image of the auditlogger is on the workers', () =>
      loadImages(
        cluster,
        images.filter((image) => image.includes('/auditlogger:')),
        workers,
      ),
    );
    await step('kubectl delete -k manifests/kind', () => cluster.kubectl(['delete', '-k', 'manifests/kind']));
    await step('the Secrets, and kubectl apply -k of the overlay', async () => {
      await makeSecrets(cluster, sink, {
        ownerUrl: urlOf('apisnoop', password),
        workbenchUrl: urlOf('snoop_workbench', workbenchPassword),
        entries: [`*:*:*:apisnoop:${password}`, `*:*:*:snoop_workbench:${workbenchPassword}`],
      });
      await cluster.kubectl(['apply', '-k', 'test/kind/production']);
    });
    await step('two replicas and the workbench are ready', async () => {
      for (const name of ['auditlogger', 'workbench']) {
        await cluster.kubectl(['rollout', 'status', '-n', 'snoop', `deploy/${name}`, '--timeout=900s']);
      }
    });
    expect(await listReplicas(cluster)).toHaveLength(2);
  });

  story('production: the apiserver sends there, and a live test runs with an author’s rights', async () => {
    await call('docker', ['cp', join(sink, 'apiserver'), `${cluster.controlPlane}:${mountPath}`]);
    await step('the apiserver has its new sink', async () => {
      await setApiserverFlags(cluster, flags);
      // An apiserver that ends takes itself out of its Service; Pods find it again a moment after everybody else.
      await waitUntil('the workbench reaches the apiserver', async () => {
        return (await cluster.inWorkbench(['kubectl', 'get', '--raw', '/version'])).exitCode === 0;
      });
    });
    const asOwner = ['env', `DATABASE_URL=${urlOf('apisnoop', password)}`];
    const granted = await step('snoop db grant by the owner', () =>
      cluster.inWorkbench([...asOwner, 'snoop', 'db', 'grant']),
    );
    expect(granted.exitCode, granted.stderr).toBe(0);
    const { exitCode, stdout, stderr } = await step('snoop test in the workbench', () =>
      cluster.inWorkbench(['snoop', 'test', 'examples/config-map-lifecycle.live.ts', '--output', 'json']),
    );
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ complete: true, evidence: { missing: [] } });
  });

  story('production: each replica is killed under load, one after the other, and nothing is lost', async () => {
    const load = await startRequestLoad(cluster.kubeconfig);
    await load.sawAnswers(200);
    for (const replica of await listReplicas(cluster)) {
      await killReplica(cluster, replica);
      await load.sawAnswers(200);
      await step(`${replica.pod} was killed, and is back`, () => sawReplicaBack(cluster, replica));
    }
    await sayRecorded('two kills', load, ask);
  });

  story(
    'production: who has no token is answered 401; who may not come near is not answered where policies hold',
    async () => {
      // The label opens the NetworkPolicy for the port of /metrics, which takes no events.
      const near = await postWithoutToken(cluster, `https://${address}:9901/events`, { 'snoop-metrics': 'true' });
      expect(near).toBe('404');
      const far = await postWithoutToken(cluster, `https://${address}:9900/events`, {});
      say(
        far === 'no answer'
          ? 'this cluster enforces NetworkPolicy: a Pod of another namespace reaches no auditlogger'
          : 'this cluster enforces no NetworkPolicy: a Pod of any namespace reaches the auditlogger, and is answered 401',
      );
      expect(['401', 'no answer']).toContain(far);
      expect(await ask(`select count(*) from testing.audit_event where audit_id = '${intruderId}'`)).toEqual([['0']]);
    },
  );
}

interface DatabaseSecrets {
  readonly ownerUrl: string;
  readonly workbenchUrl: string;
  /** Of the files that the database gives its roles their passwords from: the owner's, the workbench's. */
  readonly entries: readonly [owner: string, workbench: string];
}

/** What manifests/README.md has to be there before the overlay; and the database's own passwords. */
async function makeSecrets(cluster: KindCluster, sink: string, database: DatabaseSecrets): Promise<void> {
  const own = (file: string): string => join(sink, 'auditlogger', file);
  const [owner, workbench] = database.entries;
  for (const name of ['snoop', 'database']) await cluster.kubectl(['create', 'namespace', name]);
  for (const words of [
    [
      ...['database', 'generic', 'database'],
      ...[`--from-literal=pgpass=${owner}`, `--from-literal=workbench.pgpass=${workbench}`],
    ],
    ['snoop', 'generic', 'snoopdb', `--from-literal=url=${database.ownerUrl}`],
    ['snoop', 'generic', 'snoopdb-workbench', `--from-literal=url=${database.workbenchUrl}`],
    ['snoop', 'tls', 'auditlogger-tls', '--cert', own('server.crt'), '--key', own('server.key')],
    ['snoop', 'generic', 'auditlogger-senders', `--from-file=token=${own('token')}`],
  ]) {
    const [namespace = '', ...secret] = words;
    await cluster.kubectl(['create', 'secret', '-n', namespace, ...secret]);
  }
}
