import type { Command as Parser, CommanderError } from 'commander';
import { wrongUse } from './errors.ts';
import type { Flag, Flags } from './flag.ts';
import { didYouMean, findNearest } from './nearest.ts';

/** What messages about wrong use mention of a command. */
interface Explained {
  readonly name: string;
  readonly flags: Flags;
  readonly commands?: readonly { readonly name: string; readonly hidden?: boolean }[];
  readonly examples: string;
}

/** commander accepts even another flag as a flag's value, which is never meant. */
export function refuseSwallowedFlags(
  { name, flags }: { readonly name: string; readonly flags: Flags },
  args: readonly string[],
): void {
  const end = args.indexOf('--');
  args.slice(0, end < 0 ? args.length : end).forEach((value, index) => {
    const flag = Object.values(flags).find((candidate) => candidate.required && candidate.isCalled(args[index - 1]));
    if (flag === undefined || value.length < 2 || !value.startsWith('-')) return;
    throw wrongUse(
      `${name}: ${flag.title} needs a value, but '${value}' follows.`,
      `Write a value that begins with a dash as ${flag.title}=${value}.`,
    );
  });
}

/** Rewrites commander's error. */
export function explainError(definition: Explained, parser: Parser, error: CommanderError): Error {
  const { name, commands = [] } = definition;
  const flags: Flag<unknown>[] = Object.values(definition.flags);
  const page = pageHint(name);
  const example = `For example: ${definition.examples.trim().split(/\n(?!.*\\$)| {2,}#/)[0]}`;
  const quoted = [...error.message.matchAll(/'([^']*)'/g)].map(([, what = '']) => what);
  const what = quoted[0] ?? '';
  const listed = commands.filter(({ hidden }) => hidden !== true).map((one) => one.name);
  const suggest = (wanted: string): string =>
    didYouMean(findNearest(wanted, listed, 1).map((command) => `${name} ${command}`));
  switch (error.code) {
    case 'commander.unknownOption': {
      const flag = flags.find((one) => one.isCalled(what.split('=')[0]));
      if (flag !== undefined) return wrongUse(`${name}: ${flag.title} takes no value.`, page);
      const names = flags.map((one) => one.name());
      const nearest = findNearest(what.replace(/^-+/, '').split('=')[0] ?? '', names, 1);
      return wrongUse(`${name} has no flag ${what}.`, didYouMean(nearest.map((flagName) => `--${flagName}`)), page);
    }
    case 'commander.optionMissingArgument':
      return wrongUse(`${name}: missing value for ${what.replaceAll(/[<>]/g, '')}.`, page);
    case 'commander.missingMandatoryOptionValue':
      return wrongUse(`${name} needs ${what.replaceAll(/[<>]/g, '')}.`, example, page);
    case 'commander.conflictingOption':
      return wrongUse(`${quoted.map(flagName).join(' cannot be used with ')}.`, page);
    case 'commander.missingArgument':
      return wrongUse(`${name} needs <${what}>.`, example, page);
    case 'commander.excessArguments': {
      const word = parser.args[parser.registeredArguments.length] ?? '';
      return wrongUse(`${name} takes no '${word}'.`, suggest(word), page);
    }
    case 'commander.unknownCommand': {
      const word = parser.args[0] ?? '';
      const near = suggest(word);
      return wrongUse(
        `${name} has no command '${word}'.`,
        near === '' ? `Commands: ${listed.join(', ')}.` : near,
        page,
      );
    }
    case 'commander.help':
      return wrongUse(`${name}: missing command.`, `Commands: ${listed.join(', ')}.`, page);
    default:
      return wrongUse(`${name}: ${error.message}`, page);
  }
}

/** `--kind` of `-k, --kind <x>`. */
function flagName(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

export function pageHint(name: string): string {
  return `See '${name} --help'.`;
}
