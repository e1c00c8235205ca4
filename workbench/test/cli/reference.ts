import type { CommandDescription, Flag } from '@snoop/snoopdb/command-line';
import { escapeMarkdown, formatMarkdownTable } from '../../src/output/markdown.ts';

type Description = CommandDescription<never, unknown>;

/** A command in the overview of `snoop --help`. */
export interface ReferencedCommand {
  readonly group: string;
  readonly summary: string;
  readonly description: Description;
}

const introduction = `# Reference of snoop

Every command with its flags, environment variables and exit codes, as \`snoop <command> --help\`
shows them with examples. Every command has the flag \`--help\`. A flag beats its variable, which
beats the default. The flags of the auditlogger are in [its README](../auditlogger/README.md).
`;

/** Writes docs/reference.md. @param root what `snoop --help` shows itself */
export function formatReference(root: Description, commands: readonly ReferencedCommand[]): string {
  const overview = commands.map(({ group, summary, description: { name } }) => [
    group,
    `[${name}](#${name.replaceAll(' ', '-')})`,
    escapeMarkdown(summary),
  ]);
  const sections = commands.flatMap(({ description }) => listSections(description));
  return [
    introduction,
    ...formatTable(['', 'command', ''], overview),
    '',
    ...formatEnvironment(root),
    ...formatExitCodes(root),
    ...sections,
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

/** A section for a command and each of its subcommands. */
function listSections(description: Description): string[] {
  const { name, page, flags, commands } = description;
  const children = commands.flatMap((child) => (child.hidden || !child.description ? [] : [child.description]));
  return [
    `## ${name}`,
    '',
    `${escapeMarkdown(`${page.title.slice(0, 1).toUpperCase()}${page.title.slice(1)}`)}.`,
    '',
    page.usage.map(code).join(' \\\n'),
    '',
    ...formatFlags(flags),
    ...formatEnvironment(description),
    ...formatExitCodes(description),
    ...children.flatMap(listSections),
  ];
}

function formatFlags(flags: readonly Flag<unknown>[]): string[] {
  if (flags.length === 0) return [];
  const rows = flags
    .filter(({ hidden }) => !hidden)
    .map(({ term, variable, defaultValueDescription = '', description }) => [
      code(term),
      variable === null ? '' : code(variable),
      escapeMarkdown(defaultValueDescription),
      escapeMarkdown(description),
    ]);
  return [...formatTable(['flag', 'environment', 'default', ''], rows), ''];
}

function formatEnvironment({ page: { environment = {} } }: Description): string[] {
  const rows = Object.entries(environment).map(([names, what]) => [
    names.split(', ').map(code).join(', '),
    escapeMarkdown(what),
  ]);
  return rows.length === 0 ? [] : [...formatTable(['environment', ''], rows), ''];
}

function formatExitCodes({ page: { exitCodes } }: Description): string[] {
  const rows = exitCodes.split(' · ').map((part) => {
    const [, codes = '', what = part] = /^(\d+(?: \+ n)?(?:, \d+)*) (.*)$/.exec(part) ?? [];
    return [codes, escapeMarkdown(what)];
  });
  return [...formatTable(['exit code', ''], rows), ''];
}

/** Cells are Markdown. */
function formatTable(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const [, rule = ''] = formatMarkdownTable(columns, []);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), rule, ...rows.map(line)];
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}
