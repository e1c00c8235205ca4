import { isAlive } from '@snoop/snoopdb';
import type { Baseline } from '@snoop/snoopdb';
import { countEvents } from '../control-plane/events-arrived.ts';
import type { EventsArrived } from '../control-plane/events-arrived.ts';
import { formatPageUrl, isPageServed } from '../control-plane/page.ts';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import { openClusterApi } from './cluster-api.ts';
import { listNodes, requireDocker } from './docker.ts';
import type { NodeContainer, Tools } from './docker.ts';
import { checkOwner } from './own-cluster.ts';
import { describeUsable, createKindLayout, readKindState } from './state.ts';
import type { KindState } from './state.ts';
import { findProblems } from './problems.ts';
import type { Problem } from './problems.ts';

/** The answer of `snoop status` for a kind cluster, without secrets. */
export interface KindStatus {
  readonly kind: true;
  /** Whether commands can use it. */
  readonly running: boolean;
  readonly folder: string;
  readonly name: string;
  readonly phase: KindState['phase'];
  readonly release: string;
  readonly clusterVersion: string | null;
  readonly image: string;
  readonly startedAt: string;
  readonly kubeconfig: string;
  readonly context: string;
  readonly server: string | null;
  /** null: Docker does not answer; see `problems`. */
  readonly nodes: readonly Pick<NodeContainer, 'name' | 'role' | 'running'>[] | null;
  readonly forward: {
    readonly running: boolean;
    readonly pid: number | null;
    readonly port: number | null;
    readonly logFile: string;
  };
  /** The page; null: it was never served. */
  readonly ui: { readonly running: boolean; readonly url: string; readonly logFile: string } | null;
  readonly sources: readonly { readonly source: string; readonly events: EventsArrived }[];
  readonly baseline: Baseline | null;
  /** What is wrong. */
  readonly problems: readonly Pick<Problem, 'sentence' | 'advice'>[];
}

/** Describes a state folder's kind cluster; null when it has none. Changes nothing. */
export async function describeKindCluster(
  folder: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<KindStatus | null> {
  const state = readKindState(folder);
  if (!state) return null;
  const usable = describeUsable(folder, state);
  const { nodes, problems } = await inspectNodes({ environment, signal }, state);
  const isRunning = usable !== null && nodes !== null && nodes.length > 0 && nodes.every(({ running }) => running);
  const { forwarder, snoopdb, ready } = state;
  const url = usable?.snoopdb.url;
  return {
    kind: true,
    running: isRunning,
    folder,
    name: state.name,
    phase: state.phase,
    release: state.release,
    clusterVersion: ready?.clusterVersion ?? null,
    image: state.image,
    startedAt: state.createdAt,
    kubeconfig: state.kubeconfig,
    context: state.context,
    server: ready?.server ?? null,
    nodes: nodes?.map(({ name, role, running }) => ({ name, role, running })) ?? null,
    forward: {
      running: forwarder !== null && isAlive(forwarder),
      pid: forwarder?.pid ?? null,
      port: snoopdb?.port ?? null,
      logFile: createKindLayout(folder).log,
    },
    ui: state.ui
      ? {
          running: await isPageServed(state.ui.port),
          url: formatPageUrl(state.ui.port),
          logFile: createKindLayout(folder).pageLog,
        }
      : null,
    sources: await Promise.all(
      state.controlPlanes.map(async (source) => ({
        source,
        events:
          url === undefined
            ? { known: false as const, why: 'its SnoopDB is not forwarded' }
            : await countEvents(url, source),
      })),
    ),
    baseline: ready?.baseline ?? null,
    problems: [...problems, ...(isRunning ? await findClusterProblems(state) : [])],
  };
}

async function findClusterProblems(state: KindState): Promise<Problem[]> {
  return findProblems(openClusterApi(state), state.name);
}

type Found = {
  readonly nodes: readonly NodeContainer[] | null;
  readonly problems: readonly Pick<Problem, 'sentence' | 'advice'>[];
};

async function inspectNodes(tools: Tools, state: KindState): Promise<Found> {
  try {
    await requireDocker(tools);
    const nodes = await listNodes(tools, state.name);
    return checkOwner(state, nodes) === 'us'
      ? { nodes, problems: checkNodes(state, nodes) }
      : { nodes: [], problems: [wasDeleted(state)] };
  } catch (error) {
    if (!(error instanceof SnoopError)) throw error;
    return { nodes: null, problems: [{ sentence: error.message, advice: error.advice }] };
  }
}

function wasDeleted({ name }: KindState): Pick<Problem, 'sentence' | 'advice'> {
  const advice = ["'snoop up --kind' creates it again, 'snoop down --kind' removes its state."];
  return { sentence: `The cluster '${name}' of this state was deleted.`, advice };
}

function checkNodes(state: KindState, nodes: readonly NodeContainer[]): Pick<Problem, 'sentence' | 'advice'>[] {
  const stopped = nodes.filter(({ running }) => !running).map(({ name }) => name);
  const repair = ["'snoop up --kind' repairs it."];
  const forwards = state.forwarder !== null && isAlive(state.forwarder);
  return [
    ...(stopped.length > 0 ? [{ sentence: `These nodes do not run: ${stopped.join(', ')}.`, advice: repair }] : []),
    ...(state.phase === 'running' && !forwards
      ? [{ sentence: 'Its SnoopDB is not forwarded any more.', advice: repair }]
      : []),
    ...(state.phase === 'creating'
      ? [
          {
            sentence: "'snoop up --kind' is creating it, or was interrupted.",
            advice: ["If none is running, 'snoop up --kind' starts again."],
          },
        ]
      : []),
  ];
}
