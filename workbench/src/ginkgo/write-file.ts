import type { RunDocument } from '@snoop/snoopdb';
import { slugify } from '../live-test/unique-name.ts';
import { splitRelease } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { commentGo, maskLiterals, quoteGo, wrapWords } from './go-text.ts';
import type { GoTypes } from './go-types.ts';
import { Imports } from './imports.ts';
import { hasStoredBodies, maxCalls, readCalledTests, type CalledTest } from './read-calls.ts';
import { choosePackage, findSubject, type SigPackage } from './sig-packages.ts';
import { indent } from './statements.ts';
import { nameTest, writeTest } from './write-test.ts';

/** A Go file of e2e tests. */
export interface GinkgoFile {
  /** Where it belongs in kubernetes/kubernetes. */
  readonly folder: string;
  readonly text: string;
  readonly tests: number;
  /** What the writer should know, as sentences. */
  readonly notes: readonly string[];
}

/** hack/boilerplate/boilerplate.go.txt of Kubernetes. */
const boilerplate = `/*
Copyright The Kubernetes Authors.

Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License.
You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software
distributed under the License is distributed on an "AS IS" BASIS,
WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
See the License for the specific language governing permissions and
limitations under the License.
*/
`;

/**
 * Writes the Go file that a pull request to kubernetes/kubernetes starts from: one test of the e2e framework for each
 * live test of a run.
 *
 * @param document best with bodies
 * @throws SnoopError `no_requests` if no test sent a request
 */
export function writeGinkgoFile(document: RunDocument, types: GoTypes, isConformance: boolean): GinkgoFile {
  const tests = readCalledTests(document).filter(({ steps }) => steps.some(({ calls }) => calls.length > 0));
  const [first] = tests;
  if (first === undefined) {
    throw new SnoopError('no_requests', `No test of the run ${document.run.id} sent a request.`, { exitCode: 2 });
  }
  const imports = new Imports();
  const subject = findSubject(first, types) ?? { group: '', version: '', kind: first.test.name };
  const sig = choosePackage(subject);
  const { minor } = splitRelease(document.baseline.release);
  const options = { document, types, imports, isConformance, release: `v1.${Number(minor) + 1}` };
  const names = tests.map(nameTest);
  const written = tests.map((test, index) => {
    const before = names.slice(0, index).filter((name) => name === names[index]).length;
    const name = `${names[index]}${before === 0 ? '' : ` (${before + 1})`}`;
    return writeTest(test, { ...options, name, kind: findSubject(test, types)?.kind ?? subject.kind });
  });
  const body = writeDescribe(subject.kind, written, { imports, sig, document });
  const text = [
    boilerplate,
    `${writeOrigin(document)}package ${sig.name}\n`,
    imports.format(maskLiterals(body)),
    body,
  ].join('\n');
  return { folder: sig.folder, text, tests: tests.length, notes: listNotes(document, tests) };
}

function writeDescribe(
  kind: string,
  tests: readonly (readonly string[])[],
  { imports, sig, document }: { readonly imports: Imports; readonly sig: SigPackage; readonly document: RunDocument },
): string {
  const framework = imports.use('k8s.io/kubernetes/test/e2e/framework');
  const admission = imports.use('k8s.io/pod-security-admission/api');
  if (tests.some((test) => test.some((line) => line.includes('ginkgo.')))) imports.use('github.com/onsi/ginkgo/v2');
  const describe = sig.describeFrom === null ? 'SIGDescribe' : `${imports.use(sig.describeFrom)}.SIGDescribe`;
  const sent = document.bodies?.filter(({ direction }) => direction === 'request') ?? [];
  const level = sent.some(({ body }) => needsPrivileges(body, 0)) ? 'LevelPrivileged' : 'LevelBaseline';
  // Tests of cluster-scoped kinds need none.
  const hasNamespace = tests.some((test) => maskLiterals(test.join('\n')).includes('f.Namespace'));
  const lines = [
    `f := ${framework}.NewDefaultFramework(${quoteGo(slugify(kind, 20) || 'live-test')})`,
    hasNamespace ? `f.NamespacePodSecurityLevel = ${admission}.${level}` : 'f.SkipNamespaceCreation = true',
    ...tests.flatMap((test) => ['', ...test]),
  ];
  return `var _ = ${describe}(${quoteGo(commentGo(kind))}, func() {\n${indent(lines).join('\n')}\n})\n`;
}

const withoutBodies = 'The run has no stored bodies: the lines marked TODO need the objects that it sent.';

function writeOrigin(document: RunDocument): string {
  const { run } = document;
  const from = `Written by 'snoop ginkgo' from the run ${run.id} on Kubernetes ${run.cluster_version ?? 'of an unknown release'}.`;
  const missing = hasStoredBodies(document) ? '' : ` ${withoutBodies}`;
  return `${wrapWords(commentGo(from + missing), 90)
    .map((line) => `// ${line}\n`)
    .join('')}\n`;
}

/** Fields that Pod Security's level baseline forbids. */
const privileges = new Set(['hostNetwork', 'hostPID', 'hostIPC', 'privileged', 'hostPath', 'hostPort']);

function needsPrivileges(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > 60) return false;
  return Object.entries(value).some(
    ([name, field]) =>
      (privileges.has(name) && field !== false && field !== null && !Array.isArray(value)) ||
      needsPrivileges(field, depth + 1),
  );
}

function listNotes(document: RunDocument, tests: readonly CalledTest[]): string[] {
  const notes: string[] = [];
  if (!hasStoredBodies(document)) {
    notes.push(withoutBodies);
  }
  const failed = document.tests.filter(({ state }) => state === 'failed').map(({ name }) => name);
  if (failed.length > 0) notes.push(`Failed in this run: ${failed.join(', ')}.`);
  for (const { test } of tests) {
    const sent = document.requests.filter((one) => one.test === test.test && one.try === test.tries).length;
    if (sent > maxCalls) notes.push(`${test.name} sent ${sent} requests: only the first ${maxCalls} are written.`);
  }
  return notes;
}
