import type { LiveEvent } from '../../../src/ui/live/messages.ts';
import type { Column } from '../parts/columns.ts';

/** The columns of downloads. */
export const eventColumns: readonly Column<LiveEvent>[] = [
  { name: 'time', title: 'Time (UTC)', value: ({ time }) => time },
  { name: 'code', title: 'Code', value: ({ code }) => code },
  { name: 'verb', title: 'Verb', value: ({ verb }) => verb },
  { name: 'endpoint', title: 'Endpoint', value: ({ endpoint }) => endpoint },
  { name: 'reason', title: 'Why it has none', value: ({ reason }) => reason },
  { name: 'path', title: 'Path', value: ({ path }) => path },
  { name: 'test', title: 'Test', value: ({ test }) => test },
  { name: 'agent', title: 'User agent', value: ({ agent }) => agent },
  { name: 'user', title: 'User', value: ({ user }) => user },
  { name: 'source', title: 'Source', value: ({ source }) => source },
  { name: 'stage', title: 'Stage', value: ({ stage }) => stage },
  { name: 'isHit', title: 'Hit', value: ({ isHit }) => isHit },
  { name: 'isDryRun', title: 'Dry run', value: ({ isDryRun }) => isDryRun },
  { name: 'untestedUntilNow', title: 'Untested until now', value: ({ untested }) => untested },
  { name: 'auditId', title: 'Audit ID', value: ({ auditId }) => auditId },
];
