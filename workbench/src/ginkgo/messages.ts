import { listDroppedParameters } from './call-options.ts';
import type { CallWriter } from './call-writer.ts';
import { isSelected } from './expectations.ts';
import { commentGo } from './go-text.ts';
import { redacted } from './literals.ts';
import type { Call } from './read-calls.ts';

/** A message for a failed request. */
export function describe(call: Call): string {
  const verbs: Readonly<Record<string, string>> = { deletecollection: 'delete a collection of', other: 'request' };
  return `failed to ${verbs[call.verb] ?? call.verb} ${nameObjects(call)}`;
}

export function nameObjects({ place, request }: Call): string {
  if (place.type === 'other') return commentGo(request.path);
  const sub = place.subresource === null ? '' : `/${place.subresource}`;
  return commentGo(`${place.resource}${sub}`);
}

/** Comments in the place of a call that cannot be written. */
export function explainTodo({ request, missing, verb }: Call): string[] | null {
  const { method, path, status, error } = request;
  const title = `${method} ${commentGo(path)}`;
  if (status === 101)
    return [`// TODO: ${title} opened a stream, such as exec or port-forward; see test/e2e/framework/pod.`];
  if (status === null) return [`// TODO: ${title} got no answer${error === null ? '' : ` (${commentGo(error)})`}.`];
  if (missing === null || verb === 'delete' || verb === 'deletecollection') return null;
  return [`// TODO: ${title}, answered ${status}: its body is unknown (${commentGo(missing)}).`];
}

/** What a reviewer would send back. */
export function warn(call: Call, writer: CallWriter): string[] {
  const { place, verb } = call;
  const warnings: string[] = [];
  if (place.type === 'resource' && ['list', 'watch', 'deletecollection'].includes(verb) && !isSelected(call, writer)) {
    warnings.push('// TODO: select what this test created, with a label that is unique to the test.');
  }
  const dropped = listDroppedParameters(call, writer);
  if (dropped.length > 0) warnings.push(`// TODO: client-go has no option for the parameters ${dropped.join(', ')}.`);
  if (hasRedacted(call.body)) warnings.push('// TODO: secrets are not stored with a run; these are placeholders.');
  return warnings;
}

function hasRedacted(value: unknown): boolean {
  if (typeof value === 'string') return redacted.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasRedacted);
}
