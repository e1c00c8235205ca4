import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  escapeControlCharacters,
  escapeLines,
  formatJson,
  formatJsonLine,
} from '../../src/output/control-characters.ts';

const sources = fileURLToPath(new URL('../../src/', import.meta.url));

/** Terminal controls, line ends of some readers, and direction marks. */
const harmful = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code)).filter((character) =>
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(character),
);

test('JSON keeps the value and has no harmful character', () => {
  const value = { [`key ${harmful.join('')}`]: [`${harmful.join('')} 検査 😀`, 1, null] };
  for (const text of [formatJson(value), formatJson(value, 4), formatJsonLine(value)]) {
    expect(JSON.parse(text)).toEqual(value);
    // The line breaks of JSON itself.
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
  }
  expect(formatJsonLine(['\u009b31m', '\u202e', '\u2028'])).toBe(String.raw`["\u009b31m","\u202e","\u2028"]`);
});

test('text has a replacement for each', () => {
  expect(harmful.filter((character) => escapeControlCharacters(character) !== '\ufffd')).toEqual([]);
  expect(escapeControlCharacters('検査 😀 é')).toBe('検査 😀 é');
  expect(escapeLines('a\u2028b\nc\u009b')).toBe('a\ufffdb\nc\ufffd');
});

test('only files of ours, requests and keys use JSON.stringify', () => {
  const callers = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && readFileSync(`${sources}${file}`, 'utf8').includes('JSON.stringify('),
  );
  expect(callers.sort()).toEqual([
    'audited-cluster/agent-pool.ts',
    'audited-cluster/load-kubeconfig.ts',
    'audited-cluster/raw-request.ts',
    'audited-cluster/redaction.ts',
    'completion/refresh-data.ts',
    'control-plane/cluster-request.ts',
    'control-plane/kwok.ts',
    'control-plane/state.ts',
    'gate/job/job-options.ts',
    'gate/output/outline.ts',
    'gate/renamed-tests.ts',
    'gate/sources/documents/shipped-document.ts',
    'gate/sources/hits/database-hits.ts',
    'ginkgo/call-bytes.ts',
    'ginkgo/special-literals.ts',
    'journal/journal.ts',
    'kind/state.ts',
    'lint/inspection.ts',
    'new-project/project-files.ts',
    'new-test/repair-body.ts',
    'new-test/source-text.ts',
    'output/control-characters.ts',
    'pair/place.ts',
    'proxy/client-connection.ts',
    'proxy/client-files.ts',
    'review/isolation/isolated-process.ts',
    'review/isolation/write-kubeconfig.ts',
    'sink/sink-kubeconfig.ts',
    'site/site-files.ts',
    'site/write-site.ts',
    'ticket/claims.ts',
    'ticket/kinds.ts',
    'ticket/source-section.ts',
    'ui/data/live-files.ts',
    'ui/data/run-report.ts',
    'ui/hub/encoded-ranges.ts',
    'ui/hub/event-log.ts',
    'ui/hub/hub.ts',
    'ui/hub/running-runs.ts',
    'ui/page/shell.ts',
  ]);
});
