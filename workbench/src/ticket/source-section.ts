import type { DocumentFile, RunDocument } from '@snoop/snoopdb';
import { fence, formatCode, formatName } from './blocks.ts';

export interface SourceLimits {
  /** Characters of what a test printed. */
  readonly maxOutput: number;
  /** Where a text is that is left out here. */
  readonly elsewhere: string;
  readonly showsSources: boolean;
  readonly showsImports: boolean;
}

/** The source of the tests as it ran, and what they printed. */
export function writeSource(runs: readonly RunDocument[], limits: SourceLimits): string {
  const files = runs.flatMap(listFiles);
  const unique = [...new Map(files.map((file) => [JSON.stringify([file.file, file.content]), file])).values()];
  return [
    '## Test the functionality in TypeScript',
    ...unique.map((file) => formatFile(file, limits)),
    ...runs.flatMap((run) => formatOutputs(run, limits)),
  ].join('\n\n');
}

function formatOutputs({ tests }: RunDocument, { maxOutput, elsewhere }: SourceLimits): string[] {
  return tests.flatMap(({ name, output = '' }) => {
    if (output.trim() === '') return [];
    const intro = tests.length === 1 ? 'It printed:' : `"${formatName(name)}" printed:`;
    if (output.length <= maxOutput) return [`${intro}\n\n${fence(output)}`];
    return [`${intro}\n\n${fence(output.slice(0, maxOutput))}\n\nThe rest is in ${elsewhere}.`];
  });
}

interface SourceFile extends DocumentFile {
  readonly isTest: boolean;
}

/** Test files first, then what they import. */
function listFiles({ tests, files, run }: RunDocument): SourceFile[] {
  const names = new Set(tests.map(({ file }) => file));
  const marked = files.map((file) => ({ ...file, isTest: names.has(file.file) }));
  if (marked.length === 0 && run.command !== null)
    return [{ file: '', content: run.command, omitted: null, isTest: true }];
  return [...marked.filter(({ isTest }) => isTest), ...marked.filter(({ isTest }) => !isTest)];
}

function formatFile({ file, content, omitted, isTest }: SourceFile, limits: SourceLimits): string {
  if (file === '') return `The requests were sent by this command:\n\n${fence(content ?? '', 'sh')}`;
  const name = `${formatCode(file)}${isTest ? '' : ', which it imports'}`;
  if (content === null) return `${name} is not stored: ${formatCode(omitted ?? 'unknown')}`;
  const isShown = isTest ? limits.showsSources : limits.showsImports;
  if (!isShown) return `${name} is in ${limits.elsewhere}.`;
  return `${name}:\n\n${fence(content, 'typescript')}`;
}
