import { SnoopDbError } from '../errors.ts';
import { toStorableText } from '../storable-text.ts';
import { createInput, createReadError, type LoadInput } from './load-input.ts';
import { type TarEntry, TarReader } from './tar-reader.ts';

/** The files of a tar archive, read once from its beginning. Nothing is written to disk. */
export interface Archive {
  /** The wanted files, in their order in the archive. What is not read of one is skipped. */
  readonly files: AsyncGenerator<LoadInput, void, undefined>;
  /** Other regular files so far. */
  readonly others: number;
  /** Whether the archive is truncated; known when its last file was read. */
  readonly isCut: boolean;
}

export interface ArchiveOptions {
  /** @param path in the archive, with slashes */
  isWanted(path: string): boolean;
  signal?: AbortSignal;
  /** Called for each piece of the archive. */
  onRead?: () => void;
}

/** Of a name in the archive; a header may have megabytes. */
const maxNameLength = 500;

/**
 * Opens a tar archive: ustar, pax or GNU. Links, devices and directories have no content and are skipped, so paths only
 * name inputs.
 *
 * The generator of its files throws SnoopDbError `unreadable_input` if the archive is damaged, has more than
 * 64 GiB or a million members, or a wanted file is stored as a sparse file.
 *
 * @param input whose {@link LoadInput.peek} returns `archive`
 */
export function openArchive(input: Pick<LoadInput, 'name' | 'open'>, options: ArchiveOptions): Archive {
  const { signal, isWanted, onRead = () => {} } = options;
  const state = { others: 0, isCut: false };

  async function* readFiles(): AsyncGenerator<LoadInput, void, undefined> {
    const noteCut = (): void => {
      state.isCut = true;
    };
    const tar = new TarReader(input.open(signal, noteCut), onRead);
    try {
      for (let entry = await tar.next(); entry !== null; entry = await tar.next()) {
        if (!entry.isFile) continue;
        if (isWanted(entry.sparsePath ?? entry.path)) yield createMember(input.name, entry);
        else state.others += 1;
      }
      if (tar.isCut) noteCut();
    } catch (error) {
      signal?.throwIfAborted();
      throw createArchiveError(input.name, error);
    } finally {
      tar.close();
    }
  }

  return {
    files: readFiles(),
    get others() {
      return state.others;
    },
    get isCut() {
      return state.isCut;
    },
  };
}

/** Files before the error may have been loaded. */
function createArchiveError(name: string, cause: unknown): SnoopDbError {
  const { message } = createReadError(name, cause);
  return new SnoopDbError('unreadable_input', message.replace(/ Nothing was loaded\.$/, ''), { cause });
}

function createMember(archive: string, entry: TarEntry): LoadInput {
  const name = `${archive}/${shorten(toStorableText(entry.sparsePath ?? entry.path))}`;
  if (entry.sparsePath !== null) {
    throw new SnoopDbError(
      'unreadable_input',
      `${name} is stored as a sparse file, which this program cannot read. Make the archive without tar's option -S.`,
    );
  }
  const member = createInput(name, {}, entry.bytes, false, () => ({ stream: entry.read() }));
  return {
    ...member,
    async *open(signal, onCut) {
      yield* member.open(signal, onCut);
      if (!entry.isCut()) return;
      if (onCut === undefined) {
        throw new SnoopDbError(
          'unreadable_input',
          `${name} cannot be read: ${archive} is cut off. Nothing was loaded.`,
        );
      }
      onCut();
    },
  };
}

function shorten(path: string): string {
  return path.length <= maxNameLength ? path : `${path.slice(0, 200)}…${path.slice(-200)}`;
}
