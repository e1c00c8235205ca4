import { isSuccess } from './actions.ts';
import { type CallWriter, expectNoError } from './call-writer.ts';
import { writeClientCall } from './client-calls.ts';
import { describe, nameObjects, explainTodo, warn } from './messages.ts';
import type { Call } from './read-calls.ts';
import { indent, lines, type Statement } from './statements.ts';
import { writeCall } from './write-call.ts';

/**
 * @param meanwhile writes what was done while the watch was open
 */
export function writeWatch(call: Call, meanwhile: () => Statement[], writer: CallWriter): Statement[] {
  const { scope, imports } = writer;
  const todo = explainTodo(call);
  if (todo !== null) return [lines(...todo), ...meanwhile()];
  const written = writeClientCall(call, writer);
  if (written.client === null || !isSuccess(call)) return [...writeCall(call, writer), ...meanwhile()];
  const [watcher, watchContext, cancel] = ['watcher', 'watchCtx', 'cancel'].map((name) => scope.allocate(name)) as [
    string,
    string,
    string,
  ];
  const [watch, watchtools] = [
    imports.use('k8s.io/apimachinery/pkg/watch'),
    imports.use('k8s.io/client-go/tools/watch'),
  ];
  const [meta, time] = [imports.use('k8s.io/apimachinery/pkg/api/meta'), imports.use('time')];
  const start: Statement = (flow) => {
    flow.isDeclared = true;
    return [`${watcher}, err := ${written.code}`, expectNoError(describe(call), imports)];
  };
  const inside = meanwhile();
  const name = findWatchedName(call, writer);
  const wait: Statement = () => [
    `${watchContext}, ${cancel} := ${watchtools}.ContextWithOptionalTimeout(ctx, ${time}.Minute)`,
    `defer ${cancel}()`,
    ...(name === null ? ['// TODO: return whether it is the event that the live test waited for.'] : []),
    `_, err = ${watchtools}.UntilWithoutRetry(${watchContext}, ${watcher}, func(event ${watch}.Event) (bool, error) {`,
    ...indent([
      `object, err := ${meta}.Accessor(event.Object)`,
      ...['if err != nil {', '\treturn false, err', '}'],
      `return object.GetName() ${name === null ? '!= ""' : `== ${name}`}, nil`,
    ]),
    '})',
    expectNoError(`failed to see the event of ${nameObjects(call)}`, imports),
  ];
  return [lines(...warn(call, writer)), start, ...inside, wait];
}

/** The name that a watch waits for: of the last object that the test created there. */
function findWatchedName({ place, query }: Call, { values }: CallWriter): string | null {
  const selected = /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1];
  if (selected !== undefined) return values.name(selected);
  return place.type === 'other' ? null : values.lastCreated(place.resource);
}
