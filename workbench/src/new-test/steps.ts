import type { Operation } from './api-document.ts';
import type { Role } from './lifecycle.ts';
import {
  writeCreate,
  writeDelete,
  writeDeleteCollection,
  writeList,
  writePatch,
  writeRead,
  writeRunning,
  writeUpdate,
  writeWatch,
} from './lifecycle-steps.ts';
import { writeReadOnly } from './read-only-steps.ts';
import type { StepContext, WrittenStep, WrittenSteps } from './step.ts';
import { writeSubresource } from './subresource-steps.ts';

/** Writes the steps of a kind, in the order of conformance tests. */
export function writeSteps(context: StepContext): WrittenSteps {
  const { endpoints, only } = context;
  const create = writeRole(context, 'create', 'create with a label', writeCreate);
  if (endpoints.roles.create === undefined) return writeReadOnly(context);
  const subresources = endpoints.subresources
    .filter(({ name }) => only === null || name === only)
    // An approval ends what may happen to the status.
    .sort((a, b) => Number(b.name === 'status') - Number(a.name === 'status'))
    .map((subresource) => writeSubresource(context, subresource));
  const last = writeRole(context, 'delete', 'delete', writeDelete);
  const whole = [
    ...writeRole(context, 'get', 'read', writeRead),
    ...writeRole(context, 'list', context.kind.namespaced ? 'list in the namespace' : 'list', writeList),
    ...writeRole(context, 'list all', 'list in all namespaces', writeList),
    ...writeWatch(context),
    ...writeRunning(context),
    ...writeRole(context, 'patch', 'patch an annotation', writePatch),
    ...writeRole(context, 'update', 'update an annotation', writeUpdate),
  ];
  const collection = writeRole(
    context,
    'deletecollection',
    'delete a second one as a collection',
    writeDeleteCollection,
  );
  return {
    steps: [
      ...create.map((step) => ({ ...step, prepares: true })),
      ...(only === null ? whole : []),
      ...subresources.flatMap(({ steps }) => steps),
      ...last,
      ...(only === null ? collection : []),
    ],
    open: subresources.flatMap(({ open }) => open),
  };
}

type Writer = (context: StepContext, operation: Operation) => string[];

function writeRole(context: StepContext, role: Role, title: string, write: Writer): WrittenStep[] {
  const operation = context.endpoints.roles[role];
  return operation === undefined ? [] : [{ title, operations: [operation], lines: write(context, operation) }];
}
