import { makeEvent } from './event.ts';

/** An event that a list may hold, as JSON. */
export interface OddEvent {
  readonly what: string;
  readonly json: string;
}

const usual = makeEvent();

/** An event with other fields than usual; undefined leaves one out. */
function withFields(what: string, fields: Record<string, unknown>): OddEvent {
  return { what, json: JSON.stringify(makeEvent({ odd: what, ...fields })) };
}

/** An event whose text was changed. */
function withText(what: string, change: (json: string) => string): OddEvent {
  const json = JSON.stringify(makeEvent({ odd: what }));
  const changed = change(json);
  if (changed === json) throw new Error(`Nothing was changed for '${what}'.`);
  return { what, json: changed };
}

const otherValues: readonly [name: string, value: unknown][] = [
  ['null', null],
  ['a number', 7],
  ['a list', [1]],
  ['an object', { a: 1 }],
  ['a flag', true],
  ['an empty text', ''],
];

const missing = Object.keys(usual).map((field) => withFields(`without ${field}`, { [field]: undefined }));

const retyped = [
  'auditID',
  'stage',
  'verb',
  'requestURI',
  'userAgent',
  'responseStatus',
  'requestReceivedTimestamp',
].flatMap((field) => otherValues.map(([name, value]) => withFields(`${field} is ${name}`, { [field]: value })));

const codes = ['99999999999', '-1', '0', '2e2', '200.0', '"200"', 'null', '1e400', '[]'].map((code) =>
  withText(`the code ${code}`, (json) => json.replace('"code":200', `"code":${code}`)),
);

const paths = [
  'api/v1/namespaces/default/pods',
  '//',
  '/api/v1/namespaces/%zz/pods',
  '/api/v1/namespaces/%ff/pods',
  '/api/v1/namespaces/%00/pods',
  '/api/v1/namespaces/日本/pods',
  'https://elsewhere.example.com/api/v1/namespaces/default/pods',
  '/api/v1/namespaces/default/pods?dryRun=All',
  '/api/v1/namespaces/default/pods?%',
  '/healthz',
  '/apis/unknown.example.com/v1/things',
  '/../../etc/passwd',
].map((requestURI) => withFields(`the path ${requestURI}`, { requestURI }));

const times = [
  'yesterday',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:60Z',
  '294277-01-01T00:00:00Z',
  'infinity',
  '2026-08-22',
].map((time) => withFields(`the time ${time}`, { requestReceivedTimestamp: time, stageTimestamp: time }));

/** Events that no API server of today writes, or only seldom, and that are stored all the same. */
export const oddEvents: readonly OddEvent[] = [
  ...missing,
  ...retyped,
  ...codes,
  ...paths,
  ...times,
  withFields('an unknown verb', { verb: 'teleport' }),
  withFields('an unknown stage', { stage: 'ResponseForgotten' }),
  withFields('an unknown level', { level: 'Everything' }),
  withFields('fields of the future', { quantumState: { alive: null, dead: [true, 1e-7] }, 'a.b/c': [[]], '': '' }),
  withFields('names of JavaScript', { constructor: 1, toString: null, hasOwnProperty: {} }),
  withText('__proto__', (json) => json.replace('{', '{"__proto__":{"verb":"create"},')),
  withFields('words of SQL', { userAgent: `live-test-odd'; drop table testing.held_event; -- x` }),
  withFields('a path of 100 kB', { requestURI: `/api/v1/namespaces/${'n'.repeat(100_000)}/pods` }),
  withFields('a verb of 100 kB', { verb: 'v'.repeat(100_000) }),
  withFields('an object of 3 MB', { requestObject: { large: 'ä'.repeat(1_500_000) } }),
  withFields('10,000 annotations', {
    annotations: Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${n}`, `v${n}`])),
  }),
  withFields('1,000 lists in each other', { deep: JSON.parse(`${'['.repeat(1000)}${']'.repeat(1000)}`) }),
  withFields('characters of every plane', { userAgent: 'live-test-odd ÿ€😀\u2028\ufeff\uffff', extra: '\u007f\u0085' }),
  withText('numbers that JavaScript cannot hold', (json) =>
    json.replace('{', '{"n":[12345678901234567890,-0,0.1000,1e400,1E-400,3.141592653589793238462643383279],'),
  ),
  withText('blanks everywhere', (json) => JSON.stringify(JSON.parse(json), null, '\t\r\n ')),
  withText('a field twice', (json) => json.replace('"verb":"list"', '"verb":"create","verb":"list"')),
  withText('an auditID twice', (json) => json.replace('{', '{"auditID":"first",')),
  withText('escapes in the names of fields', (json) =>
    json.replace('"verb"', '"\\u0076erb"').replace('"auditID"', '"audit\\u0049D"').replace('"code"', '"c\\u006fde"'),
  ),
  withText('slashes as escapes', (json) => json.replaceAll('/', '\\/')),
  withText('kind and apiVersion', (json) => json.replace('{', '{"kind":"Event","apiVersion":"audit.k8s.io/v1",')),
  withText('a kind of its own', (json) => json.replace('{', '{"kind":"PodList","items":[{"auditID":"inner"}],')),
  { what: 'nothing at all', json: '{}' },
];

/** Ways to write a list that stand for the same three events, or none. */
export const oddLists: readonly { what: string; write(items: string): string; events: number }[] = [
  {
    what: 'items first',
    write: (items) => `{"items":[${items}],"kind":"EventList","apiVersion":"audit.k8s.io/v1"}`,
    events: 3,
  },
  {
    what: 'no metadata',
    write: (items) => `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${items}]}`,
    events: 3,
  },
  { what: 'no apiVersion', write: (items) => `{"kind":"EventList","items":[${items}]}`, events: 3 },
  {
    what: 'an older version',
    write: (items) => `{"kind":"EventList","apiVersion":"audit.k8s.io/v1beta1","items":[${items}]}`,
    events: 3,
  },
  {
    what: 'fields of the future',
    write: (items) => `{"kind":"EventList","items":[${items}],"next":{"items":[{"auditID":"no event"}]},"more":[]}`,
    events: 3,
  },
  { what: 'blanks', write: (items) => `\r\n\t { "kind" : "EventList" ,\n"items" : [ ${items} \n] } \n\n`, events: 3 },
  { what: 'escapes', write: (items) => `{"k\\u0069nd":"Event\\u004cist","it\\u0065ms":[${items}]}`, events: 3 },
  {
    what: 'items that are null',
    write: () => '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":null}',
    events: 0,
  },
  { what: 'an empty list', write: () => '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[ ]}', events: 0 },
];
