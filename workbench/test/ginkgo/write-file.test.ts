import { expect, test } from 'vitest';
import { maskLiterals } from '../../src/ginkgo/go-text.ts';
import { loadGoTypes } from '../../src/ginkgo/go-types.ts';
import { writeGinkgoFile } from '../../src/ginkgo/write-file.ts';
import { gofmt } from './gofmt.ts';
import { makeGinkgoRun, namespace, type MadeTest, type Sent } from './made-run.ts';

const types = await loadGoTypes();

function write(made: MadeTest, isConformance = false): string {
  return writeGinkgoFile(makeGinkgoRun(made), types, isConformance).text;
}

/** The body of the `It`, for tests of one thing. */
function writeBody(sent: readonly Sent[], more: Omit<MadeTest, 'sent'> = {}): string {
  const text = write({ ...more, sent });
  expect(gofmt(text) ?? text).toBe(text);
  const [, body = ''] = /func\(ctx context\.Context\) \{\n([\s\S]*)\n\t\}\)\n\}\)\n$/.exec(text) ?? [];
  return body.replace(/^\t\t/gm, '');
}

const label = 'config-map-q7w2e3r4';
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
const selector = `labelSelector=live-test%3D${label}`;

function configMap(more: object = {}, name = `${label}-1`): object {
  const metadata = { name, namespace, labels: { 'live-test': label }, ...more };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: 'value' } };
}

const notFound = { kind: 'Status', reason: 'NotFound', code: 404 };

const lifecycle: MadeTest = {
  name: 'ConfigMap lifecycle',
  steps: ['create', 'read it', 'list', 'watch', 'patch', 'update', 'not yet written', 'delete'],
  sent: [
    { step: 1, request: `POST ${configMaps}`, status: 201, body: configMap(), answer: configMap({ uid: 'u-1' }) },
    { step: 2, request: `GET ${configMaps}/${label}-1`, answer: configMap() },
    { step: 3, request: `GET ${configMaps}?${selector}`, answer: { items: [configMap()] } },
    { step: 3, request: `GET /api/v1/configmaps?${selector}&limit=5`, answer: { items: [configMap()] } },
    { step: 4, request: `GET ${configMaps}?watch=true&${selector}&timeoutSeconds=30` },
    {
      ...{ step: 5, request: `PATCH ${configMaps}/${label}-1`, body: { metadata: { annotations: { a: 'b' } } } },
      answer: configMap({ annotations: { a: 'b' } }),
    },
    { step: 6, request: `GET ${configMaps}/${label}-1`, answer: configMap({ resourceVersion: '7' }) },
    {
      step: 6,
      request: `PUT ${configMaps}/${label}-1`,
      status: 409,
      body: configMap(),
      answer: { reason: 'Conflict' },
    },
    { step: 6, request: `GET ${configMaps}/${label}-1`, answer: configMap({ resourceVersion: '8' }) },
    {
      ...{
        step: 6,
        request: `PUT ${configMaps}/${label}-1`,
        body: { ...configMap({ annotations: { c: 'd' } }), data: { key: 'new' } },
      },
      answer: configMap({ annotations: { c: 'd' }, resourceVersion: '9' }),
    },
    { step: 8, request: `DELETE ${configMaps}/${label}-1`, body: { propagationPolicy: 'Background' } },
    { step: 8, request: `GET ${configMaps}/${label}-1`, answer: configMap() },
    { step: 8, request: `GET ${configMaps}/${label}-1`, status: 404, answer: notFound },
  ],
};

test.each([
  ['config-map.go', lifecycle],
  [
    'without-bodies.go',
    { ...lifecycle, sent: lifecycle.sent.map(({ body: _b, answer: _a, ...one }) => one), hasBodies: false },
  ],
])('writes %s', async (file, made) => {
  const text = write(made, file === 'config-map.go');
  expect(gofmt(text) ?? text).toBe(text);
  await expect(text).toMatchFileSnapshot(`golden/${file}`);
  expect(write(made, file === 'config-map.go')).toBe(text);
});

test('a custom resource uses the dynamic client; what the server chose flows on; it is deleted after the test', () => {
  const widgets = '/apis/example.org/v1/widgets';
  const widget = {
    apiVersion: 'example.org/v1',
    kind: 'Widget',
    metadata: { generateName: 'w-' },
    spec: { size: 3, tags: ['a'] },
  };
  const metadata = { name: 'w-x8x8x', uid: '7a0e9a5e-0000-4000-8000-000000000001', resourceVersion: '11' };
  const answer = { ...widget, metadata };
  expect(
    writeBody([
      { request: `POST ${widgets}?fieldManager=me`, status: 201, body: widget, answer },
      { request: `GET ${widgets}/w-x8x8x/status`, answer },
      {
        request: `PUT ${widgets}/w-x8x8x/status`,
        body: { ...answer, status: { ready: true, at: [{ n: 1.5 }] } },
        answer,
      },
      {
        request: `PATCH ${widgets}/w-x8x8x`,
        body: [{ op: 'test', path: '/metadata/uid', value: metadata.uid }],
        answer,
      },
      { request: `DELETE ${widgets}/w-x8x8x`, body: { preconditions: { uid: metadata.uid, resourceVersion: '11' } } },
    ]),
  ).toMatchInlineSnapshot(`
    "dynamicWidgetsClient := f.DynamicClient.Resource(schema.GroupVersionResource{Group: "example.org", Version: "v1", Resource: "widgets"})
    widget := &unstructured.Unstructured{
    	Object: map[string]any{
    		"apiVersion": "example.org/v1",
    		"kind":       "Widget",
    		"metadata":   map[string]any{"generateName": "w-"},
    		"spec": map[string]any{
    			"size": int64(3),
    			"tags": []any{"a"},
    		},
    	},
    }
    created, err := dynamicWidgetsClient.Create(ctx, widget, metav1.CreateOptions{FieldManager: "me"})
    framework.ExpectNoError(err, "failed to create widgets")
    ginkgo.DeferCleanup(framework.IgnoreNotFound(dynamicWidgetsClient.Delete), created.GetName(), metav1.DeleteOptions{})
    err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
    	current, err := dynamicWidgetsClient.Get(ctx, created.GetName(), metav1.GetOptions{}, "status")
    	if err != nil {
    		return err
    	}
    	if err := unstructured.SetNestedField(current.Object, map[string]any{
    		"at": []any{
    			map[string]any{"n": float64(1.5)},
    		},
    		"ready": true,
    	}, "status"); err != nil {
    		return err
    	}
    	_, err = dynamicWidgetsClient.Update(ctx, current, metav1.UpdateOptions{}, "status")
    	return err
    })
    framework.ExpectNoError(err, "failed to update widgets/status")
    patch, err := json.Marshal([]any{
    	map[string]any{
    		"op":    "test",
    		"path":  "/metadata/uid",
    		"value": string(created.GetUID()),
    	},
    })
    framework.ExpectNoError(err, "failed to encode JSON")
    _, err = dynamicWidgetsClient.Patch(ctx, created.GetName(), types.JSONPatchType, patch, metav1.PatchOptions{})
    framework.ExpectNoError(err, "failed to patch widgets")
    err = dynamicWidgetsClient.Delete(ctx, created.GetName(), metav1.DeleteOptions{
    	Preconditions: &metav1.Preconditions{
    		UID:             ptr.To[types.UID](created.GetUID()),
    		ResourceVersion: ptr.To(created.GetResourceVersion()),
    	},
    })
    framework.ExpectNoError(err, "failed to delete widgets")"
  `);
});

test('typed literals', () => {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'fixed', namespace, creationTimestamp: null },
    spec: {
      containers: [
        {
          name: 'c',
          image: 'i',
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: '100m', memory: 1024 } },
          livenessProbe: { httpGet: { port: 'web', path: '/' }, periodSeconds: 2 },
          securityContext: { runAsUser: 1000, procMount: 'Default', allowPrivilegeEscalation: false },
        },
      ],
      activeDeadlineSeconds: 30,
      terminationGracePeriodSeconds: 0,
      volumes: [
        { name: 'v', emptyDir: { sizeLimit: '1Mi' } },
        { name: 'w', secret: { secretName: 's', optional: true } },
      ],
      tolerations: [{ operator: 'Exists' }],
    },
  };
  expect(writeBody([{ request: `POST ${pods}`, status: 201, body, answer: body }])).toMatchInlineSnapshot(`
    "podName := "fixed"
    ns := f.Namespace.Name
    podsClient := f.ClientSet.CoreV1().Pods(ns)
    pod := &v1.Pod{
    	ObjectMeta: metav1.ObjectMeta{
    		Name:      podName,
    		Namespace: ns,
    	},
    	Spec: v1.PodSpec{
    		Volumes: []v1.Volume{
    			{
    				Name: "v",
    				VolumeSource: v1.VolumeSource{
    					EmptyDir: &v1.EmptyDirVolumeSource{SizeLimit: ptr.To(resource.MustParse("1Mi"))},
    				},
    			},
    			{
    				Name: "w",
    				VolumeSource: v1.VolumeSource{
    					Secret: &v1.SecretVolumeSource{
    						SecretName: "s",
    						Optional:   ptr.To(true),
    					},
    				},
    			},
    		},
    		Containers: []v1.Container{
    			{
    				Name:  "c",
    				Image: "i",
    				Ports: []v1.ContainerPort{
    					{ContainerPort: 80},
    				},
    				Resources: v1.ResourceRequirements{
    					Limits: v1.ResourceList{
    						"cpu":    resource.MustParse("100m"),
    						"memory": resource.MustParse("1024"),
    					},
    				},
    				LivenessProbe: &v1.Probe{
    					ProbeHandler: v1.ProbeHandler{
    						HTTPGet: &v1.HTTPGetAction{
    							Path: "/",
    							Port: intstr.FromString("web"),
    						},
    					},
    					PeriodSeconds: 2,
    				},
    				SecurityContext: &v1.SecurityContext{
    					RunAsUser:                ptr.To[int64](1000),
    					AllowPrivilegeEscalation: ptr.To(false),
    					ProcMount:                ptr.To[v1.ProcMountType]("Default"),
    				},
    			},
    		},
    		TerminationGracePeriodSeconds: ptr.To[int64](0),
    		ActiveDeadlineSeconds:         ptr.To[int64](30),
    		Tolerations: []v1.Toleration{
    			{Operator: "Exists"},
    		},
    	},
    }
    _, err := podsClient.Create(ctx, pod, metav1.CreateOptions{})
    framework.ExpectNoError(err, "failed to create pods")"
  `);
});

test.each([
  [
    'a Secret without its secrets',
    'POST /api/v1/namespaces/other/secrets',
    { data: { a: '<5 bytes>' }, stringData: { b: '<1 bytes>' } },
    /Data: +map\[string\]\[\]byte\{"a": \[\]byte\("placeholder"\)\}/,
  ],
  ['bytes', 'POST /api/v1/namespaces/other/configmaps', { binaryData: { a: 'AP8=' } }, String.raw`[]byte("\x00\xff")`],
  [
    'raw JSON',
    'POST /apis/apps/v1/namespaces/other/controllerrevisions',
    { revision: 1, data: { a: [1] } },
    String.raw`runtime.RawExtension{Raw: []byte("{\"a\":[1]}")}`,
  ],
  [
    'a micro time',
    'POST /apis/coordination.k8s.io/v1/namespaces/other/leases',
    { spec: { renewTime: '2024-01-02T03:04:05.000006Z' } },
    'ptr.To(metav1.NewMicroTime(time.Date(2024, 1, 2, 3, 4, 5, 6000, time.UTC)))',
  ],
  [
    'a time of the run',
    'POST /api/v1/namespaces/other/events',
    { lastTimestamp: '2026-11-30T10:00:00Z' },
    'LastTimestamp: now',
  ],
  [
    'int-or-string',
    'POST /apis/policy/v1/namespaces/other/poddisruptionbudgets',
    { spec: { maxUnavailable: 1 } },
    'ptr.To(intstr.FromInt32(1))',
  ],
  ['an unknown field', 'POST /api/v1/namespaces/other/configmaps', { nonsense: true }, 'f.DynamicClient'],
  ['a field of the wrong type', 'POST /api/v1/namespaces/other/configmaps', { data: 3 }, /"data": +int64\(3\)/],
])('writes %s', (_what, request, body, code) => {
  expect(writeBody([{ request, status: 201, body: { ...body, metadata: { name: 'x' } } }])).toMatch(code);
});

test.each([
  ['GET /version', 200, 'f.ClientSet.Discovery().RESTClient().Get().AbsPath("/version").DoRaw(ctx)'],
  ['OPTIONS /api/v1/pods', 405, 'Verb("OPTIONS").AbsPath("/api/v1/pods")'],
  [`GET ${configMaps}/a`, 403, 'gomega.MatchError(apierrors.IsForbidden, "apierrors.IsForbidden")'],
  [`GET ${configMaps}/a`, 418, '// TODO: the live test got 418.'],
  [`GET /api/v1/namespaces/${namespace}/pods/p/log?tailLines=3`, 200, 'Param("tailLines", "3")'],
  [`POST /api/v1/namespaces/${namespace}/pods/p/exec`, 101, 'opened a stream'],
  ['GET /api/v1/nodes', 200, '// TODO: select what this test created'],
  [`DELETE ${configMaps}/a?gracePeriodSeconds=0&dryRun=All`, 200, 'ptr.To[int64](0)'],
  [`GET ${configMaps}?odd=1&pretty=true`, 200, '// TODO: client-go has no option for the parameters odd.'],
])('%s with %i', (request, status, code) => expect(writeBody([{ request, status }])).toContain(code));

test('requests sent while a watch was open are sent before its event is awaited', () => {
  const body = writeBody([
    { request: `GET ${configMaps}?watch=true&${selector}`, at: 0, closedAt: 100 },
    { request: `POST ${configMaps}`, status: 201, at: 10, body: configMap(), answer: configMap() },
    { request: `DELETE ${configMaps}/${label}-1`, at: 200 },
  ]);
  const order = ['.Watch(ctx', '.Create(ctx', 'UntilWithoutRetry', 'configMapName, nil', '.Delete(ctx'];
  expect(order.map((text) => body.indexOf(text))).toEqual(
    [...order.map((text) => body.indexOf(text))].sort((a, b) => a - b),
  );
  expect(order.filter((text) => !body.includes(text))).toEqual([]);
});

test('repeated reads become a poll for what changed', () => {
  const pod = `/api/v1/namespaces/${namespace}/pods/p`;
  expect(
    writeBody([
      { request: `GET ${pod}`, answer: { metadata: { name: 'p' }, status: { phase: 'Pending' } } },
      {
        request: `GET ${pod}`,
        answer: { metadata: { name: 'p' }, status: { phase: 'Running', startTime: '2026-11-30T10:00:00Z' } },
      },
    ]),
  ).toContain('return current.Status.Phase == "Running", nil');
});

test('names and texts from elsewhere cannot leave their place', () => {
  const evil = '*/ "); func init() { panic(1) } /* ` \n\u202e Release: v9';
  const text = write({
    name: evil,
    steps: [evil],
    sent: [
      {
        step: 1,
        request: `POST ${configMaps}`,
        status: 201,
        body: { kind: evil, metadata: { name: evil, labels: { [evil]: evil } } },
      },
      {
        step: 1,
        request: `GET ${configMaps}/${encodeURIComponent(evil)}?labelSelector=${encodeURIComponent(evil)}`,
        status: 404,
      },
      {
        step: 1,
        request: `POST /apis/a"b*/v1/${encodeURIComponent('x*/y')}`,
        status: 201,
        body: { kind: evil, [evil]: [evil] },
      },
      { step: 1, request: `PATCH ${configMaps}/a`, body: { [evil]: evil }, answer: {} },
      { step: 1, request: `GET /${encodeURIComponent(evil)}`, status: 500 },
    ],
  });
  expect(gofmt(text) ?? text).toBe(text);
  expect(text.match(/^\s*Release:/gm)).toHaveLength(1);
  expect(text).not.toContain('\u202e');
  expect(maskLiterals(text)).not.toContain('init');
});

test('a long text with many made-up parts is written', () => {
  const part = 'a-x2y3z4w5.';
  const annotations = { long: part.repeat(5500) };
  const name = `${'a'.repeat(60_000)}.${part}a`;
  const body = { ...configMap(), metadata: { name, annotations } };
  const text = write({ sent: [{ request: `POST ${configMaps}`, status: 201, body }] });
  expect(text).toContain('unique := "a-" + utilrand.String(8)');
});

test('refuses a run without requests', () => {
  expect(() => write({ sent: [] })).toThrow('No test of the run 20261130-100000-abcdef sent a request.');
});

test('says that a run has no stored bodies', () => {
  const { notes } = writeGinkgoFile(
    makeGinkgoRun({ sent: [{ request: 'GET /version' }], hasBodies: false }),
    types,
    false,
  );
  expect(notes).toEqual(['The run has no stored bodies: the lines marked TODO need the objects that it sent.']);
});

test('names of tests are unique, and have no tags', () => {
  const document = makeGinkgoRun({ name: 'x [Conformance]', sent: [{ request: 'GET /version' }] });
  const [one] = document.tests;
  const tests = [one, { ...one, test: 2 }] as typeof document.tests;
  const requests = [1, 2].flatMap((test) => document.requests.map((request) => ({ ...request, test })));
  const { text } = writeGinkgoFile({ ...document, tests, requests }, types, false);
  expect(text.match(/framework\.It\("[^"]*"/g)).toEqual([
    'framework.It("should run through x (Conformance)"',
    'framework.It("should run through x (Conformance) (2)"',
  ]);
});

test('paths with names of JavaScript are names', () => {
  const sent = ['/api/__proto__/pods', '/apis/__proto__/constructor/toString/hasOwnProperty/valueOf'];
  expect(writeBody(sent.map((path) => ({ request: `GET ${path}` })))).toContain('Resource: "toString"');
});
