import { pick, pickNumber, type Random } from './random.ts';

/** A way in which other programs write the lines of a log: the lines they make of some. */
export interface LogShape {
  /** As summaries call it; null: it does not show there. */
  name: string | null;
  /** Whether it holds events only, not the lines of other shapes. */
  isInnermost?: boolean;
  /** @param isOuter whether the lines are those of another shape: they stay together, since their order matters */
  wrap(lines: readonly string[], random: Random, isOuter?: boolean): string[];
}

const time = '2026-05-01T10:00:00.815462921Z';

/** Cuts a line in parts, mostly in one. */
function cut(line: string, random: Random): string[] {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > 1 && !rest.startsWith('another') && random() < 0.5) {
    const at = 1 + pickNumber(random, rest.length - 1);
    parts.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...parts, rest];
}

/** Several queues as they may come in one log: each keeps its order. */
function interleave(queues: readonly string[][], random: Random): string[] {
  const left = queues.map((queue) => [...queue]);
  const all: string[] = [];
  for (;;) {
    const open = left.filter((queue) => queue.length > 0);
    if (open.length === 0) return all;
    all.push(pick(random, open).shift() ?? '');
  }
}

function share(lines: readonly string[], random: Random, isOuter = false): [string[], string[]] {
  if (isOuter) return [[...lines], random() < 0.5 ? [] : ['another program']];
  const [one, other]: [string[], string[]] = [[], []];
  for (const line of lines) (random() < 0.5 ? one : other).push(line);
  return [one, other];
}

function chunk(lines: readonly string[], random: Random): string[][] {
  const chunks: string[][] = [];
  for (let at = 0; at < lines.length; ) {
    const length = 1 + pickNumber(random, 4);
    chunks.push(lines.slice(at, at + length));
    at += length;
  }
  return chunks;
}

const prefix = (name: string, before: string): LogShape => ({
  name,
  wrap: (lines) => lines.map((line) => before + line),
});
const record = (name: string, make: (text: string) => unknown): LogShape => ({
  name,
  wrap: (lines) => lines.map((line) => JSON.stringify(make(line))),
});

export const logShapes: readonly LogShape[] = [
  { name: null, wrap: (lines) => [...lines] },
  {
    name: 'CRI log',
    wrap(lines, random, isOuter) {
      const write = (stream: string) => (line: string) => {
        const parts = cut(line, random);
        return parts.map((part, at) => `${time} ${stream} ${at < parts.length - 1 ? 'P' : 'F'} ${part}`);
      };
      const [out, error] = share(lines, random, isOuter);
      return interleave([out.flatMap(write('stdout')), error.flatMap(write('stderr'))], random);
    },
  },
  {
    name: 'Docker json-file',
    wrap(lines, random, isOuter) {
      const write = (stream: string) => (line: string) =>
        cut(`${line}\n`, random).map((log) => JSON.stringify({ log, stream, time }));
      const [out, error] = share(lines, random, isOuter);
      return interleave([out.flatMap(write('stdout')), error.flatMap(write('stderr'))], random);
    },
  },
  {
    name: 'AKS diagnostic records',
    wrap(lines, random, isOuter) {
      const write = (pod: string) => (line: string) =>
        cutValue(line, random).map((log) =>
          JSON.stringify({ time, category: 'kube-audit', properties: { log, stream: 'stdout', pod } }),
        );
      const [one, other] = isOuter ? [[...lines], []] : share(lines, random);
      return interleave([one.flatMap(write('kube-apiserver-1')), other.flatMap(write('kube-apiserver-2'))], random);
    },
  },
  {
    name: 'AKS diagnostic records',
    wrap: (lines, random) =>
      chunk(lines, random).map((some) =>
        JSON.stringify({
          records: some.map((log) => ({
            time,
            category: 'kube-audit-admin',
            properties: { log: `${log}\n`, pod: 'a' },
          })),
        }),
      ),
  },
  record('CloudWatch events (EKS)', (message) => ({ timestamp: 1_777_629_600_000, message })),
  {
    name: 'CloudWatch events (EKS)',
    wrap: (lines) =>
      JSON.stringify(
        {
          events: lines.map((message) => ({ logStreamName: 'kube-apiserver-audit-1', timestamp: 1, message })),
          nextToken: 'x',
        },
        null,
        4,
      ).split('\n'),
  },
  {
    name: 'CloudWatch events (EKS)',
    wrap: (lines, random) => [
      chunk(lines, random)
        .map((some) =>
          JSON.stringify({
            messageType: 'DATA_MESSAGE',
            logGroup: '/aws/eks/a/cluster',
            logEvents: some.map((message, at) => ({ id: String(at), timestamp: at, message })),
          }),
        )
        .join(''),
    ],
  },
  prefix('CloudWatch export to S3 (EKS)', '2026-05-01T10:00:00.000Z '),
  prefix('syslog', '<133>May  1 10:00:00 node-1 k8s-audit: '),
  prefix('syslog', '<133>1 2026-05-01T10:00:00Z node-1 k8s-audit - - [a@1 b="c]"] '),
  prefix('syslog', 'May  1 10:00:00 node-1 k8s-audit[7]: '),
  prefix('oc adm node-logs', 'master-0.example '),
  record('log collector, as text', (log) => ({ '@timestamp': time, log, kubernetes: { pod_name: 'a', labels: {} } })),
  record('log collector, as text', (message) => ({ message, host: { name: 'a' }, log: { offset: 1 } })),
  { name: null, wrap: (lines) => (lines.every(isObject) ? [`[${lines.join(',')}]`] : [...lines]) },
  {
    name: null,
    wrap: (lines) => (lines.every(isObject) ? ['[', ...lines.map((line) => `  ${line},`), ']'] : [...lines]),
  },
  { name: 'JSON strings', wrap: (lines) => lines.map((line) => JSON.stringify(line)) },
  { name: null, isInnermost: true, wrap: (lines) => [lines.join('')] },
  {
    name: null,
    isInnermost: true,
    wrap: (lines) => lines.flatMap((line) => JSON.stringify(JSON.parse(line), null, 2).split('\n')),
  },
  {
    name: null,
    isInnermost: true,
    wrap: (lines) =>
      JSON.stringify(
        lines.map((line) => JSON.parse(line)),
        null,
        2,
      ).split('\n'),
  },
  {
    name: 'EventList',
    isInnermost: true,
    wrap: (lines, random) =>
      chunk(lines, random).map(
        (some) => `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${some.join(',')}]}`,
      ),
  },
  {
    name: 'EventList',
    isInnermost: true,
    wrap: (lines) =>
      JSON.stringify(
        { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items: lines.map((line) => JSON.parse(line)) },
        null,
        2,
      ).split('\n'),
  },
  {
    name: 'log collector, parsed',
    isInnermost: true,
    wrap: (lines) => lines.map((line) => `{"time":"${time}","kubernetes_audit":${line},"tag":"a"}`),
  },
];

function isObject(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object' && line.startsWith('{');
  } catch {
    return false;
  }
}

/** Records tell only by their JSON whether they go on: the first begins with a brace, and no other one does. */
function cutValue(line: string, random: Random): string[] {
  if (!isObject(line)) return [line];
  const parts = cut(line, random);
  return parts.slice(1).some((part) => /^\s*[{[]/.test(part)) ? [line] : parts;
}
