import { randomBytes } from 'node:crypto';
import { formatWorkflowCommand } from './workflow-command.ts';

/** The runner shows so many annotations of one kind for a step. */
const maxAnnotations = 10;

/** A message that GitHub shows beside a job, and beside a file's line if it is in the repository. */
export interface Annotation {
  readonly title: string;
  /** From the root of the repository; null: not in it. */
  readonly file?: string | null;
  readonly line?: number | null;
  readonly message: string;
}

/**
 * Formats the log of a GitHub Actions step: a text, then annotations. The runner would obey commands in untrusted text,
 * also in the middle of a line, so it stops reading them meanwhile, until a token that nothing in the text can know.
 */
export function formatGithubLog(
  text: string,
  annotations: Readonly<Partial<Record<'error' | 'warning' | 'notice', readonly Annotation[]>>>,
): string {
  const token = randomBytes(16).toString('hex');
  return [
    formatWorkflowCommand('stop-commands', {}, token),
    text,
    formatWorkflowCommand(token, {}, ''),
    ...Object.entries(annotations).flatMap(([command, found]) =>
      limit(found).map(({ title, file = null, line = null, message }) =>
        formatWorkflowCommand(command, { title, file, line: file === null ? null : line }, message),
      ),
    ),
  ].join('');
}

function limit(annotations: readonly Annotation[]): readonly Annotation[] {
  if (annotations.length <= maxAnnotations) return annotations;
  const shown = annotations.slice(0, maxAnnotations - 1);
  const message = `and ${annotations.length - shown.length} more: see the log or the summary of this job`;
  return [...shown, { title: 'snoop', message }];
}
