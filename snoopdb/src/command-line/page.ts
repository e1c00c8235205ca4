import { type Command, Help, type Option } from 'commander';
import { Flag } from './flag.ts';

/** The width of all pages of `--help`. */
export const pageWidth = 80;

/** A part of a page below the flags: a text, or terms with descriptions. */
export interface Section {
  readonly title: string;
  readonly text?: string;
  readonly items?: Readonly<Record<string, string>>;
}

/** The text of `--help` around the flags. It is wrapped, except lines that begin with a blank. */
export interface Page {
  /** What the command does, without a period. */
  readonly title: string;
  /** Command lines; if there are several, each with a description. */
  readonly usage: readonly string[];
  readonly about?: string;
  readonly sections?: readonly Section[];
  /** Environment variables besides those of flags. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Command lines. */
  readonly examples: string;
  /** `0 done · 2 wrong use`. */
  readonly exitCodes: string;
}

/** Sets the page of a command. @param name the full name */
export function setPage(command: Command, name: string, page: Page): void {
  const help = new PageHelp();
  const { title, usage, about, sections = [], environment, examples, exitCodes } = page;
  command
    .usage(usage.join('\n       '))
    .description(about === undefined ? '' : help.wrap(about))
    .addHelpText('before', `${help.wrap(`${name}: ${title}`)}\n`)
    .addHelpText(
      'after',
      [
        '',
        ...sections.map((section) => help.formatSection(section)),
        ...(environment === undefined ? [] : [help.formatSection({ title: 'Environment', items: environment })]),
        `Examples:\n${examples.trim().replaceAll(/^(?=.)/gm, '  ')}\n`,
        help.wrap(`Exit codes: ${exitCodes}`),
      ].join('\n'),
    );
}

/** commander's page with a different format for a flag's default and variable. */
export class PageHelp extends Help {
  override helpWidth = pageWidth;
  override minWidthToWrap = 24;

  override commandUsage(command: Command): string {
    return command.usage();
  }

  override optionTerm(option: Option): string {
    return option instanceof Flag ? option.term : option.flags;
  }

  override optionDescription(option: Option): string {
    if (!(option instanceof Flag)) return option.description;
    const { description, variable } = option;
    const words = describeDefault(option);
    return [description, ...(words === '' ? [] : [`(default: ${words})`]), ...(variable ? [`[${variable}]`] : [])].join(
      ' ',
    );
  }

  /** Hides `help`: the page mentions `--help`. */
  override visibleCommands(command: Command): Command[] {
    return super.visibleCommands(command).filter((subcommand) => subcommand.name() !== 'help');
  }

  override subcommandTerm(command: Command): string {
    return command.name();
  }

  wrap(text: string, width = pageWidth): string {
    const paragraphs = text.trim().split(/\n{2,}/);
    return paragraphs
      .map((paragraph) => (/^\s/m.test(paragraph) ? paragraph : this.boxWrap(paragraph.replaceAll('\n', ' '), width)))
      .join('\n\n');
  }

  formatSection({ title, text, items = {} }: Section): string {
    const entries = Object.entries(items);
    const width = Math.max(0, ...entries.map(([term]) => term.length));
    const lines = entries.map(([term, what]) => this.formatItem(term, width, what, this));
    return [
      `${title}:`,
      ...(text === undefined ? [] : [this.wrap(text, pageWidth - 2).replaceAll(/^(?=.)/gm, '  ')]),
      ...lines,
      '',
    ].join('\n');
  }
}

/** The default of a flag in words; may be empty. */
export function describeDefault({ defaultValueDescription }: Flag<unknown>): string {
  return defaultValueDescription ?? '';
}

/** The flags as a Markdown table for a README. */
export function printFlagTable(flags: readonly Flag<unknown>[]): string {
  const code = (text: string): string => (text === '' ? '' : `\`${text}\``);
  const rows = flags.map((flag) => {
    const cells = [code(flag.term), code(flag.variable ?? ''), describeDefault(flag), flag.description];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| flag | environment | default | |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
