import type { DocumentFile, RunDocument } from '@snoop/snoopdb';
import { fence, formatCode, formatName } from './blocks.ts';

export interface SourceLimits {
  /** Characters of what a test printed. */
  readonly maxOutput: number;
  readonly showsSources: boolean;
  readonly showsImports: boolean;
  /** Names the file that holds what is left out. */
  readonly elsewhere: string;
}

/** The source of the tests as it ran, and what they printed. */
export function writeSource(runs: readonly RunDocument[], limits: SourceLimits): string {
  const commands = new Set(runs.flatMap((run) => (run.files.length === 0 ? (run.run.command ?? []) : [])));
  const files = new Map(runs.flatMap(listFiles).map((file) => [JSON.stringify([file.file, file.content]), file]));
  return [
    files.size > 0 ? '## Test the functionality in TypeScript' : '## Test the functionality',
    ...[...commands].map(formatCommand),
    ...[...files.values()].map((file) => formatFile(file, limits)),
    ...runs.flatMap((run) => formatOutputs(run, limits)),
  ].join('\n\n');
}

/** A run of `snoop exec` keeps the program's name without its arguments. */
function formatCommand(command: string): string {
  return `The requests are those of a program, recorded by \`snoop exec\` without its arguments:\n\n${fence(command, 'sh')}`;
}

interface SourceFile extends DocumentFile {
  readonly isTest: boolean;
}

/** Test files first, then what they import. */
function listFiles({ tests, files }: RunDocument): SourceFile[] {
  const names = new Set(tests.map(({ file }) => file));
  const marked = files.map((file) => ({ ...file, isTest: names.has(file.file) }));
  return [...marked.filter(({ isTest }) => isTest), ...marked.filter(({ isTest }) => !isTest)];
}

function formatFile({ file, content, omitted, isTest }: SourceFile, limits: SourceLimits): string {
  const name = `${formatCode(file)}${isTest ? '' : ', which is imported'}`;
  if (content === null) return `${name} is not stored: ${formatName(omitted ?? 'the reason is unknown')}.`;
  const isShown = isTest ? limits.showsSources : limits.showsImports;
  return isShown ? `${name}:\n\n${fence(content, 'typescript')}` : `${name} is in ${limits.elsewhere}.`;
}

function formatOutputs({ tests }: RunDocument, { maxOutput, elsewhere }: SourceLimits): string[] {
  return tests.flatMap(({ name, output = '' }) => {
    if (output.trim() === '') return [];
    const intro = tests.length === 1 ? 'It printed:' : `"${formatName(name)}" printed:`;
    if (output.length <= maxOutput) return [`${intro}\n\n${fence(output)}`];
    return [`${intro}\n\n${fence(output.slice(0, maxOutput))}\n\nThe rest is in ${elsewhere}.`];
  });
}
