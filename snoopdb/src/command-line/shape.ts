import type { Command as Parser } from 'commander';
import type { Command } from './command.ts';
import { Flag } from './flag.ts';

/** What a shell needs to complete a command. */
export interface CommandShape {
  readonly summary: string;
  readonly words: readonly WordShape[];
  readonly flags: readonly FlagShape[];
  readonly commands: Readonly<Record<string, CommandShape>>;
}

/** An argument that is not a flag. */
export interface WordShape {
  /** As in the usage, such as `file`. */
  readonly name: string;
  readonly repeats: boolean;
  readonly choices: readonly string[];
}

export interface FlagShape {
  /** The long form first. */
  readonly names: readonly string[];
  readonly help: string;
  /** The name of its value, such as `FILE`; null: it has no value. */
  readonly value: string | null;
  readonly choices: readonly string[];
}

/** Describes a command and its subcommands. */
export function describeShape<C, R>(command: Command<C, R>): CommandShape {
  return describeParser(command.build({ args: [], env: {}, run: null, page: '' }), command.summary);
}

function describeParser(parser: Parser, summary: string): CommandShape {
  return {
    summary,
    words: parser.registeredArguments.map((word) => ({
      name: word.name(),
      repeats: word.variadic,
      choices: word.argChoices ?? [],
    })),
    flags: parser.options
      .filter((option) => !option.hidden)
      .map((option) => ({
        names: [option.long, option.short].flatMap((name) => name ?? []),
        help: option.description,
        value: /<([^>]+)>/.exec(option.flags)?.[1] ?? null,
        choices: option instanceof Flag ? option.choiceList : [],
      })),
    commands: Object.fromEntries(
      parser.commands.map((child) => [child.name(), describeParser(child, child.summary())]),
    ),
  };
}
