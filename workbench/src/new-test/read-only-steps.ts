import { checkName, send, sendOnly } from './step.ts';
import type { StepContext, WrittenStep, WrittenSteps } from './step.ts';

/** Writes the steps of a kind whose objects no client creates. */
export function writeReadOnly({ kind, endpoints: { roles, subresources }, call }: StepContext): WrittenSteps {
  const open = subresources.flatMap(({ operations }) =>
    operations.map(({ endpoint }) => ({ endpoint, reason: 'the object is not of this test' })),
  );
  const { list, get } = roles;
  const all = roles['list all'];
  const steps: WrittenStep[] = [];
  const source = all ?? list;
  if (source !== undefined) {
    const usesNamespace = kind.namespaced && all !== undefined && (get !== undefined || list !== undefined);
    const lines = [
      ...send(call(source), 'list'),
      '    const [item] = list.items;',
      "    name = item?.metadata?.name ?? '';",
      ...(usesNamespace ? ["    namespace = item?.metadata?.namespace ?? '';"] : []),
      "    expect(name).not.toBe('');",
    ];
    const title = kind.namespaced && all !== undefined ? 'list in all namespaces' : 'list';
    steps.push({ title, operations: [source], lines, prepares: true });
  }
  if (list !== undefined && all !== undefined) {
    steps.push({ title: 'list in the namespace', operations: [list], lines: sendOnly(call(list)) });
  }
  if (get !== undefined && source !== undefined) {
    const read = call(get);
    steps.push({
      title: 'read the first',
      operations: [get],
      lines: [...send(read, 'read'), ...checkName(read, 'read')],
    });
  }
  if (get !== undefined && source === undefined) {
    open.push({ endpoint: get.endpoint, reason: 'no list names its objects' });
  }
  return { steps, open };
}
