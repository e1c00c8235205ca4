import { Option } from 'commander';
import { wrongUse } from './errors.ts';
import { didYouMean, findNearest } from './nearest.ts';

/**
 * Reads a value.
 * @param name its flag or variable, for the error
 * @throws SnoopError `wrong_use`
 */
type Read<T> = (text: string, name: string) => T;

/**
 * A flag, declared once for `--help`, the parser and the tables in the READMEs. `T` is the type of its value, with
 * undefined if the flag can be omitted and has no default.
 */
export class Flag<T> extends Option {
  /** The environment variable that is read if the flag is omitted. */
  variable: string | null = null;
  /** The values of a flag that takes one of a few words, for shell completion. */
  choiceList: readonly string[] = [];
  readonly read: Read<T>;

  constructor(flags: string, help: string, read: Read<T>) {
    super(flags, help);
    this.read = read;
    if (this.required) this.argParser((text: string) => read(text, this.title));
  }

  /** `--database-url`. */
  get title(): string {
    return this.long ?? this.flags;
  }

  /** `--database-url URL`, with its short form. */
  get term(): string {
    return this.flags.replaceAll(/[<>]/g, '');
  }

  isCalled(word: string | undefined): boolean {
    return word !== undefined && (word === this.long || word === this.short);
  }

  /** Sets the environment variable that is read if the flag is omitted. */
  from(variable: string): this {
    this.variable = variable;
    return this;
  }

  /** @param text the default as on a command line; it is parsed the same way */
  defaultsTo(text: string): Flag<NonNullable<T>> {
    this.default(this.read(text, this.title), text);
    return this as unknown as Flag<NonNullable<T>>;
  }

  /** Describes a default that only the program can find out, or the effect of omitting the flag. */
  defaultsToWhat(description: string): this {
    this.defaultValueDescription = description;
    return this;
  }

  /** Makes the flag mandatory. Do not use it in a command with subcommands: they would require the flag, too. */
  needed(): Flag<NonNullable<T>> {
    this.makeOptionMandatory();
    return this as unknown as Flag<NonNullable<T>>;
  }
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of flags, by the flags' names in camel case. */
export type Values<F extends Flags> = { readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never };

/** Lists flags under their own heading in `--help`. */
export function groupFlags<F extends Flags>(heading: string, flags: F): F {
  for (const flag of Object.values(flags)) flag.helpGroup(`${heading}:`);
  return flags;
}

/** A flag with a value. @param flags such as `-c, --command <SQL>` */
export function valueFlag(flags: string, help: string): Flag<string | undefined>;
export function valueFlag<T>(flags: string, help: string, read: Read<T>): Flag<T | undefined>;
export function valueFlag(flags: string, help: string, read: Read<unknown> = (text) => text): Flag<unknown> {
  return new Flag(flags, help, read);
}

/** A flag that may be given several times. */
export function listFlag(flags: string, help: string): Flag<readonly string[] | undefined> {
  const flag = new Flag<readonly string[] | undefined>(flags, `${help}; may be given several times`, (text) => [text]);
  flag.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]);
  return flag;
}

/** A flag without a value. */
export function switchFlag(flags: string, help: string): Flag<boolean> {
  const flag = new Flag<boolean>(flags, help, readSwitch);
  flag.default(false, '');
  return flag;
}

/** A flag whose value is one of a few words, in any case. */
export function choiceFlag<const T extends string>(
  flags: string,
  help: string,
  choices: readonly T[],
): Flag<T | undefined> {
  const list = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
  const flag = new Flag<T | undefined>(flags, help === '' ? list : `${help}: ${list}`, (text, name) => {
    const found = choices.find((choice) => choice === text.toLowerCase());
    if (found !== undefined) return found;
    throw wrongUse(`${name} takes ${list}, not '${text}'.`, didYouMean(findNearest(text, choices, 1)));
  });
  flag.choiceList = choices;
  return flag;
}

/** Reads the variable of a flag without a value. */
function readSwitch(text: string, name: string): boolean {
  const word = text.toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  if (['0', 'false', 'no', 'off'].includes(word)) return false;
  throw wrongUse(`${name} takes true or false, not '${text}'.`);
}
