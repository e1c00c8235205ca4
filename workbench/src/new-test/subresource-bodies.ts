import type { ApiDocument, Schema } from './api-document.ts';
import { Expression, isFields } from './draft.ts';
import type { Draft, DraftFields } from './draft.ts';
import { asRecord } from './json.ts';
import { subresourceBodies } from './known-needs.ts';
import type { KnownNeed } from './known-needs.ts';
import { createSmallest } from './schema-body.ts';
import type { ServedKind } from './served-kinds.ts';

/** Creates the condition that a patch of the status sets; null: the status has no conditions. */
export function createCondition(
  document: ApiDocument,
  status: Schema,
  known: DraftFields | undefined,
): DraftFields | null {
  const list = document.resolve(asRecord(status.properties).conditions);
  const schema = document.resolve(list.items);
  const fields = asRecord(schema.properties);
  if (list.type !== 'array' || fields.type === undefined || fields.status === undefined) return null;
  const now = new Expression('new Date().toISOString()', () => new Date().toISOString());
  const wanted: DraftFields = {
    type: 'LiveTest',
    status: 'True',
    reason: 'LiveTest',
    message: 'set by a live test',
    lastTransitionTime: now,
    ...known,
  };
  const smallest = createSmallest(document, schema);
  const taken = Object.entries(wanted).filter(([name]) => fields[name] !== undefined);
  return { ...(isFields(smallest) ? smallest : {}), ...Object.fromEntries(taken) };
}

/** Creates the patch of a status; null: a status without rules and conditions. */
export function createStatus(
  document: ApiDocument,
  status: Schema,
  condition: DraftFields | null,
  need: KnownNeed | undefined,
): Draft | null {
  const smallest = createSmallest(document, status);
  const fields = {
    ...(isFields(smallest) ? smallest : {}),
    ...need?.status,
    ...(condition === null ? {} : { conditions: [condition] }),
  };
  return Object.keys(fields).length === 0 ? null : { status: fields };
}

/** Returns the body of a patch or creation; for POST, the smallest of the subresource's schema; null: unknown. */
export function createSubresourceBody(
  document: ApiDocument,
  subresources: readonly ServedKind[],
  name: string,
): Draft | null {
  if (Object.hasOwn(subresourceBodies, name)) return subresourceBodies[name] ?? null;
  const served = subresources.find(({ subresource }) => subresource === name);
  const schema = served?.verbs.includes('create') ? document.findSchema(served) : null;
  return schema === null ? null : createSmallest(document, schema);
}
