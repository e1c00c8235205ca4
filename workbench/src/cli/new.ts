import { listKnownEndpoints, loadNeededReleases, readBaseline } from '@snoop/snoopdb';
import type { KnownEndpoint } from '@snoop/snoopdb';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { fetchClusterVersion } from '../audited-cluster/cluster-version.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { selectTarget } from '../cluster-choice/select-target.ts';
import { withDatabase } from '../cluster-choice/with-database.ts';
import { clusterFlags, questionEnvironment, questionFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { SnoopError } from '../errors.ts';
import { chooseKind } from '../new-test/choose-kind.ts';
import { makeTest } from '../new-test/make-test.ts';
import type { MadeTest } from '../new-test/make-test.ts';
import { listServedKinds } from '../new-test/served-kinds.ts';
import type { ServedKind } from '../new-test/served-kinds.ts';
import { describeUntested } from '../new-test/describe-untested.ts';
import { nameFile } from '../new-test/names.ts';
import { createHeading } from '../new-test/outline.ts';
import type { EndpointMark } from '../new-test/outline.ts';
import { printAnswer, type Answer } from '../output/answer.ts';
import { shouldUseColor } from '../output/paint.ts';
import type { Column } from '../output/table.ts';
import { resolveStateFolder } from '../state-folder.ts';

const flags = {
  out: valueFlag('--out <FILE>', 'the file to write; it must not exist').defaultsToWhat(
    '<kind>-lifecycle.live.ts in the current folder',
  ),
  untested: switchFlag('--untested', 'only the steps of endpoints that no e2e test or no conformance test hits'),
  namespace: valueFlag('--namespace <NAME>', 'where bodies are tried, as dry runs')
    .defaultsToWhat('default')
    .from('SNOOP_NAMESPACE'),
  ...clusterFlags,
  ...questionFlags,
};

export const command = defineCommand({
  name: 'snoop new',
  title: 'write a live test of the lifecycle of a kind',
  usage: ['snoop new <kind> [options]', 'snoop new <endpoint> [options]', 'snoop new <group/version/Kind> [options]'],
  about: `
Finds the kind in the cluster as kubectl does (Pod, pods, po, deployments.apps), custom resources included, creates the
smallest body that the server accepts, by dry runs, and writes a test that runs at once: create, read, list, watch,
patch, update, subresources, delete. Its outline marks the endpoints that no e2e test or no conformance test of the
baseline hits. What needs you is marked 'OPEN:'. Creates nothing in the cluster, and overwrites no file.`,
  flags,
  words: '<kind|endpoint>',
  environment: {
    ...questionEnvironment,
    SNOOP_KUBECONFIG: 'the cluster if no flag names one and no local one runs',
  },
  examples: `
snoop new PodTemplate && snoop test pod-template-lifecycle.live.ts
snoop new hpa --untested --out hpa.live.ts
snoop new createCoreV1NamespacedPodEviction
snoop new resource.k8s.io/v1beta1/ResourceClaim`,
  exitCodes:
    '0 written · 1 written, but the server does not accept its body yet · 2 no such kind, several, the file exists, or wrong use · 3 could not do it',
  run,
});

async function run({ flags: values, words }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, cwd, progress } = context;
  const [name = ''] = words;
  if (values.out !== undefined) refuseExisting(resolve(cwd, values.out), cwd);
  const stateFolder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const { kubeconfig, context: kubeContext } = values;
  const target = await selectTarget({ kubeconfig, context: kubeContext, environment, stateFolder, cwd, progress });
  const access = openOwnKubeConfig(target.kubeconfig);
  const clusterVersion = await fetchClusterVersion(access, target.server);
  const options = { user: 'snoop new', target, ifMissing: 'shipped data' } as const;
  return withDatabase(context, values, options, async ({ pool }) => {
    await loadNeededReleases(pool, 'baseline');
    const served = await listServedKinds(access);
    const kind = await chooseKind(name, served, access, pool);
    const file = resolve(cwd, values.out ?? nameFile(kind));
    refuseExisting(file, cwd);
    const baseline = await readBaseline(pool);
    const marks = createMarks(await listKnownEndpoints(pool));
    const made = await progress.step(`writing a test of ${kind.kind}`, () =>
      makeTest({
        access,
        served,
        kind,
        namespace: values.namespace ?? environment.namespace ?? 'default',
        findMark: (endpoint) => findMark(marks, endpoint),
        untestedOnly: values.untested === true,
        heading: createHeading(name, kind, { clusterVersion, baseline: baseline?.release ?? null }),
      }),
    );
    await writeNew(file, made.text, cwd);
    const answer = describeMade(made, { file: relative(cwd, file) || file, kind, marks, untested: values.untested });
    printAnswer(context.stdout, answer, values.output, { color: shouldUseColor(context.stdout, environment) });
    for (const sentence of made.sentences) progress.print(`The server does not accept the body: ${sentence}`);
    return made.sentences.length === 0 ? 0 : 1;
  });
}

function refuseExisting(file: string, cwd: string): void {
  if (!existsSync(file)) return;
  throw new SnoopError('file_exists', `${relative(cwd, file) || file} exists, and 'snoop new' overwrites nothing.`, {
    exitCode: 2,
    advice: ['Choose another file: --out FILE.'],
  });
}

/** Fails if the file was created meanwhile. */
async function writeNew(file: string, text: string, cwd: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    refuseExisting(file, cwd);
    throw error;
  }
}

type Marks = ReadonlyMap<string, KnownEndpoint>;

function createMarks(endpoints: readonly KnownEndpoint[]): Marks {
  return new Map(endpoints.map((one) => [one.endpoint, one]));
}

function findMark(marks: Marks, endpoint: string): EndpointMark {
  const known = marks.get(endpoint);
  if (known !== undefined && known.unknown !== null) return 'coverage unknown';
  if (known === undefined || known.tested === null) return known?.deprecated === true ? null : 'not in the baseline';
  if (!known.tested) return 'no e2e test';
  return known.confTested === true ? null : 'no conformance test';
}

const columns = [
  { name: 'step' },
  { name: 'endpoint' },
  { name: 'e2e' },
  { name: 'conformance' },
  { name: 'open', title: '' },
] as const satisfies Column[];

function describeMade(
  { steps, open, sentences, title }: MadeTest,
  more: {
    readonly file: string;
    readonly kind: ServedKind;
    readonly marks: Marks;
    readonly untested: boolean | undefined;
  },
): Answer {
  const { file, kind, marks } = more;
  const tested = (endpoint: string): { e2e: boolean | null; conformance: boolean | null } => {
    const known = marks.get(endpoint);
    return { e2e: known?.tested ?? null, conformance: known?.confTested ?? null };
  };
  const rows = [
    ...steps.flatMap(({ title: step, operations }) =>
      operations.length === 0
        ? [{ step, endpoint: '', e2e: null, conformance: null, open: '' }]
        : operations.map(({ endpoint }) => ({ step, endpoint, ...tested(endpoint), open: '' })),
    ),
    ...open.map(({ endpoint, reason }) => ({ step: '', endpoint, ...tested(endpoint), open: reason })),
  ];
  const marked = rows.filter(({ endpoint, open: reason }) => endpoint !== '' && reason === '');
  const unknown = marked.filter(({ endpoint }) => findMark(marks, endpoint) === 'coverage unknown').length;
  const untested = marked.filter(({ endpoint }) => {
    const mark = findMark(marks, endpoint);
    return mark !== null && mark !== 'coverage unknown';
  });
  const facts: [string, string][] = [
    ['Test', `${title}, in ${file}`],
    ['Untested', describeUntested({ endpoints: marked.length, untested: untested.length, unknown })],
  ];
  if (sentences.length > 0) facts.push(['Body', "the server does not accept it yet: the lines marked 'OPEN:' say why"]);
  const next: [string, string][] = [['Run', `snoop test ${file}`]];
  return {
    json: { file, kind: kind.kind, group: kind.path.group, version: kind.path.version, title, sentences, steps: rows },
    csv: { columns, rows },
    parts: [{ facts }, { table: { columns, rows: rows.map(markOpen) } }, { facts: next }],
  };
}

function markOpen<T extends { readonly open: string }>(row: T): T {
  return row.open === '' ? row : { ...row, open: `open: ${row.open}` };
}
