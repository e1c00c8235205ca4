import { Writable } from 'node:stream';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { printAnswer } from '../../src/output/answer.ts';
import { createPaint } from '../../src/output/paint.ts';
import { shortenAgent } from '../../src/output/short-agent.ts';
import { formatTextTable } from '../../src/output/text-table.ts';
import { fitText, readWidth, wrapWords } from '../../src/output/wrap.ts';

class Terminal extends Writable {
  readonly isTTY: boolean = true;
  readonly columns: number;
  text = '';
  constructor(columns: number) {
    super();
    this.columns = columns;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

const reason = 'it cannot be tested (https://github.com/kubernetes/kubernetes/issues/95930)';
const table = {
  columns: ['endpoint', 'kind', 'path', 'eligible', ''],
  rows: [
    ['connectCoreV1GetNodeProxy', 'NodeProxyOptions', '/api/v1/nodes/{name}/proxy', 'no', reason],
    ['connectCoreV1PutNodeProxy', 'NodeProxyOptions', '/api/v1/nodes/{name}/proxy', 'no', reason],
    ['deleteCoreV1NamespacedPod', 'Pod', '/api/v1/namespaces/{namespace}/pods/{name}', 'yes', ''],
  ],
};
const draw = (width: number | null): string => `\n${formatTextTable(table, createPaint(false, width)).join('\n')}\n`;

test('a pipe gets the full width', () => {
  expect(formatTextTable(table, createPaint(false))).toHaveLength(4);
  expect(draw(null)).toBe(draw(300));
});

test('120 columns: repeated sentences become footnotes, columns wrap', () => {
  expect(draw(120)).toMatchInlineSnapshot(`
    "
    ENDPOINT                   KIND              PATH                                        ELIGIBLE
    connectCoreV1GetNodeProxy  NodeProxyOptions  /api/v1/nodes/{name}/proxy                  no        [1]
    connectCoreV1PutNodeProxy  NodeProxyOptions  /api/v1/nodes/{name}/proxy                  no        [1]
    deleteCoreV1NamespacedPod  Pod               /api/v1/namespaces/{namespace}/pods/{name}  yes
    [1] it cannot be tested (https://github.com/kubernetes/kubernetes/issues/95930)
    "
  `);
});

test('80 columns: the first column stays whole', () => {
  expect(draw(80)).toMatchInlineSnapshot(`
    "
    ENDPOINT                   KIND              PATH                  ELIGIBLE
    connectCoreV1GetNodeProxy  NodeProxyOptions  /api/v1/nodes/        no        [1]
                                                 {name}/proxy
    connectCoreV1PutNodeProxy  NodeProxyOptions  /api/v1/nodes/        no        [1]
                                                 {name}/proxy
    deleteCoreV1NamespacedPod  Pod               /api/v1/namespaces/   yes
                                                 {namespace}/pods/
                                                 {name}
    [1] it cannot be tested (https://github.com/kubernetes/kubernetes/issues/95930)
    "
  `);
});

test('40 columns: a row is its first cell with the others below it', () => {
  expect(draw(40)).toMatchInlineSnapshot(`
    "
    ENDPOINT
    connectCoreV1GetNodeProxy
      kind NodeProxyOptions
      path /api/v1/nodes/{name}/proxy
      eligible no · [1]
    connectCoreV1PutNodeProxy
      kind NodeProxyOptions
      path /api/v1/nodes/{name}/proxy
      eligible no · [1]
    deleteCoreV1NamespacedPod
      kind Pod
      path /api/v1/namespaces/{namespace}/
      pods/{name} · eligible yes
    [1] it cannot be tested
      (https://github.com/kubernetes/
      kubernetes/issues/95930)
    "
  `);
});

test('a number does not name a row', () => {
  const clients = {
    columns: ['endpoints', 'client', 'first seen'],
    right: new Set([0]),
    rows: [
      ['75', 'kube-controller-manager/v1.36.3', '2026-11-30T08:27:48Z'],
      ['6', 'snoop/0.1.0', '2026-11-30T08:27:46Z'],
    ],
  };
  expect(`\n${formatTextTable(clients, createPaint(false, 40)).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    CLIENT
    kube-controller-manager/v1.36.3
      endpoints 75
      first seen 2026-11-30T08:27:48Z
    snoop/0.1.0
      endpoints 6
      first seen 2026-11-30T08:27:46Z
    "
  `);
});

const nasty = [
  `リソースの名前 と説明 ${'名'.repeat(50)}`,
  '👩‍👩‍👧‍👦'.repeat(30),
  'e\u0301'.repeat(100),
  `red \u001b[31m${'x'.repeat(100)}\u0007\u202e`,
  'one\ttab',
  ' '.repeat(90),
  '',
  `https://example.org/${'segment/'.repeat(20)}?query=${'x'.repeat(60)}`,
  'createAuthorizationV1NamespacedLocalSubjectAccessReview '.repeat(4),
];

test.each([20, 33, 40, 80, 120])('%i columns: nothing is wider, and nothing is lost', (width) => {
  const rows = nasty.map((cell, at) => [
    cell,
    nasty[(at + 1) % nasty.length] ?? '',
    nasty[(at + 3) % nasty.length] ?? '',
  ]);
  for (const given of [rows, rows.map((row) => row.slice(0, 1)), rows.map((row) => [...row, ...row, ...row])]) {
    const columns = (given[0] ?? []).map((_, at) => `column ${at}`);
    const drawn = formatTextTable({ columns, rows: given, indent: 4 }, createPaint(false, width)).join('\n');
    for (const line of drawn.split('\n')) expect(stringWidth(line), JSON.stringify(line)).toBeLessThanOrEqual(width);
    expect(drawn.replace(/[^x]/g, '').length).toBeGreaterThanOrEqual(100);
    expect(drawn).not.toContain('\u001b');
  }
  const text = nasty.join('\n');
  const fitted = fitText(text, width);
  for (const line of fitted.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width);
  expect(fitted.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
});

test('a text wraps at blanks, below its beginning', () => {
  const text = [
    'Release   1.36.0 of 2026-04-22; coverage from somewhere far away',
    '  --all     also those that cannot have one, with the reason',
    '  an indented sentence that is longer than the line',
  ].join('\n');
  expect(`\n${fitText(text, 40)}\n`).toMatchInlineSnapshot(`
    "
    Release   1.36.0 of 2026-04-22; coverage
              from somewhere far away
      --all     also those that cannot have
                one, with the reason
      an indented sentence that is longer
      than the line
    "
  `);
  expect(fitText(text, null)).toBe(text);
});

test('a long word breaks at punctuation', () => {
  expect(wrapWords('readAutoscalingV2NamespacedHorizontalPodAutoscaler', 30)).toEqual([
    'readAutoscalingV2Namespaced',
    'HorizontalPodAutoscaler',
  ]);
  expect(wrapWords('/api/v1/namespaces/{namespace}/pods', 20)).toEqual(['/api/v1/namespaces/', '{namespace}/pods']);
});

test('ignores colours', () => {
  const painted = createPaint(true)('green', 'a word or two');
  expect(fitText(painted, 20)).toBe(painted);
});

test('only a terminal has a width', () => {
  expect(readWidth(new Terminal(80))).toBe(80);
  expect(readWidth(new Terminal(0))).toBe(null);
  expect(readWidth(Object.assign(new Terminal(80), { isTTY: false }))).toBe(null);
});

test('fits facts and table into a terminal, with short user agents', () => {
  const agent = 'kube-controller-manager/v1.36.3 (linux/amd64) kubernetes/0a1b2c3/shared-informers';
  const columns = [
    { name: 'endpoints', align: 'right' },
    { name: 'agent', title: 'client', shorten: shortenAgent },
  ] as const;
  const clients = { columns, rows: [{ endpoints: 12, agent }] };
  const facts = [
    ['Release', '1.36.0 of 2026-04-22; coverage of kubernetes-sigs/apisnoop, resources/coverage'],
  ] as const;
  const terminal = new Terminal(80);
  printAnswer(terminal, { json: null, csv: clients, parts: [{ facts, table: clients }] }, 'text');
  expect(`\n${terminal.text}`).toMatchInlineSnapshot(`
    "
    Release  1.36.0 of 2026-04-22; coverage of kubernetes-sigs/apisnoop,
             resources/coverage
    ENDPOINTS  CLIENT
           12  kube-controller-manager/v1.36.3 (shared-informers)
    "
  `);
  const wide = new Terminal(200);
  printAnswer(wide, { json: null, csv: clients, parts: [{ table: clients }] }, 'text');
  expect(wide.text).toContain(agent);
});

test.each([
  ['coredns', 'coredns'],
  ['kubectl/v1.36.0 (linux/amd64) kubernetes/abc', 'kubectl/v1.36.0'],
  [
    'e2e.test/v1.36.0 (linux/amd64) kubernetes/abc -- [sig-apps] x',
    'e2e.test/v1.36.0 (linux/amd64) kubernetes/abc -- [sig-apps] x',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64) Gecko/1 Firefox/2', 'Mozilla/5.0 (X11; Linux x86_64) Gecko/1 Firefox/2'],
])('%s', (agent, short) => {
  expect(shortenAgent(agent)).toBe(short);
});
