import { expect, test } from 'vitest';
import { parseFailedName, parseTestName } from '../../src/results/test-name.ts';

const pods = '[sig-node] Pods should be updated [NodeConformance] [Conformance]';

test.each([
  ['Ginkgo 1', pods, pods],
  ['Kubernetes with Ginkgo 2', `[It] ${pods}`, pods],
  ['ginkgo --junit-report, with labels', `[It] ${pods} [sig-node, NodeConformance, Conformance]`, pods],
  ['one label', '[It] [sig-node] Pods should run [sig-node]', '[sig-node] Pods should run'],
  [
    'a label without a tag',
    '[It] [sig-apps] [Beta] Jobs run [sig-apps, Beta, BetaOffByDefault]',
    '[sig-apps] [Beta] Jobs run',
  ],
  ['version constraints', `[It] ${pods} [sig-node, Conformance] [>= 1.34.0, < 2]`, pods],
  ['constraints of components', `[It] ${pods} [kubelet: [>=1.35], kube-proxy: [>=1.34 <2]]`, pods],
  ['all lists', `[It] ${pods} [sig-node, Conformance] [>= 1.34.0] [kubelet: [>=1.35]]`, pods],
  ['tags at the end', '[It] [sig-apps] [Serial] Daemons run [Serial]', '[sig-apps] [Serial] Daemons run [Serial]'],
  ['a list that is part of the text', '[It] [sig-cli] prints [a, b]', '[sig-cli] prints [a, b]'],
  ['escaped twice', '[sig-node] exec &#34;cat &gt; a&#34; isn&#39;t', '[sig-node] exec "cat > a" isn\'t'],
  ['spaces around', ' [sig-node] Pods run ', '[sig-node] Pods run'],
  ['a test of Go', 'TestMain/a_[b]', 'TestMain/a_[b]'],
  ['nothing', '', ''],
])('reads a name: %s', (_what, original, name) => {
  expect(parseTestName(original)).toEqual({ name, isTest: true });
});

test.each([
  '[SynchronizedBeforeSuite]',
  '[ReportAfterSuite] Kubernetes e2e JUnit report',
  '[DeferCleanup (Suite)]',
  'BeforeSuite',
])('%s belongs to the suite', (original) => {
  expect(parseTestName(original)).toEqual({ name: original, isTest: false });
  expect(parseFailedName(original)).toEqual({ name: original, isTest: false });
});

test.each([
  ['the spec', '[sig-node] Pods [It] should be updated [NodeConformance] [Conformance] [sig-node, Conformance]'],
  ['a container', '[sig-node] Pods [BeforeEach] should be updated [NodeConformance] [Conformance]'],
  ['a cleanup', '[sig-node] Pods [DeferCleanup (Each)] should be updated [NodeConformance] [Conformance]'],
  ['outside of containers', 'TOP-LEVEL [AfterEach] [sig-node] Pods should be updated [NodeConformance] [Conformance]'],
])('reads the name of a failure in %s', (_what, original) => {
  expect(parseFailedName(original)).toEqual({ name: pods, isTest: true });
});
