import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram, toError } from '@snoop/snoopdb';
import { SnoopError, wrongUse } from '../errors.ts';
import type { Spec } from './spec.ts';

export interface SpecFilter {
  /** Regular expressions of Go, as for `--ginkgo.focus` and `--ginkgo.skip`. */
  readonly focus: string;
  readonly skip: string | null;
}

export interface SpecList {
  /** In the order of the suite, which does not change between calls. */
  readonly specs: readonly Spec[];
  /** The suite's description, which precedes a spec's name where focus is matched. */
  readonly suite: string;
}

/** The report of Kubernetes 1.37, with 3,206 specs, has 5 MB. */
const maxReportBytes = 128 << 20;
const timeoutMs = 120_000;
const focusFlag = '--ginkgo.focus';

/**
 * Lists the specs that the filter selects, in a dry run without a cluster.
 *
 * @param program the path of e2e.test
 * @throws SnoopError `wrong_use` for a bad regular expression; `bad_suite`
 */
export async function listSpecs(program: string, filter: SpecFilter, signal: AbortSignal): Promise<SpecList> {
  checkLengths(filter);
  const folder = await mkdtemp(join(tmpdir(), 'snoop-specs-'));
  try {
    const report = join(folder, 'report.json');
    const args = [
      '--ginkgo.dry-run',
      '--ginkgo.no-color',
      `--ginkgo.json-report=${report}`,
      `${focusFlag}=${filter.focus}`,
      ...(filter.skip === null ? [] : [`--ginkgo.skip=${filter.skip}`]),
      '--provider=skeleton',
      // Without a kubeconfig, it waits for the network of a cluster that it runs in.
      '--kubeconfig=/dev/null',
    ];
    const { exitCode, output } = await runProgram(program, args, { env: {}, cwd: folder, signal, timeoutMs });
    const flaw = /error parsing regexp: .*/.exec(output)?.[0];
    if (flaw !== undefined)
      throw wrongUse(`--focus or --skip: ${flaw}`, 'Use the syntax of Go: https://go.dev/s/re2syntax');
    if (exitCode !== 0)
      throw new Error(output.trim().split('\n').slice(-3).join(' ').slice(0, 600) || `exit code ${exitCode}`);
    if ((await stat(report)).size > maxReportBytes)
      throw new Error(`its report is larger than ${maxReportBytes} bytes`);
    return readSpecs(JSON.parse(await readFile(report, 'utf8')));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SnoopError) throw error;
    throw new SnoopError('bad_suite', `${program} does not list its specs: ${toError(error).message}`, {
      cause: error,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Linux refuses a longer argument. */
const maxPattern = 100_000;

function checkLengths({ focus, skip }: SpecFilter): void {
  if (focus.length > maxPattern || (skip?.length ?? 0) > maxPattern) {
    throw wrongUse(`A regular expression has more than ${maxPattern} characters.`, 'Shorten it.');
  }
}

/** @param report Ginkgo's JSON report of a dry run @throws Error if it is another document */
export function readSpecs(report: unknown): SpecList {
  const suite = asList(report)[0];
  const description = asText(pick(suite, 'SuiteDescription'));
  const specs = asList(pick(suite, 'SpecReports')).flatMap((spec): Spec[] => {
    // Those that focus or skip excludes are 'skipped' or 'pending'.
    if (pick(spec, 'LeafNodeType') !== 'It' || pick(spec, 'State') !== 'passed') return [];
    const containers = pick(spec, 'ContainerHierarchyTexts');
    const texts = [...(containers === null ? [] : asList(containers)), pick(spec, 'LeafNodeText')].map(asText);
    const location = asText(pick(pick(spec, 'LeafNodeLocation'), 'FileName'));
    const name = texts.join(' ');
    return [{ name, file: location.replace(/^.*?(?=test\/e2e\/)/, ''), isSerial: isSerial(spec, name) }];
  });
  // A dry run lists them in random order.
  return { specs: specs.toSorted((a, b) => (a.name < b.name ? -1 : 1)), suite: description };
}

/** Ordered containers share state between their specs, so that these run in one process. */
function isSerial(spec: unknown, name: string): boolean {
  return (
    pick(spec, 'IsSerial') === true ||
    pick(spec, 'IsInOrderedContainer') === true ||
    /\[(Serial|Disruptive)\]/.test(name)
  );
}

function pick(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error('its report has no list of specs');
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error('its report has a spec without a name or file');
}
