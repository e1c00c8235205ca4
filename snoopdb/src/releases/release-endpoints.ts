import type { PoolClient } from 'pg';
import type { Queryable } from '../postgres/database.ts';
import { type ResolveCounts, resolveLoadedEvents } from '../resolve-again/loaded-events.ts';
import { isGeneratedName, type Operation } from '../resolver/openapi-document.ts';

/** A mark that changes when the endpoints of a release resolve requests differently; empty if it has none. */
export async function readEndpointMark(client: Queryable, release: string): Promise<string> {
  const found = await client.query<{ mark: string | null }>(
    `select md5(string_agg(concat_ws(' ', endpoint, method, path, deprecated), E'\\n' order by endpoint collate "C")) as mark
       from public.open_api where release = $1`,
    [release],
  );
  return found.rows[0]?.mark ?? '';
}

/**
 * Replaces the endpoints of a release. Published levels and the published URL of the document win. If the endpoints
 * have changed, the loaded events of the release are resolved again.
 * @param spec URL or name of the document
 */
export async function replaceEndpoints(
  client: PoolClient,
  release: string,
  spec: string | null,
  operations: readonly Operation[],
): Promise<ResolveCounts> {
  const before = await readEndpointMark(client, release);
  await client.query('delete from public.open_api where release = $1', [release]);
  await client.query(
    `insert into public.open_api (release, release_date, endpoint, level, category, path, k8s_group, k8s_version,
       k8s_kind, k8s_action, deprecated, description, spec, method)
     select $1, (select release_date from public.release_data where release = $1), given.endpoint,
            coalesce(published.level, given.level), category, path, "group", version, kind, action, deprecated, description,
            coalesce((select published_spec from public.release_data where release = $1), $2), method
       from jsonb_to_recordset($3::jsonb) as given (endpoint text, method text, path text, level text, category text,
            "group" text, version text, kind text, action text, deprecated boolean, description text)
       left join public.published_level as published on published.release = $1 and published.endpoint = given.endpoint`,
    [release, spec, JSON.stringify(operations)],
  );
  const isOther = before !== '' && before !== (await readEndpointMark(client, release));
  return isOther ? resolveLoadedEvents(client, release) : { checked: 0, changed: 0 };
}

/** The notes of a summary. */
export function listResolvedAgain({ checked, changed }: ResolveCounts): [number, string][] {
  return [
    [checked, 'events resolved again'],
    [changed, 'of them with another result'],
  ];
}

/** Replaces the published levels of a release, and applies them. */
export async function replacePublishedLevels(
  client: PoolClient,
  release: string,
  levels: readonly { endpoint: string; level: string }[],
): Promise<void> {
  await client.query('delete from public.published_level where release = $1', [release]);
  await client.query(
    `insert into public.published_level (release, endpoint, level)
     select $1, endpoint, level from unnest($2::text[], $3::text[]) as given (endpoint, level)`,
    [release, levels.map((one) => one.endpoint), levels.map((one) => one.level)],
  );
  await client.query(
    `update public.open_api as api set level = published.level
       from public.published_level as published
      where api.release = $1 and published.release = $1 and published.endpoint = api.endpoint
        and api.level <> published.level`,
    [release],
  );
}

/**
 * Describes how the endpoints of two documents of one release differ; null if they do not.
 * @param ours of the OpenAPI document, without deprecated ones
 * @param sharedNames operationIds that several operations of the document claim and none has as its name
 */
export function describeDifference(
  ours: Iterable<string>,
  published: Iterable<string>,
  sharedNames: readonly string[] = [],
): string | null {
  // Coverage files lack operations without an operationId.
  const [left, right] = [new Set([...ours].filter((endpoint) => !isGeneratedName(endpoint))), new Set(published)];
  const missing = [...left].filter((endpoint) => !right.has(endpoint));
  const unknown = [...right].filter((endpoint) => !left.has(endpoint) && !sharedNames.includes(endpoint));
  const parts = [
    ...(missing.length > 0 ? [`${missing.length} only in the OpenAPI document (${listFirst(missing)})`] : []),
    ...(unknown.length > 0 ? [`${unknown.length} only in the coverage (${listFirst(unknown)})`] : []),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}

function listFirst(names: readonly string[]): string {
  const shown = [...names]
    .sort()
    .slice(0, 5)
    .map((name) => (name.length > 120 ? `${name.slice(0, 120)}…` : name));
  return `${shown.join(', ')}${names.length > shown.length ? ' …' : ''}`;
}
