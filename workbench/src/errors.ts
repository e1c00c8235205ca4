export { type ExitCode, SnoopError, wrongUse } from '@snoop/snoopdb/command-line';

/** Whether PostgreSQL refused a statement because its role lacks a right, as `snoop_workbench` lacks many. */
export function isPermissionDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501';
}
