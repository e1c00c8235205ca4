import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createTar } from '@snoop/snoopdb/test-tar';
import { makeFolder } from '../../../support/folder.ts';
import {
  logTest,
  managerAgent,
  nameAgent,
  podTest,
  readContent,
  readLog,
  readMade,
  serverAgent,
  wholeLog,
  writeEvent,
} from './support/made-hits.ts';

const pod = '/api/v1/namespaces/a/pods/b';

test('an audit log proves what its e2e tests hit', async () => {
  const { source, ...hits } = await readLog(wholeLog);
  expect({ ...source, digest: source.digest?.length }).toMatchInlineSnapshot(`
    {
      "bytes": 2564,
      "commit": "4cb9f7d",
      "commitFrom": "content",
      "count": 2,
      "date": "2026-11-29T10:00:00.004Z",
      "dateFrom": "content",
      "digest": 64,
      "name": "audit.log",
      "notes": [
        "6 events: ResponseComplete 6.",
        "Its tests ran from 2026-11-29T10:00:00.004Z to 2026-11-29T10:00:00.004Z.",
      ],
      "problems": [],
      "release": "1.36.3",
      "releaseFrom": "content",
      "role": "hits",
    }
  `);
  expect(hits).toMatchInlineSnapshot(`
    {
      "endpoints": [
        {
          "confTested": true,
          "endpoint": "createCoreV1NamespacedPod",
          "tested": true,
          "tests": [
            "[sig-node] Pods should be made and read [Conformance]",
          ],
        },
        {
          "confTested": true,
          "endpoint": "readCoreV1NamespacedPod",
          "tested": true,
          "tests": [
            "[sig-node] Pods -- with dashes -- should have a log",
            "[sig-node] Pods should be made and read [Conformance]",
          ],
        },
      ],
      "incomplete": [],
      "tests": [
        "[sig-node] Pods -- with dashes -- should have a log",
        "[sig-node] Pods should be made and read [Conformance]",
      ],
      "undecided": [],
      "unknown": [],
    }
  `);
});

test('a gzip file, and a file with Windows line ends, prove the same', async () => {
  const plain = await readLog(wholeLog);
  const packed = await readContent('audit.log', gzipSync(`${wholeLog.join('\n')}\n`));
  const windows = await readContent('audit.log', `${wholeLog.join('\r\n')}\r\n`);
  expect(packed).toEqual(plain);
  expect(windows.endpoints).toEqual(plain.endpoints);
  expect(windows.incomplete).toEqual([]);
});

test('the files of a folder are one log', async () => {
  const cwd = await makeFolder();
  await mkdir(join(cwd, 'audit/rotated'), { recursive: true });
  await writeFile(join(cwd, 'audit/audit.log'), `${wholeLog.slice(3).join('\n')}\n`);
  await writeFile(join(cwd, 'audit/rotated/audit-1.log.gz'), gzipSync(`${wholeLog.slice(0, 3).join('\n')}\n`));
  await writeFile(join(cwd, 'audit/rotated/audit-2.log'), '');
  const [hits] = await readMade(['audit'], { cwd });
  const plain = await readLog(wholeLog);
  expect(hits?.endpoints).toEqual(plain.endpoints);
  expect(hits?.incomplete).toEqual([]);
  expect(hits?.source.notes).toContain('audit/rotated/audit-2.log is empty.');
});

test('files in one value, one a line, are one log', async () => {
  const cwd = await makeFolder();
  await writeFile(join(cwd, 'audit-1.log'), `${wholeLog.slice(0, 3).join('\n')}\n`);
  await writeFile(join(cwd, 'audit.log'), `${wholeLog.slice(3).join('\n')}\n`);
  const [hits, ...more] = await readMade(['audit-1.log\naudit.log'], { cwd });
  const plain = await readLog(wholeLog);
  expect(more).toEqual([]);
  expect(hits?.source.name).toBe('audit-1.log, audit.log');
  expect(hits?.endpoints).toEqual(plain.endpoints);
  expect(hits?.incomplete).toEqual([]);
});

test('a file without events beside logs makes them incomplete', async () => {
  const cwd = await makeFolder();
  await mkdir(join(cwd, 'logs'));
  await writeFile(join(cwd, 'logs/audit.log'), `${wholeLog.join('\n')}\n`);
  await writeFile(join(cwd, 'logs/audit-build.log'), 'go build\nok\n');
  const [hits] = await readMade(['logs'], { cwd });
  expect(hits?.incomplete).toMatchInlineSnapshot(`
    [
      "logs/audit-build.log has no audit events.",
      "2 lines of 8 (25 %) cannot be read as audit events. The first: line 1 of logs/audit-build.log: no JSON: unexpected byte at 0 of the line.",
    ]
  `);
});

test('other files beside audit logs are left out', async () => {
  const cwd = await makeFolder();
  await mkdir(join(cwd, 'artifacts/kind-control-plane'), { recursive: true });
  await writeFile(join(cwd, 'artifacts/kind-control-plane/kube-apiserver-audit.log'), `${wholeLog.join('\n')}\n`);
  await writeFile(join(cwd, 'artifacts/build-log.txt'), 'go build\nok\n');
  const [hits] = await readMade(['artifacts'], { cwd });
  expect(hits?.endpoints).toEqual((await readLog(wholeLog)).endpoints);
  expect(hits?.incomplete).toEqual([]);
  expect(hits?.source.notes).toContain('1 file not named like an audit log: left out.');
});

test('the logs in a tar archive are one log', async () => {
  const plain = await readLog(wholeLog);
  const tar = await createTar([
    { name: 'node-1/audit.log', content: `${wholeLog.slice(3).join('\n')}\n` },
    { name: 'node-1/kubelet.log', content: 'started\n' },
    { name: 'node-2/audit-2026-11-29T10-00-00.000.log.gz', content: gzipSync(`${wholeLog.slice(0, 3).join('\n')}\n`) },
  ]);
  for (const content of [tar, gzipSync(tar)]) {
    const hits = await readContent('logs.tgz', content);
    expect(hits.endpoints).toEqual(plain.endpoints);
    expect(hits.incomplete).toEqual([]);
    expect(hits.source).toMatchObject({ release: plain.source.release, bytes: plain.source.bytes });
    expect(hits.source.notes).toContain('1 file not named like an audit log: left out.');
  }
});

test('a truncated tar archive is incomplete, and one without audit logs a problem', async () => {
  const tar = await createTar([{ name: 'a/audit.log', content: `${wholeLog.join('\n')}\n` }]);
  for (const bytes of [1200, tar.length - 1024]) {
    const { incomplete } = await readContent('logs.tar', tar.subarray(0, bytes));
    expect(incomplete[0]).toMatch(/^The data of logs\.tar(?:\/a\/audit\.log)? is cut off/);
  }
  const { source } = await readContent('logs.tar', await createTar([{ name: 'a/kubelet.log', content: 'x\n' }]));
  expect(source.problems).toMatchInlineSnapshot(`
    [
      "logs.tar has no audit log. Its only file is not named like audit.log or kube-apiserver-audit.log.gz. Unpack it and name its files.",
    ]
  `);
});

test.each([
  [
    'a test only receives',
    [writeEvent({ verb: 'get', uri: pod, agent: nameAgent(podTest), stage: 'RequestReceived' })],
  ],
  ['a test fails', [writeEvent({ verb: 'get', uri: pod, agent: nameAgent(podTest), code: 403 })]],
  ['a test asks for a dry run', [writeEvent({ verb: 'get', uri: `${pod}?dryRun=All`, agent: nameAgent(podTest) })]],
  ['a program of the cluster succeeds', [writeEvent({ verb: 'get', uri: pod, agent: serverAgent })]],
  ['a live test succeeds', [writeEvent({ verb: 'get', uri: pod, agent: `live-test-writing -- ${podTest}` })]],
])('an endpoint is not hit when %s', async (_case, events) => {
  expect((await readLog(events)).endpoints).toEqual([]);
});

test('requests without a response are counted, and their endpoints are undecided', async () => {
  const received = writeEvent({ verb: 'get', uri: pod, agent: nameAgent(logTest), stage: 'RequestReceived' });
  const { incomplete, undecided, endpoints, source } = await readLog([
    writeEvent({ verb: 'create', uri: '/api/v1/namespaces/a/pods', agent: nameAgent(podTest), code: 201 }),
    received,
  ]);
  expect(endpoints.map(({ endpoint }) => endpoint)).toEqual(['createCoreV1NamespacedPod']);
  expect(undecided).toEqual(['readCoreV1NamespacedPod']);
  expect(incomplete).toMatchInlineSnapshot(`
    [
      "1 of 1 requests (100 %) have only the stage RequestReceived, so it is unknown whether they succeeded.",
    ]
  `);
  expect(source.notes).toContain('Tests requested 1 endpoint of which it has no response: readCoreV1NamespacedPod.');
});

test('a resource that no client touches is hidden by the policy', async () => {
  const { incomplete, undecided } = await readLog(wholeLog.filter((line) => !line.includes('leases')));
  expect(incomplete).toMatchInlineSnapshot(`
    [
      "No event of any client is about leases.coordination.k8s.io, which kube-controller-manager watches where they are served: the audit policy hides them, or the cluster does not serve them (2 endpoints).",
    ]
  `);
  expect(undecided).toEqual(['deleteCoordinationV1NamespacedLease', 'listCoordinationV1NamespacedLease']);
});

test('without kube-controller-manager hidden resources are unknown', async () => {
  const { incomplete, source } = await readLog(wholeLog.filter((line) => !line.includes(managerAgent)));
  expect(incomplete).toEqual([]);
  expect(source.notes).toContain(
    'It has no events of kube-controller-manager, so resources that the audit policy hides cannot be found.',
  );
});

test('verbs that the policy hides are named', async () => {
  const many = Array.from({ length: 1000 }, () => writeEvent({ verb: 'create', uri: '/version', agent: serverAgent }));
  expect((await readLog([...wholeLog, ...many])).incomplete).toMatchInlineSnapshot(`
    [
      "No event has one of these verbs, so the audit policy hides them: watch, update, patch.",
    ]
  `);
});

test('lines without an event are counted', async () => {
  const { incomplete } = await readLog([...wholeLog, wholeLog[0]?.slice(0, 100) ?? '', 'kube-apiserver started']);
  expect(incomplete).toMatchInlineSnapshot(`
    [
      "2 lines of 8 (25 %) cannot be read as audit events. The first: line 7 of audit.log: no JSON: it ends too soon.",
    ]
  `);
});

test('a cut gzip file is read up to the cut', async () => {
  const packed = gzipSync(`${wholeLog.join('\n')}\n`);
  const { incomplete, endpoints } = await readContent('audit.log.gz', packed.subarray(0, packed.length - 20));
  expect(incomplete[0]).toMatchInlineSnapshot(
    `"The data of audit.log.gz is cut off; the events after the cut are missing."`,
  );
  expect(endpoints).not.toEqual([]);
});

test.each([
  ['no test', [writeEvent({ verb: 'get', uri: pod, agent: serverAgent })]],
  ['no conformance test', [writeEvent({ verb: 'get', uri: pod, agent: nameAgent(logTest) })]],
  ['no user agents', [writeEvent({ verb: 'get', uri: pod })]],
])('a log with %s is incomplete', async (_case, events) => {
  expect((await readLog(events)).incomplete).toMatchSnapshot();
});

test('a truncated user agent is completed by the listed tests', async () => {
  const cut = (text: string): string => `${nameAgent(text).slice(0, -14)}...TRUNCATED`;
  const { endpoints, source } = await readLog([
    writeEvent({ verb: 'get', uri: pod, agent: cut(podTest) }),
    writeEvent({
      verb: 'create',
      uri: '/api/v1/namespaces/a/pods',
      agent: cut('[sig-x] An unlisted test [Conformance]'),
    }),
  ]);
  expect(endpoints).toEqual([
    {
      endpoint: 'createCoreV1NamespacedPod',
      tests: ['[sig-x] An unlisted test'],
      tested: true,
      confTested: false,
    },
    { endpoint: 'readCoreV1NamespacedPod', tests: [podTest], tested: true, confTested: true },
  ]);
  expect(source.notes).toContain('1 event of tests have a truncated user agent with a name that is not listed.');
});

test.each([
  ['two patch releases', nameAgent(podTest, '1.36.2'), nameAgent(podTest, '1.36.3')],
  ['two minor releases', nameAgent(podTest, '1.36.2'), nameAgent(podTest, '1.35.0')],
  ['a server of another minor release', nameAgent(podTest, '1.37.0'), serverAgent],
  ['a prerelease', nameAgent(podTest, '1.37.0-beta.0'), nameAgent(podTest, '1.37.0-beta.0')],
  ['two commits', nameAgent(podTest), nameAgent(podTest, '1.36.3', 'aaaaaaaa')],
])('names %s', async (_case, first, second) => {
  const { source } = await readLog([first, second].map((agent) => writeEvent({ verb: 'get', uri: pod, agent })));
  const { release, commit, problems, notes } = source;
  expect({ release, commit, problems, notes: notes.slice(0, -3) }).toMatchSnapshot();
});

test('flags fill gaps, and must not contradict the log', async () => {
  const full = '4cb9f7d0123456789012345678901234567890ab';
  const stated = { release: null, date: null, commit: full };
  expect((await readLog(wholeLog, { stated })).source).toMatchObject({
    commit: full,
    commitFrom: 'content',
    problems: [],
  });
  const wrong = { release: '1.35.0', date: '2026-01-01', commit: 'abcdef0' };
  const { source, endpoints } = await readLog(wholeLog, { stated: wrong });
  expect(source.problems).toMatchInlineSnapshot(`
    [
      "It shows the release 1.36.3, but --hits-release is 1.35.0. Correct the flag, or give other hits.",
      "It shows the date 2026-11-29T10:00:00.004Z, but --hits-date is 2026-01-01. Correct the flag, or give other hits.",
      "It shows the commit 4cb9f7d, but --hits-commit is abcdef0. Correct the flag, or give other hits.",
    ]
  `);
  expect(endpoints).toEqual([]);
  const nameless = [writeEvent({ verb: 'get', uri: pod, agent: `e2e.test -- ${podTest}` })];
  expect((await readLog(nameless, { stated: wrong })).source).toMatchObject({
    release: '1.35.0',
    releaseFrom: 'flag',
    commit: 'abcdef0',
    commitFrom: 'flag',
  });
});

test('a flag contradicts a log of several commits, also if it is one of them', async () => {
  const log = [nameAgent(podTest), nameAgent(podTest, '1.36.3', 'aaaaaaaa')].map((agent) =>
    writeEvent({ verb: 'get', uri: pod, agent }),
  );
  const stated = { release: null, date: null, commit: '4cb9f7d0123' };
  const { source, endpoints } = await readLog(log, { stated });
  expect(source.problems).toMatchInlineSnapshot(`
    [
      "Its programs are built from several commits: 4cb9f7d, aaaaaaaa, but --hits-commit is 4cb9f7d0123. Give the log of one commit, or leave the flag out.",
    ]
  `);
  expect([source.commit, endpoints]).toEqual([null, []]);
});

test('a log is as old as the first event of a test: a folder may have logs of an older run, too', async () => {
  const agent = nameAgent(podTest);
  const { source } = await readLog([
    writeEvent({ verb: 'get', uri: pod, agent: serverAgent, time: '2026-09-01T10:00:00.000000Z' }),
    writeEvent({ verb: 'get', uri: pod, agent, time: '2026-10-01T10:00:00.000000Z' }),
    writeEvent({ verb: 'get', uri: pod, agent, time: '2026-11-29T10:00:00.000000Z' }),
  ]);
  expect(source.date).toBe('2026-10-01T10:00:00.000Z');
});

test('requests of Kubernetes groups that the document does not have are listed', async () => {
  const agent = nameAgent(podTest);
  const { unknown } = await readLog([
    writeEvent({ verb: 'list', uri: '/apis/resource.k8s.io/v1beta2/deviceclasses?limit=500', agent }),
    writeEvent({ verb: 'get', uri: '/apis/apps/v1/namespaces/a/deployments/b/scale', agent }),
    writeEvent({ verb: 'get', uri: '/apis/made-by-a-test.example.com/v1/foos/a', agent }),
    writeEvent({ verb: 'get', uri: '/apis/gone.k8s.io/v1/foos/a', agent, code: 404 }),
  ]);
  expect(unknown).toEqual(['get /apis/apps/v1/deployments', 'list /apis/resource.k8s.io/v1beta2/deviceclasses']);
});

test('with groups, live tests and e2e tests count for the groups, and other clients are named', async () => {
  const widget = '/apis/example.com/v1/namespaces/a/widgets';
  const { source, endpoints, incomplete } = await readLog(
    [
      writeEvent({ verb: 'create', uri: widget, agent: 'live-test-writing -- Widget lifecycle', code: 201 }),
      writeEvent({ verb: 'get', uri: `${widget}/b`, agent: 'e2e.test/v0.1.0 -- Widget is read' }),
      writeEvent({ verb: 'get', uri: `${widget}/b`, agent: 'manager/v0.0.0 (linux/amd64) kubernetes/$Format' }),
      writeEvent({ verb: 'get', uri: pod, agent: nameAgent(podTest) }),
      writeEvent({ verb: 'list', uri: '/api/v1/pods', agent: serverAgent }),
    ],
    { groups: ['*.example.io', 'example.com'] },
  );
  expect({ endpoints, incomplete, release: source.release, notes: source.notes }).toMatchInlineSnapshot(`
    {
      "endpoints": [
        {
          "confTested": false,
          "endpoint": "createExampleComV1NamespacedWidget",
          "tested": true,
          "tests": [
            "Widget lifecycle",
          ],
        },
        {
          "confTested": false,
          "endpoint": "readExampleComV1NamespacedWidget",
          "tested": true,
          "tests": [
            "Widget is read",
          ],
        },
      ],
      "incomplete": [],
      "notes": [
        "5 events: ResponseComplete 5.",
        "Its tests ran from 2026-11-29T10:00:00.004Z to 2026-11-29T10:00:00.004Z.",
        "These user agents also hit the groups and do not count: manager/v0.0.0 (linux/amd64) kubernetes/$Format. Run them with 'snoop exec -- COMMAND', or set the user agent e2e.test/VERSION -- TEST.",
      ],
      "release": "1.36.3",
    }
  `);
});

test('ends with the signal', async () => {
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  await expect(readLog(wholeLog, { signal: stop.signal })).rejects.toThrow('stopped');
});
