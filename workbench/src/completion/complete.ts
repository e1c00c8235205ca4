import type { CommandShape, FlagShape } from '@snoop/snoopdb/command-line';
import type { CompletionData } from './completion-data.ts';

/** What may follow on a command line: values, or names that the shell completes itself. */
export type Completion =
  | { readonly kind: 'values'; readonly values: readonly Candidate[] }
  | { readonly kind: 'files' | 'folders' };

export interface Candidate {
  readonly value: string;
  /** May be empty. */
  readonly description: string;
}

/** The values that only this machine knows. */
export interface LocalValues {
  /** @param state the flag `--state`; null: omitted */
  listRuns(state: string | null): readonly string[];
}

const flagWithValue = /^(--[\w-]+)=(.*)$/s;

/**
 * Completes the last word of a command line.
 *
 * @param words what follows `snoop`; the last word is incomplete and may be empty
 */
export function complete(data: CompletionData, local: LocalValues, words: readonly string[]): Completion {
  const place = readWords(data.root, words.slice(0, -1));
  const word = words.at(-1) ?? '';
  if (place === null) return { kind: 'files' };
  const { command, open, given, position, state } = place;
  const find = (name: string): Completion => findValues(name, data, () => local.listRuns(state));
  if (open !== null) return filter(completeValue(open, find), word);
  const [, name = '', start] = flagWithValue.exec(word) ?? [];
  if (start !== undefined) {
    const flag = command.flags.find(({ names }) => names.includes(name));
    const found = flag === undefined ? none : filter(completeValue(flag, find), start);
    return found.kind === 'values'
      ? values(found.values.map((candidate) => ({ ...candidate, value: `${name}=${candidate.value}` })))
      : found;
  }
  if (word.startsWith('-')) return filter(values(listFlags(command, given)), word);
  const subcommands = position > 0 ? [] : Object.entries(command.commands);
  const candidates = subcommands.map(([value, { summary }]) => ({ value, description: summary }));
  const last = command.words.at(-1);
  const argument = command.words[position] ?? (last?.repeats === true ? last : undefined);
  if (argument === undefined) return filter(values(candidates), word);
  const found = argument.choices.length > 0 ? plain(argument.choices) : find(argument.name);
  if (found.kind !== 'values') return candidates.length === 0 ? found : filter(values(candidates), word);
  return filter(values([...candidates, ...found.values]), word);
}

interface Place {
  readonly command: CommandShape;
  /** The flag whose value follows. */
  readonly open: FlagShape | null;
  /** The names of given flags. */
  readonly given: readonly string[];
  /** How many arguments the command has. */
  readonly position: number;
  readonly state: string | null;
}

/** Follows complete words; null after `--`, where another program's words begin. */
function readWords(root: CommandShape, words: readonly string[]): Place | null {
  let place: Place = { command: root, open: null, given: [], position: 0, state: null };
  for (const word of words) {
    const { command, open, given, position } = place;
    const subcommand = Object.hasOwn(command.commands, word) && position === 0 ? command.commands[word] : undefined;
    if (open !== null) place = { ...place, open: null, ...(open.names.includes('--state') && { state: word }) };
    else if (word === '--') return null;
    else if (word.startsWith('-') && word !== '-') {
      const [, name = word, value] = flagWithValue.exec(word) ?? [];
      const flag = command.flags.find(({ names }) => names.includes(name));
      const isOpen = flag?.value != null && value === undefined;
      place = { ...place, open: isOpen ? flag : null, given: [...given, ...(flag?.names ?? [])] };
      if (name === '--state' && value !== undefined) place = { ...place, state: value };
    } else if (subcommand !== undefined) place = { ...place, command: subcommand, given: [] };
    else place = { ...place, position: position + 1 };
  }
  return place;
}

const helpFlag: FlagShape = { names: ['--help', '-h'], help: 'the page of this command', value: null, choices: [] };

function listFlags({ flags }: CommandShape, given: readonly string[]): Candidate[] {
  return [...flags, helpFlag]
    .filter(({ names, help }) => !names.some((name) => given.includes(name)) || help.includes('several times'))
    .map(({ names: [value = ''], help }) => ({ value, description: help }));
}

function completeValue(flag: FlagShape, find: (name: string) => Completion): Completion {
  if (flag.choices.length > 0) return plain(flag.choices);
  const byFlag = find(flag.names[0]?.slice(2) ?? '');
  return byFlag === none ? find(flag.value?.toLowerCase() ?? '') : byFlag;
}

/** @param name of a flag, its value or an argument, in lower case except for arguments */
function findValues(name: string, data: CompletionData, listRuns: () => readonly string[]): Completion {
  switch (name) {
    case 'file':
      return { kind: 'files' };
    case 'folder':
    case 'dir':
      return { kind: 'folders' };
    case 'kind':
      return plain(data.kinds);
    case 'endpoint':
    case 'kind|endpoint':
      return plain([...data.kinds, ...data.endpoints]);
    case 'release':
    case 'A':
    case 'B':
      return plain(data.releases);
    case 'run':
    case 'before':
    case 'after':
      return plain(['last', ...listRuns()]);
    default:
      return none;
  }
}

const none: Completion = { kind: 'values', values: [] };

function plain(names: readonly string[]): Completion {
  return values(names.map((value) => ({ value, description: '' })));
}

function values(candidates: readonly Candidate[]): Completion {
  return { kind: 'values', values: candidates };
}

/** Values that begin with `start`, in any case if none has its case. */
function filter(completion: Completion, start: string): Completion {
  if (completion.kind !== 'values') return completion;
  const exact = completion.values.filter(({ value }) => value.startsWith(start));
  if (exact.length > 0) return values(exact);
  return values(completion.values.filter(({ value }) => value.toLowerCase().startsWith(start.toLowerCase())));
}
