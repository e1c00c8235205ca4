import { readFileSync } from 'node:fs';
import { maxHeaderSize } from 'node:http';
import { readConfig } from '@snoop/auditlogger';
import { expect, test } from 'vitest';
import { podMebibytes } from './auditlogger/support/memory.ts';
import { imageNodeOptions } from './tools/auditlogger-process.ts';

const mebibyte = 1024 * 1024;
const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

const deployment = read('manifests/base/auditlogger/deployment.yaml');
const staticPod = read('manifests/kind/static-pods/auditlogger.yaml');
const image = read('Dockerfile');

/** The rows of the table in docs/figures.md by their first cell: numbers for a cluster, and for kind. */
function readSum(): Map<string, readonly [cluster: number, kind: number]> {
  const [, section = ''] = read('docs/figures.md').split('\n## Memory of the auditlogger\n');
  const rows = (section.split('\n## ')[0] ?? '').matchAll(/^\| ([^|]+) \| (\d+) \| (\d+) \|/gm);
  return new Map([...rows].map(([, part = '', cluster, kind]) => [part, [Number(cluster), Number(kind)]]));
}

/** A setting that the manifest gives by the environment, or the default. */
function readLimits(manifest: string): ReturnType<typeof readConfig> {
  const [, connections] = /SNOOP_MAX_CONNECTIONS,?\s+value: "?(\d+)/.exec(manifest) ?? [];
  expect(manifest).not.toMatch(/SNOOP_MAX_(BODY|QUEUE)_BYTES|--max-/);
  return readConfig([], connections === undefined ? {} : { SNOOP_MAX_CONNECTIONS: connections }, false);
}

function readOption(name: string): number {
  return Number(new RegExp(`"--${name}=(\\d+)"`).exec(image)?.[1]);
}

test('the memory that senders can use follows from the settings, and is below limits.memory', () => {
  const sum = readSum();
  const configs = [readLimits(deployment), readLimits(staticPod)] as const;
  const tlsBytes = [51 * 1024, 0] as const;
  const expected = configs.map((config, place) => {
    if (typeof config === 'string') throw new Error('The configuration asks for help.');
    const { bodyBytes, queueBytes, connections } = config.limits;
    return {
      heap: readOption('max-old-space-size'),
      'young generation': 3 * readOption('max-semi-space-size'),
      'bodies in flight': (2 * queueBytes) / mebibyte,
      'buffers kept for reuse': queueBytes / mebibyte,
      'the one large body': bodyBytes / mebibyte,
      'a large body that is replayed': place === 0 ? 0 : bodyBytes / mebibyte,
      connections: Math.ceil((2 * connections * (maxHeaderSize + (tlsBytes[place] ?? 0))) / mebibyte),
    };
  });
  for (const [place, parts] of expected.entries()) {
    for (const [part, mebibytes] of Object.entries(parts)) expect.soft(sum.get(part)?.[place], part).toBe(mebibytes);
    const all = [...sum].filter(([part]) => part !== 'sum').reduce((total, [, row]) => total + (row[place] ?? 0), 0);
    expect(sum.get('sum')?.[place]).toBe(all);
  }
  const limits = [deployment, staticPod].map((text) => Number([...text.matchAll(/memory: (\d+)Mi/g)].at(-1)?.[1]));
  expect(limits[0]).toBe(podMebibytes);
  expect(sum.get('sum')?.[0]).toBeLessThan(limits[0] ?? 0);
  expect(sum.get('sum')?.[1]).toBeLessThan(limits[1] ?? 0);
});

test('only a spool needs memory for a second large body: kind has one, a cluster has none', () => {
  expect([/SNOOP_SPOOL|--spool/.test(deployment), /SNOOP_SPOOL|--spool/.test(staticPod)]).toEqual([false, true]);
});

test('tests within the memory of a Pod start the program as its image does', () => {
  expect(/^ENTRYPOINT .*$/m.exec(image)?.[0].match(/--[a-z-]+=\d+/g)).toEqual(imageNodeOptions);
});
