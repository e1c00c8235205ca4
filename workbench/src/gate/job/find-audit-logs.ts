import { SnoopError, wrongUse } from '../../errors.ts';
import { sendRequest, type HttpResponse } from '../../http-request.ts';
import { urlToHttpOptions } from 'node:url';
import { version } from '../../version.ts';

/** How old a run may be. */
const maxDays = 3;
/** Build ids are snowflakes: milliseconds above 22 bits (github.com/bwmarrin/snowflake, used by Prow). */
const snowflakeBits = 22n;
const maxRuns = 40;
const maxLogs = 200;
const timeoutMs = 30_000;
const maxBytes = 4 << 20;

/** A run whose audit logs are whole. */
export interface AuditedRun {
  /** The commit that it tested, 40 hex digits. */
  readonly commit: string;
  /** The URLs of its audit logs: a kube-apiserver rotates its log. */
  readonly logs: readonly string[];
}

/** A job of Prow in a bucket of Google Cloud Storage. */
interface JobLogs {
  readonly origin: string;
  readonly bucket: string;
  /** `logs/JOB`. */
  readonly path: string;
}

/**
 * Finds the audit logs of the newest successful run of a periodic job of Prow. The newest run may not have ended, and
 * a failed one may have ended half way.
 *
 * @param url of the job: `https://storage.googleapis.com/BUCKET/logs/JOB`
 * @throws SnoopError `no_ci_run`
 */
export async function findAuditLogs(url: string, signal: AbortSignal): Promise<AuditedRun> {
  const job = parseJobUrl(url);
  const newest = (await read(`${job.origin}/${job.bucket}/${job.path}/latest-build.txt`, signal)).trim();
  if (!/^\d{1,20}$/.test(newest)) throw noRun(`${url}/latest-build.txt names no build`);
  const oldest = BigInt(newest) - (BigInt(maxDays * 86_400_000) << snowflakeBits);
  const start = `${job.path}/${oldest > 0n ? oldest : 0n}`;
  const { prefixes } = await list(job, { prefix: `${job.path}/`, delimiter: '/', startOffset: start }, signal);
  const builds = prefixes.flatMap((prefix) => /\/(\d{1,20})\/$/.exec(prefix)?.[1] ?? []);
  builds.sort((a, b) => (BigInt(a) < BigInt(b) ? 1 : -1));
  for (const build of builds.slice(0, maxRuns)) {
    if (!(await hasPassed(`${job.origin}/${job.bucket}/${job.path}/${build}/finished.json`, signal))) continue;
    const { names } = await list(job, { prefix: `${job.path}/${build}/artifacts/audit/audit` }, signal);
    const logs = names.filter((name) => /\/audit[\w.:-]*\.log(\.gz)?$/.test(name)).slice(0, maxLogs + 1);
    if (logs.length === 0) throw noRun(`build ${build} of ${url} has no file artifacts/audit/audit*.log`);
    if (logs.length > maxLogs) throw noRun(`build ${build} of ${url} has more than ${maxLogs} audit logs`);
    const commit = await readCommit(`${job.origin}/${job.bucket}/${job.path}/${build}/started.json`, signal);
    return { commit, logs: logs.map((name) => `${job.origin}/${job.bucket}/${name}`) };
  }
  throw noRun(`${url} has no successful run of the last ${maxDays} days`);
}

function parseJobUrl(url: string): JobLogs {
  const [, origin, bucket, path] = /^(https?:\/\/[\w.:-]+)\/([\w.-]+)\/(logs\/[\w.-]+)\/?$/.exec(url) ?? [];
  if (origin !== undefined && bucket !== undefined && path !== undefined) return { origin, bucket, path };
  throw wrongUse(
    `'${url.slice(0, 500)}' is not a job of Prow.`,
    'For example: https://storage.googleapis.com/kubernetes-ci-logs/logs/ci-kubernetes-audit-kind-conformance',
  );
}

/** Lists objects: https://cloud.google.com/storage/docs/json_api/v1/objects/list. An incomplete list is an error. */
async function list(
  { origin, bucket }: JobLogs,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ readonly prefixes: readonly string[]; readonly names: readonly string[] }> {
  const fields = new URLSearchParams({ ...query, fields: 'prefixes,items(name),nextPageToken' });
  const url = `${origin}/storage/v1/b/${bucket}/o?${fields}`;
  const value = parse(url, await read(url, signal)) as {
    readonly prefixes?: readonly string[];
    readonly items?: readonly { readonly name: string }[];
    readonly nextPageToken?: string;
  };
  if (value.nextPageToken !== undefined) throw noRun(`${url} lists more than one page`);
  return { prefixes: value.prefixes ?? [], names: (value.items ?? []).map(({ name }) => name) };
}

/** A run that has not ended has no finished.json. */
async function hasPassed(url: string, signal: AbortSignal): Promise<boolean> {
  const response = await request(url, signal);
  if (response.status === 404) return false;
  if (response.status !== 200) throw noRun(`${url} answered ${response.status}`);
  return (parse(url, response.body) as { readonly passed?: unknown } | null)?.passed === true;
}

/** `repo-commit` in github.com/GoogleCloudPlatform/testgrid, metadata/job.go. */
async function readCommit(url: string, signal: AbortSignal): Promise<string> {
  const value = parse(url, await read(url, signal)) as { readonly 'repo-commit'?: unknown } | null;
  const commit = value?.['repo-commit'];
  if (typeof commit === 'string' && /^[\da-f]{40}$/.test(commit)) return commit;
  throw noRun(`${url} names no commit`);
}

async function read(url: string, signal: AbortSignal): Promise<string> {
  const { status, body } = await request(url, signal);
  if (status === 200) return body;
  throw noRun(`${url} answered ${status}`);
}

function request(url: string, signal: AbortSignal): Promise<HttpResponse> {
  const options = {
    ...urlToHttpOptions(new URL(url)),
    headers: { 'user-agent': `snoop/${version}` },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  };
  return sendRequest(options, { maxBytes }).catch((cause: unknown) => {
    throw noRun(`${url} gave no answer`, cause);
  });
}

function parse(url: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw noRun(`${url} is not JSON`, cause);
  }
}

function noRun(why: string, cause?: unknown): SnoopError {
  return new SnoopError('no_ci_run', `No audit logs of a CI run were found: ${why}.`, {
    cause,
    advice: ['See the runs of the job in testgrid, or name the logs of a run: --hits URL'],
  });
}
