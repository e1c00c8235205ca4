import { expect, test } from 'vitest';
import { lintTicket } from '../../../src/ticket/lint/lint-ticket.ts';
import { readTicket } from '../../../src/ticket/read-ticket.ts';

async function lint(text: string): Promise<string[]> {
  const readAttachment = (): Promise<never> => Promise.reject(new Error('There is no attachment.'));
  const findings = await lintTicket(await readTicket('ticket.md', text), { readAttachment });
  return findings.map(({ line, severity, rule, message }) => `${line ?? '-'} ${severity} ${rule}: ${message}`);
}

const limits = `This ticket holds no run. Checked were its sections, placeholders, links, boxes, results, and N against its own tables`;
const advice = `Whether a test sent these requests cannot be checked. 'snoop ticket' writes a ticket that can be.`;

const labels = '---\n\n/sig storage\n\n/area conformance\n';

test('reads an export of org-mode that is complete', async () => {
  const ticket = `# Progress <code>[3/6]</code>

-   [X] APISnoop org-flow : [CSINode.org](https://github.com/ada/tickets/blob/main/CSINode.org)
-   [X] test approval issue : [#1234](https://issues.k8s.io/1234)
-   [X] two weeks soak end date : 31 Dec 2024
-   [ ] test pr : [!](https://pr.k8s.io/)
-   [ ] two weeks soak start date : [testgrid-link](https://testgrid.k8s.io/)
-   [ ] test promotion pr : xxxx-xx-xx


# Identifying an untested feature Using APISnoop

\`\`\`sql-mode
    SELECT endpoint, path, kind
      FROM testing.untested_stable_endpoint
      where eligible is true and endpoint ilike '%CSINode'
\`\`\`

\`\`\`example
          endpoint       |                path                |  kind
  -----------------------+------------------------------------+---------
   readStorageV1CSINode  | /apis/storage.k8s.io/v1/csinodes/{ | CSINode
   patchStorageV1CSINode | /apis/storage.k8s.io/v1/csinodes/{ | CSINode
  (2 rows)

\`\`\`

-   <https://apisnoop.cncf.io/1.31.0/stable/storage/readStorageV1CSINode>

# API Reference and feature documentation

-   [client-go](https://github.com/kubernetes/client-go/blob/master/kubernetes/typed/storage/v1/csinode.go)

# Test outline

\`\`\`
Scenario: read and patch
\`\`\`

# E2E Test

The [test](https://github.com/ada/kubernetes/blob/csi/test/e2e/storage/csi_node.go).

# Verifying increase in coverage with APISnoop

\`\`\`sql-mode
select distinct endpoint, useragent from testing.audit_event
where release_date::BIGINT > round(((EXTRACT(EPOCH FROM NOW()))::numeric)*1000,0) - 20000;
\`\`\`

\`\`\`example
       endpoint        | useragent
-----------------------+-----------
 patchStorageV1CSINode | should
 readStorageV1CSINode  | should
(2 rows)

\`\`\`

# Final notes

If a test with these calls gets merged, ****test coverage will go up by 2 points****

${labels}`;
  expect(await lint(ticket)).toEqual([
    '- note covered-endpoint: A conformance test of Kubernetes 1.37.0 hits readStorageV1CSINode already.',
    '- note covered-endpoint: A conformance test of Kubernetes 1.37.0 hits patchStorageV1CSINode already.',
    `- note no-evidence: ${limits}, and 2 endpoints against Kubernetes 1.37.0. ${advice}`,
    `48 note time-window: A query by time counts what anybody requested meanwhile. testing.run_endpoint has the requests of one run.`,
  ]);
});

test('finds the placeholders of a template that was filled in half', async () => {
  const ticket = `# Progress \`[2/5]\`

-   [X] APISnoop org-flow : [MyEndpoint.org](https://github.com/cncf/apisnoop/blob/master/tickets/k8s/)
-   [X] test approval issue : [kubernetes/kubernetes#](https://github.com/kubernetes/kubernetes/issues/)
-   [ ] test pr : kuberenetes/kubernetes#

# Identifying an untested feature Using APISnoop

According to this APIsnoop query, there are still some remaining RESOURCENAME endpoints which are untested.

with this query you can filter untested endpoints by their category and eligiblity for conformance.

\`\`\`sql-mode
select * from untested_stable_core_endpoints;
\`\`\`

\`\`\`example
\`\`\`

# API Reference and feature documentation

# The mock test

\`\`\`go
// Create a RESOURCENAME
\`\`\`

# Verifying increase in coverage with APISnoop

\`\`\`sql-mode
select * from endpoints_hit_by_new_test;
\`\`\`

\`\`\`sql-mode
select * from projected_change_in_coverage;
\`\`\`

     category
    ----------
    (0 rows)

# Final notes

**test coverage will go up by N points**
`;
  expect((await lint(ticket)).map((one) => one.split(':')[0])).toEqual([
    '- warning label',
    '- warning label',
    '- note no-evidence',
    '1 error progress-count',
    '3 error placeholder',
    '3 error empty-link',
    '3 error ticked-box',
    '4 error empty-link',
    '4 error ticked-box',
    '9 error placeholder',
    '11 error template-text',
    '14 note old-view',
    '17 error empty-result',
    '20 error empty-section',
    '25 error placeholder',
    '30 error empty-result',
    '31 note old-view',
    '35 note old-view',
    '38 error empty-result',
    '44 error placeholder',
  ]);
});

/** A short ticket by hand: the endpoints of its two tables, and N. */
const byHand = (untested: readonly string[], hit: readonly string[], n: number): string => `# Progress
- [ ] test pr
# Identifying an untested feature
${table(untested)}
# API reference
None.
# Test outline
To read.
# Verifying increase in coverage
${table(hit)}
# Final notes
test coverage will go up by ${n} points
${labels}`;

const table = (endpoints: readonly string[]): string =>
  `\`\`\`example\n endpoint | kind\n----------|------\n${endpoints.map((name) => ` ${name} | X\n`).join('')}(${endpoints.length} rows)\n\`\`\``;

test('compares N with the tables, and the endpoints with the newest release', async () => {
  const names = ['connectCoreV1GetNodeProxy', 'createCoreV1NamespacedPod', 'readStorageV1CSINode', 'readCoreV1Nothing'];
  expect((await lint(byHand(names, names.slice(0, 3), 4))).slice(0, -2)).toMatchInlineSnapshot(`
    [
      "- warning not-hit: readCoreV1Nothing is listed as untested, and no table shows that the test hits it.",
      "- warning ineligible-endpoint: connectCoreV1GetNodeProxy is not eligible in Kubernetes 1.37.0: Unable to be tested, and likely soon deprecated.",
      "- note covered-endpoint: A conformance test of Kubernetes 1.37.0 hits createCoreV1NamespacedPod already.",
      "- note covered-endpoint: A conformance test of Kubernetes 1.37.0 hits readStorageV1CSINode already.",
      "- warning unknown-endpoint: Kubernetes 1.37.0 has no endpoint readCoreV1Nothing.",
    ]
  `);
});

test('finds results with another number of rows, and links to releases that do not exist', async () => {
  const ticket = `${byHand(['readStorageV1CSINode'], ['readStorageV1CSINode'], 1).replace('(1 rows)', '(9 rows)')}
See <https://apisnoop.cncf.io/1.99.0/stable/storage/readStorageV1CSINode>.`;
  expect((await lint(ticket)).filter((one) => one.includes('error'))).toMatchInlineSnapshot(`
    [
      "8 error row-count: The result has 1 row, but says 9. Paste the whole result.",
      "29 error unknown-release: Kubernetes 1.99.0 is not a release, so this link leads nowhere.",
    ]
  `);
});

test('finds sections that are missing or out of order, and one line with several commands', async () => {
  const ticket = `# Final notes

/sig apps /sig testing /area conformance
/close

# Progress

- [ ] test pr

# API Reference and feature documentation
`;
  expect(await lint(ticket)).toMatchInlineSnapshot(`
    [
      "- error section-missing: The section "Identifying an untested feature Using APISnoop" is missing. Reviewers look for it under this heading: add it.",
      "- error section-missing: The section "The mock test" is missing. Reviewers look for it under this heading: add it.",
      "- error section-missing: The section "Verifying increase in coverage with APISnoop" is missing. Reviewers look for it under this heading: add it.",
      "- note no-evidence: This ticket holds no run. Checked were its sections, placeholders, links, boxes, results, and N against its own tables. Whether a test sent these requests cannot be checked. 'snoop ticket' writes a ticket that can be.",
      "1 error section-order: The section "Final notes" is out of order. Move it to where a ticket has it.",
      "3 warning label: The project's bots read one command in a line. Write each on its own line.",
      "4 error bot-command: The project's bots carry out "/close" when the issue is filed. Remove it.",
      "10 error empty-section: The section "API Reference and feature documentation" is empty. Fill it in, or remove it.",
    ]
  `);
});
