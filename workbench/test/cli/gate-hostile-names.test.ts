import { expect, test } from 'vitest';
import { makeWorld, listEndpoints, pending } from '../support/gate-world/made-world.ts';
import { judgeWorld, listFlags } from '../support/gate-world/run-gate.ts';

const hostile = [
  '\u001b[2J\u001b]0;owned\u0007',
  '\n::error file=a::owned',
  '\r\n::set-output name=a::b',
  '</failure></testsuite><!-- ]]>',
  '| a | b |\n|---|---|\n# Title\n![x](https://example.org/x.png)\n<script>alert(1)</script>',
  '`code` ``` @team [x](javascript:alert(1))',
  '\u202eRTL\u2028\u0000\ud800',
  '%0A::warning::owned',
  'x'.repeat(1500),
];

/** A world with hostile names of endpoints, paths, kinds, groups, tests, files, reasons and entries. */
function makeHostileWorld(part = 0) {
  const world = makeWorld();
  const group = Object.values(world.current.paths)[0];
  expect(group).toBeDefined();
  hostile.forEach((text, index) => {
    const path = `/apis/things.k8s.io/v1/${index}${text.replaceAll('/', '')}`;
    world.current.paths[path] = {
      get: {
        operationId: `read${index}${text}`,
        description: text,
        tags: [`things${text}_v1`],
        'x-kubernetes-action': 'get',
        'x-kubernetes-group-version-kind': { group: `things.k8s.io${text}`, version: 'v1', kind: `Kind${text}` },
      },
    };
    // A few unknown entries are stale, many are another document's.
    if (index % 3 !== part) return;
    world.ineligible.push({ endpoint: `gone${index}${text}`, reason: text, link: text });
    world.pending.push(JSON.stringify(`pending${index}${text}`));
    world.conformance.push({
      codename: `[sig-${text}] ${index} ${text} [Conformance]`,
      testname: text,
      release: 'v1.37',
      file: `test/${text}.go`,
    });
    world.hits.set(`[sig-${text}] other ${index} ${text}`, [pending, `read${index}${text}`]);
  });
  return world;
}

const formats = ['text', 'json', 'junit', 'markdown', 'sarif', 'github'] as const;

test.each(formats)('%s stays well-formed', async (format) => {
  for (const hits of ['coverage', 'log', null] as const) {
    const run = await judgeWorld(makeHostileWorld(), [...listFlags(hits), '--output', format, '--debt']);
    expect(run.exitCode, run.stderr).toBeGreaterThan(0);
    for (const text of [run.stdout, run.stderr]) {
      expect(text).not.toMatch(/[\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      // A token that cannot be guessed ends the pause of commands around the text.
      const own = /^::(?:(?:error|warning|notice)(?: |::)|stop-commands::[0-9a-f]{32}$|[0-9a-f]{32}::$)/;
      expect(text.split('\n').filter((line) => line.startsWith('::') && !own.test(line))).toEqual([]);
      expect(text).not.toMatch(/^::(?:error|set-output)[^:]*::(?:owned|b)$/m);
    }
    if (format !== 'github') expect(run.stdout).not.toMatch(/^::/m);
    checkFormat(format, run.stdout);
  }
});

function checkFormat(format: (typeof formats)[number], text: string): void {
  if (text === '') return;
  if (format === 'json' || format === 'sarif') expect(() => JSON.parse(text)).not.toThrow();
  if (format === 'junit') expect(findXmlFault(text)).toBeNull();
  if (format === 'markdown') {
    expect(text).not.toMatch(/^# Title/m);
    expect(text).not.toContain('<script>');
    expect(text).not.toContain('](javascript:');
    expect(text).not.toContain('![x](');
  }
}

/** Tags must be closed in order, and no other `<` or `&` may occur. */
function findXmlFault(text: string): string | null {
  const open: string[] = [];
  const rest = text
    .replace(/<\?xml[^?]*\?>/, '')
    .replace(/<(\/?)([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g, (_, end, name, _attributes, empty) => {
      if (end === '/') {
        if (open.pop() !== name) open.push(`wrong end of ${name}`);
      } else if (empty !== '/') open.push(name);
      return '';
    });
  if (open.length > 0) return open.join(' ');
  return /<|&(?!(?:lt|gt|amp|quot|apos|#\d+|#x[0-9a-fA-F]+);)/.exec(rest)?.[0] ?? null;
}

test('the made hostile world has all of its endpoints', () => {
  expect(listEndpoints(makeHostileWorld().current).length).toBe(111 + hostile.length);
});
