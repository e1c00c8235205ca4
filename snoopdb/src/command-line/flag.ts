import { Option } from 'commander';
import { wrongUse } from './errors.ts';
import { didYouMean, findNearest } from './nearest.ts';

/**
 * Reads what was given.
 * @param name the flag or the variable that it came by, for the error
 * @throws SnoopError `wrong_use`
 */
type Read<T> = (text: string, name: string) => T;

/**
 * A flag, declared once: `--help`, the parser and the tables in the READMEs read this. `T` is the type of its value,
 * with undefined where the flag may be left out and has no default.
 */
export class Flag<T> extends Option {
  /** The environment variable that holds where the flag is left out. */
  variable: string | null = null;
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

  /** Names the environment variable of the same meaning. */
  from(variable: string): this {
    this.variable = variable;
    return this;
  }

  /** @param text the value as a person would write it; it is read like one that was given */
  defaultsTo(text: string): Flag<NonNullable<T>> {
    this.default(this.read(text, this.title), text);
    return this as unknown as Flag<NonNullable<T>>;
  }

  /** What holds without the flag, in words: nothing, or something that only the program can find out. */
  defaultsToWhat(description: string): this {
    this.defaultValueDescription = description;
    return this;
  }

  /** It has to be given; not for a command with sub-commands, which would want it as well. */
  needed(): Flag<NonNullable<T>> {
    this.makeOptionMandatory();
    return this as unknown as Flag<NonNullable<T>>;
  }
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of flags, by the names that their record gives them: those of the flags themselves, in camel case. */
export type Values<F extends Flags> = { readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never };

/** Puts flags below a heading of their own in `--help`. */
export function groupFlags<F extends Flags>(heading: string, flags: F): F {
  for (const flag of Object.values(flags)) flag.helpGroup(`${heading}:`);
  return flags;
}

/** A flag whose value is taken as it is, or read. @param flags such as `-c, --command <SQL>` */
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

/** A flag that takes one of a few words, in any case. */
export function choiceFlag<const T extends string>(
  flags: string,
  help: string,
  choices: readonly T[],
): Flag<T | undefined> {
  const list = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
  return new Flag<T | undefined>(flags, help === '' ? list : `${help}: ${list}`, (text, name) => {
    const found = choices.find((choice) => choice === text.toLowerCase());
    if (found !== undefined) return found;
    throw wrongUse(`${name} takes ${list}, not '${text}'.`, didYouMean(findNearest(text, choices, 1)));
  });
}

/** What a variable says for a flag that has no value. */
function readSwitch(text: string, name: string): boolean {
  const word = text.toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  if (['0', 'false', 'no', 'off'].includes(word)) return false;
  throw wrongUse(`${name} takes true or false, not '${text}'.`);
}
