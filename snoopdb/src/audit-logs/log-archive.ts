import { SnoopDbError } from '../errors.ts';
import { type Archive, type ArchiveOptions, openArchive } from '../inputs/archive.ts';
import type { LoadInput } from '../inputs/input.ts';
import { isAuditLogName, isLogArchiveName } from './log-names.ts';

/** Each is loaded by itself; a CI job leaves some hundred. */
const maxLogs = 10_000;

/**
 * Opens the audit logs of a tar archive, by their names. The generator of its files also throws SnoopDbError
 * `unreadable_input` if there are none, more than 10,000, or an archive of logs is among them.
 *
 * @param input see openArchive
 */
export function openLogArchive(
  input: Pick<LoadInput, 'name' | 'open'>,
  options: Omit<ArchiveOptions, 'isWanted'>,
): Archive {
  const archive = openArchive(input, {
    ...options,
    isWanted: (path) => isAuditLogName(path) || isLogArchiveName(path),
  });
  async function* readLogs(): AsyncGenerator<LoadInput, void, undefined> {
    let found = 0;
    for await (const log of archive.files) {
      found += 1;
      if (found > maxLogs) throw createTooManyError(input.name);
      try {
        if ((await log.peek(options.signal)) === 'archive') throw createNestedError(log.name);
        yield log;
      } finally {
        await log.close();
      }
    }
    if (found === 0) throw createEmptyError(input.name, archive);
  }
  return {
    files: readLogs(),
    get others() {
      return archive.others;
    },
    get isCut() {
      return archive.isCut;
    },
  };
}

function createNestedError(name: string): SnoopDbError {
  return new SnoopDbError(
    'unreadable_input',
    `${name} is an archive in an archive, which this program does not read. Unpack the outer one and name its folder.`,
  );
}

function createTooManyError(name: string): SnoopDbError {
  return new SnoopDbError(
    'unreadable_input',
    `${name} has more than ${maxLogs.toLocaleString('en-US')} audit logs, which is the limit. Join those of one API server.`,
  );
}

function createEmptyError(name: string, { others, isCut }: Archive): SnoopDbError {
  const files = others === 1 ? 'Its only file is not' : `None of its ${others.toLocaleString('en-US')} files is`;
  return new SnoopDbError(
    'unreadable_input',
    isCut
      ? `${name} cannot be read: it is truncated before its first audit log.`
      : `${name} has no audit log. ${files} named like audit.log or kube-apiserver-audit.log.gz. Unpack it and name its files.`,
  );
}
