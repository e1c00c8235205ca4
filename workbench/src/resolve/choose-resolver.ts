import { join } from 'node:path';
import {
  chainResolvers,
  compareReleases,
  createEndpointResolver,
  findAskedRelease,
  findInputs,
  identifyEndpoint,
  inspectEmbeddedServer,
  listShippedReleases,
  loadReleaseResolver,
  loadSourceEndpoints,
  nameEndpoints,
  normalizeRelease,
  pickNearestRelease,
  readBaselineOperations,
  readClusterDocument,
  readJsonDocument,
  readOperations,
  readRelease,
  readShippedOperations,
  readSourceVersion,
  SnoopDbError,
} from '@snoop/snoopdb';
import type { EndpointResolver, Operation, Pool } from '@snoop/snoopdb';
import { fetchDocument } from '../audited-cluster/cluster-document.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { listKnownClusters } from '../cluster-choice/known-clusters.ts';
import { findStateTarget, selectTarget, type StateTarget } from '../cluster-choice/select-target.ts';
import { type DatabaseFlags, withDatabase } from '../cluster-choice/with-database.ts';
import type { Context } from '../context.ts';
import { resolveStateFolder } from '../state-folder.ts';
import { SnoopError, wrongUse } from '../errors.ts';

/** At most one of release, openapi, source and cluster. */
export interface ResolverChoice {
  readonly release: string | undefined;
  /** File or URL of an OpenAPI document. */
  readonly openapi: string | undefined;
  readonly source: string | undefined;
  /** Use what a cluster serves now. */
  readonly cluster: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

export interface ChosenResolver {
  /** Origin of the endpoints, for people. */
  readonly name: string;
  readonly resolver: EndpointResolver;
}

interface ResolveContext extends Context {
  readonly flags: DatabaseFlags;
}

/**
 * Finds the endpoints to resolve events with. Opens a database only if needed.
 *
 * @throws SnoopError, SnoopDbError that name what is missing
 */
export async function chooseResolver(choice: ResolverChoice, context: ResolveContext): Promise<ChosenResolver> {
  const { release, openapi, source } = choice;
  if (openapi !== undefined) return readDocument(openapi, context);
  if (release !== undefined) return findRelease(release, context);
  if (choice.cluster) return readCluster(choice, context);
  if (source !== undefined) return openDatabase(context, null, (pool) => loadSource(pool, source));
  const target = context.flags.databaseUrl === undefined ? await findStateTarget(findStateFolder(context)) : null;
  if (target !== null) return loadStateCluster(target, context);
  if (!(await hasDatabase(context))) return useNewestShipped();
  return openDatabase(context, null, loadBaseline);
}

async function readDocument(what: string, { cwd, signal }: ResolveContext): Promise<ChosenResolver> {
  const [input, ...more] = await findInputs(what, {
    cwd,
    stdin: process.stdin,
    pipedTo: 'snoop resolve --openapi - EVENTS',
  });
  if (input === undefined || more.length > 0) {
    throw wrongUse(`--openapi takes one document; ${what} has ${more.length + 1} files.`);
  }
  const { value } = await readJsonDocument(input, { signal });
  const { operations } = readOperations(value);
  return {
    name: input.name,
    resolver: createEndpointResolver(nameEndpoints(operations, await findForeignNames(value, operations))),
  };
}

/** Lists endpoints of Kubernetes missing in a document, whose names its custom resources must not get. */
async function findForeignNames(document: unknown, operations: readonly Operation[]): Promise<Operation[]> {
  const own = new Set(operations.map(({ method, path }) => identifyEndpoint(method, path)));
  const shipped = await readNearestShipped(document);
  return shipped.filter(({ method, path }) => !own.has(identifyEndpoint(method, path)));
}

/** Reads the endpoints of the shipped release nearest to the document's version, else of the newest. */
async function readNearestShipped(document: unknown): Promise<Operation[]> {
  const releases = (await listShippedReleases()).sort(compareReleases);
  const version = readVersion(document);
  const nearest = version === null ? releases.at(-1) : pickNearestRelease(version, releases);
  return nearest === null || nearest === undefined ? [] : ((await readShippedOperations(nearest)) ?? []);
}

/** Reads the document's version, which for a cluster's document is the cluster's. */
function readVersion(document: unknown): string | null {
  const info: unknown = typeof document === 'object' && document !== null && 'info' in document ? document.info : null;
  const version = typeof info === 'object' && info !== null && 'version' in info ? info.version : null;
  return typeof version === 'string' ? readRelease(version) : null;
}

async function findRelease(wanted: string, context: ResolveContext): Promise<ChosenResolver> {
  const release = normalizeRelease(wanted);
  const shipped = await readShippedOperations(release);
  if (await hasDatabase(context)) {
    // Loaded data goes before shipped data, since loaded events were resolved with it.
    const load = (pool: Pool): Promise<ChosenResolver> => loadRelease(pool, release);
    if (shipped === null) return openDatabase(context, null, load);
    try {
      return await openDatabase(context, null, load);
    } catch (error) {
      const isMissing = isCoded(error, 'unknown_release');
      if (!isMissing && !isCoded(error, 'database_away')) throw error;
      if (!isMissing) context.progress.print('SnoopDB does not answer; using the data that ships with this program.');
    }
  }
  if (shipped !== null) return { name: release, resolver: createEndpointResolver(shipped) };
  throw new SnoopError('unknown_release', `No endpoints of ${release} are loaded.`, {
    advice: [
      `These ship with this program: ${(await listShippedReleases()).join(', ')}.`,
      `'snoop load openapi FILE --release ${release}' loads others; --openapi FILE reads them from a file.`,
    ],
  });
}

async function loadRelease(pool: Pool, release: string): Promise<ChosenResolver> {
  await findAskedRelease(pool, release, 'endpoints');
  return { name: `${release}, as loaded into SnoopDB`, resolver: await loadReleaseResolver(pool, release) };
}

function isCoded(error: unknown, code: string): boolean {
  return (error instanceof SnoopError || error instanceof SnoopDbError) && error.code === code;
}

async function readCluster(choice: ResolverChoice, context: ResolveContext): Promise<ChosenResolver> {
  const target = await selectTarget({
    ...choice,
    ...context,
    context: choice.context,
    stateFolder: findStateFolder(context),
  });
  const document = await fetchServed(target.kubeconfig, null, context.signal);
  const { operations } = readOperations(document?.document);
  const resolver = createEndpointResolver(nameEndpoints(operations, await readNearestShipped(document?.document)));
  return { name: `${target.server}, as it is now`, resolver };
}

/** Resolves with what the state folder's cluster serves now, then with its stored document; stores nothing. */
async function loadStateCluster(target: StateTarget, context: ResolveContext): Promise<ChosenResolver> {
  // All kube-apiservers of a cluster serve the same endpoints.
  const [source = ''] = target.stateCluster.sources;
  return openDatabase(context, target, async (pool) => {
    const { resolver, revision, baseline } = await loadSourceEndpoints(
      pool,
      source,
      await readSourceVersion(pool, source),
    );
    const stored = await readClusterDocument(pool, source);
    const fetched = await fetchServed(target.kubeconfig, stored?.etag ?? null, context.signal).catch(
      (error: unknown) => {
        context.signal.throwIfAborted();
        context.progress.print(`Cannot read what ${target.server} serves now: ${String(error)}`);
        return null;
      },
    );
    if (fetched !== null) {
      const { operations } = readOperations(fetched.document);
      const served = createEndpointResolver(nameEndpoints(operations, (await readBaselineOperations(pool)).inUse));
      return { name: target.server, resolver: revision === 0 ? served : chainResolvers(served, resolver) };
    }
    return { name: revision === 0 ? `${baseline}, the baseline in use` : target.server, resolver };
  });
}

async function fetchServed(
  kubeconfig: StateTarget['kubeconfig'],
  etag: string | null,
  signal: AbortSignal,
): Promise<{ document: unknown } | null> {
  return fetchDocument(openOwnKubeConfig(kubeconfig), etag, { signal, timeoutMs: 15_000 });
}

async function loadSource(pool: Pool, source: string): Promise<ChosenResolver> {
  const mark = await readSourceVersion(pool, source);
  if (mark.revision === 0) {
    const names = (await listKnownClusters(pool)).join(', ') || 'none';
    throw new SnoopError('unknown_source', `SnoopDB has no document of a cluster '${source}'. It has: ${names}.`, {
      exitCode: 2,
    });
  }
  return { name: source, resolver: (await loadSourceEndpoints(pool, source, mark)).resolver };
}

async function loadBaseline(pool: Pool): Promise<ChosenResolver> {
  const { rows } = await pool.query<{ release: string | null }>('select public.baseline_release() as release');
  const release = rows[0]?.release ?? null;
  if (release === null) return useNewestShipped();
  return { name: `${release}, the baseline in use`, resolver: await loadReleaseResolver(pool, release) };
}

async function useNewestShipped(): Promise<ChosenResolver> {
  const release = (await listShippedReleases()).sort(compareReleases).at(-1);
  const operations = release === undefined ? null : await readShippedOperations(release);
  if (operations !== null) {
    const name = `${release}, the newest that ships with this program`;
    return { name, resolver: createEndpointResolver(operations) };
  }
  throw new SnoopError('no_baseline', 'No endpoints are loaded, and none ship with this program.', {
    advice: ['--openapi FILE reads them from a file.'],
  });
}

async function openDatabase(
  context: ResolveContext,
  target: StateTarget | null,
  work: (pool: Pool) => Promise<ChosenResolver>,
): Promise<ChosenResolver> {
  return withDatabase(context, context.flags, { user: 'snoop resolve', target }, ({ pool }) => work(pool));
}

/** Whether a SnoopDB exists; this command creates none. */
async function hasDatabase(context: ResolveContext): Promise<boolean> {
  const { flags, environment } = context;
  if (flags.databaseUrl !== undefined || environment.databaseUrl !== null) return true;
  return (await inspectEmbeddedServer(join(findStateFolder(context), 'snoopdb'))) !== null;
}

function findStateFolder({ flags, environment, cwd }: ResolveContext): string {
  return resolveStateFolder({ state: flags.state, stateFolder: environment.stateFolder, cwd });
}
