import { Command as Parser, CommanderError } from 'commander';
import { wrongUse } from './errors.ts';
import type { Flag, Flags, Values } from './flag.ts';
import { type Page, PageHelp, setPage } from './page.ts';
import { explainError, pageHint, refuseSwallowedFlags } from './wrong-command-line.ts';

/** What a command was called with. */
export interface Given<F extends Flags> {
  readonly flags: Values<F>;
  /** The flags on the command line, without those from variables and defaults. */
  readonly named: readonly (keyof F & string)[];
  /** The arguments that are not flags. */
  readonly words: readonly string[];
  /** What follows `--`, for another program. */
  readonly handedOn: readonly string[];
}

/** The declaration of a command. `C` is the context that a program passes to its commands, `R` their result. */
export interface Definition<F extends Flags, C, R> extends Page {
  /** The full name, such as `snoop db check`. */
  readonly name: string;
  readonly flags: F;
  /** Its arguments as commander writes them: `<a> [more...]`. */
  readonly words?: string;
  /** The values of its first argument, for shell completion. */
  readonly firstWord?: readonly string[];
  /** Whether what follows `--` is for another program. */
  readonly handsOn?: boolean;
  readonly version?: string;
  readonly commands?: readonly ListedCommand<C, R>[];
  /** Without it, a subcommand is required. */
  run?(given: Given<F>, context: C): R;
}

/** A command on its parent's page; without `build` it is only listed. */
export interface ListedCommand<C, R = Promise<number>> {
  /** The last word of its name. */
  readonly name: string;
  readonly summary: string;
  /** Its heading on the parent's page. */
  readonly group?: string;
  readonly hidden?: boolean;
  readonly description?: CommandDescription<C, R>;
  build?(call: Call<C, R>): Parser;
}

/** What documentation shows of a command. */
export interface CommandDescription<C, R> {
  /** The full name. */
  readonly name: string;
  readonly page: Page;
  readonly flags: readonly Flag<unknown>[];
  readonly commands: readonly ListedCommand<C, R>[];
}

/** A command that can be called. */
export type Command<C, R = Promise<number>> = Required<
  Pick<ListedCommand<C, R>, 'name' | 'summary' | 'description' | 'build'>
>;

/** The parsing of one command line. */
interface Call<C, R> {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  run: ((context: C) => R) | null;
  /** The requested page; otherwise empty. */
  page: string;
}

export function defineCommand<const F extends Flags, C, R = Promise<number>>(
  definition: Definition<F, C, R>,
): Command<C, R> {
  const { name, title, flags, commands = [] } = definition;
  return {
    name: lastWord(name),
    summary: title,
    description: { name, page: definition, flags: Object.values(flags), commands },
    build: (call) => buildParser(definition, call),
  };
}

/**
 * Parses a command line.
 *
 * @param env the variables of omitted flags; empty variables are ignored
 * @returns a function that runs the command, or the text of the requested page
 * @throws SnoopError `wrong_use`, exit code 2
 */
export function parseCommand<C, R>(
  command: Command<C, R>,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ((context: C) => R) | string {
  const call: Call<C, R> = { args, env, run: null, page: '' };
  try {
    command.build(call).parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
  }
  return call.run ?? call.page;
}

function buildParser<F extends Flags, C, R>(definition: Definition<F, C, R>, call: Call<C, R>): Parser {
  const { name, flags, words, firstWord, handsOn = false, commands = [], version, run } = definition;
  const parser = new Parser(lastWord(name));
  parser.createHelp = () => new PageHelp();
  parser
    .helpOption('-h, --help', 'this page')
    .enablePositionalOptions()
    .allowExcessArguments(false)
    .configureOutput({
      writeOut: (text) => {
        call.page += text;
      },
      writeErr: () => {},
      getOutHasColors: () => false,
    })
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : explainError(definition, parser, error);
    });
  for (const [key, flag] of Object.entries(flags)) {
    if (flag.attributeName() !== key) throw new Error(`The flag ${flag.title} of ${name} is called '${key}'.`);
    parser.addOption(flag);
  }
  if (version !== undefined) parser.version(version, '--version', 'the version');
  if (words !== undefined) parser.arguments(words);
  const [first] = parser.registeredArguments;
  if (first !== undefined && firstWord !== undefined) first.argChoices = [...firstWord];
  if (handsOn) parser.allowExcessArguments();
  setPage(parser, name, definition);
  for (const command of commands) {
    const child = command.build?.(call) ?? new Parser(command.name);
    parser.addCommand(child.summary(command.summary).helpGroup(`${command.group ?? 'Commands'}:`), {
      hidden: command.hidden === true,
    });
  }
  if (run === undefined) return parser;
  return parser.action(() => {
    refuseSwallowedFlags(definition, call.args);
    const at = handsOn ? call.args.indexOf('--') : -1;
    const handedOn = at < 0 ? [] : call.args.slice(at + 1);
    const own = parser.args.slice(0, parser.args.length - handedOn.length);
    if (handsOn && own[0] !== undefined) throw wrongUse(`${name} takes no '${own[0]}'.`, pageHint(name));
    const named = Object.keys(flags).filter((key) => parser.getOptionValueSource(key) === 'cli');
    const given: Given<F> = { flags: readValues(flags, parser, call.env), named, words: own, handedOn };
    call.run = (context) => run.call(definition, given, context);
  });
}

/** A flag beats its variable, which beats the default. */
function readValues<F extends Flags>(flags: F, parser: Parser, env: NodeJS.ProcessEnv): Values<F> {
  const values = Object.entries(flags).map(([key, { variable, read }]) => {
    const text = variable === null || parser.getOptionValueSource(key) === 'cli' ? '' : env[variable];
    return [key, text ? read(text, variable ?? '') : parser.getOptionValue(key)];
  });
  return Object.fromEntries(values) as Values<F>;
}

function lastWord(name: string): string {
  return name.split(' ').at(-1) ?? name;
}
