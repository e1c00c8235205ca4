import { expect, test } from 'vitest';
import { KubeConfig } from '@kubernetes/client-node';
import { findProblems } from '../../src/kind/problems.ts';
import type { Problem } from '../../src/kind/problems.ts';

/** Finds the problems of a cluster with these Pods and nodes. */
function look(pods: readonly object[], nodes: readonly object[] = [], log: string | null = null): Promise<Problem[]> {
  const get = async (path: string): Promise<unknown> => ({ items: path.startsWith('/api/v1/nodes') ? nodes : pods });
  return findProblems({ ownKubeConfig: new KubeConfig(), server: '', get, read: async () => log }, 'mine');
}

const metadata = { name: 'auditlogger-mine-control-plane', namespace: 'kube-system' };
const spec = { nodeName: 'mine-control-plane' };
const image = 'localhost/snoop/auditlogger:0.1.0';

test('a missing image on a node', async () => {
  const waiting = { reason: 'ErrImageNeverPull', message: 'Container image is not present with pull policy of Never' };
  const status = { containerStatuses: [{ name: 'auditlogger', image, restartCount: 0, state: { waiting } }] };
  expect(await look([{ metadata, spec, status }])).toMatchInlineSnapshot(`
    [
      {
        "advice": [
          "'snoop up --kind' loads it.",
          "Or manually: 'kind load docker-image localhost/snoop/auditlogger:0.1.0 --name mine'; the kubelet finds it within a minute.",
        ],
        "kind": "image_missing",
        "sentence": "The image localhost/snoop/auditlogger:0.1.0 is not on the node mine-control-plane (kube-system/auditlogger-mine-control-plane: ErrImageNeverPull).",
      },
    ]
  `);
});

test('a crashing container, and one out of memory', async () => {
  const crash = (terminated: object): object => ({
    metadata,
    spec,
    status: {
      containerStatuses: [
        {
          name: 'auditlogger',
          image,
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
          lastState: { terminated },
        },
      ],
    },
  });
  const problems = await look(
    [crash({ exitCode: 2 }), crash({ exitCode: 137, reason: 'OOMKilled' })],
    [],
    'unknown flag --spol\n',
  );
  expect(problems).toMatchInlineSnapshot(`
    [
      {
        "advice": [
          "| unknown flag --spol",
        ],
        "kind": "crashes",
        "sentence": "The container auditlogger of kube-system/auditlogger-mine-control-plane exited with 2 and is restarted (3 times so far).",
      },
      {
        "advice": [
          "| unknown flag --spol",
        ],
        "kind": "crashes",
        "sentence": "The container auditlogger of kube-system/auditlogger-mine-control-plane ran out of memory and is restarted (3 times so far).",
      },
    ]
  `);
});

test('a full disk on a node, before its effects on Pods', async () => {
  const conditions = [{ type: 'DiskPressure', status: 'True' }];
  const evicted = {
    metadata,
    spec,
    status: { reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage.' },
  };
  const problems = await look([evicted], [{ metadata: { name: 'mine-worker' }, status: { conditions } }]);
  expect(problems.map(({ kind, sentence }) => `${kind}: ${sentence}`)).toMatchInlineSnapshot(`
    [
      "disk_full: The disk of the node mine-worker is nearly full, and its kubelet evicts Pods.",
      "disk_full: The Pod kube-system/auditlogger-mine-control-plane was evicted: The node was low on resource: ephemeral-storage.",
    ]
  `);
});

test('a database that ends because its disk is full', async () => {
  const state = { waiting: { reason: 'CrashLoopBackOff' } };
  const ended = { name: 'snoopdb', image, restartCount: 1, state, lastState: { terminated: { exitCode: 1 } } };
  const log = 'PANIC:  could not write to file "pg_wal/xlogtemp.31": No space left on device';
  const [problem] = await look([{ metadata, spec, status: { containerStatuses: [ended] } }], [], log);
  expect(problem?.kind).toBe('disk_full');
});

test('an unscheduled Pod', async () => {
  const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }];
  const pod = { metadata: { name: 'workbench-1', namespace: 'snoop' }, spec: {}, status: { conditions } };
  expect(await look([pod])).toMatchInlineSnapshot(`
    [
      {
        "advice": [
          "'kubectl describe pod workbench-1 -n snoop' shows details.",
        ],
        "kind": "not_scheduled",
        "sentence": "The Pod snoop/workbench-1 is not scheduled: 0/3 nodes are available",
      },
    ]
  `);
});

test('nothing while Pods are starting or the API is away', async () => {
  const waiting = { reason: 'ContainerCreating' };
  const status = { containerStatuses: [{ name: 'auditlogger', image, restartCount: 0, state: { waiting } }] };
  expect(await look([{ metadata, spec, status }], [{ metadata: { name: 'mine' }, status: {} }])).toEqual([]);
  expect(
    await findProblems(
      { ownKubeConfig: new KubeConfig(), server: '', get: async () => null, read: async () => null },
      'mine',
    ),
  ).toEqual([]);
});
