import { escapeControlCharacters } from './control-characters.ts';

/**
 * Formats a command for GitHub's runner, which reads it from a line of a step's output. Properties without a value are
 * left out. Escaped as in @actions/core.
 */
export function formatWorkflowCommand(
  command: string,
  properties: Readonly<Record<string, string | number | null>>,
  message: string,
): string {
  const written = Object.entries(properties).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${escapeProperty(String(value))}`],
  );
  return `::${command}${written.length === 0 ? '' : ` ${written.join(',')}`}::${escapeMessage(message)}\n`;
}

function escapeMessage(text: string): string {
  return text.split('\n').map(escapeControlCharacters).join('\n').replaceAll('%', '%25').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
