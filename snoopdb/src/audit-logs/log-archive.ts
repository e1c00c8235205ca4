import { SnoopDbError } from '../errors.ts';
import { type Archive, type ArchiveOptions, openArchive } from '../inputs/archive.ts';
import type { LoadInput } from '../inputs/input.ts';
import { isAuditLogName } from './log-names.ts';

/**
 * Opens the audit logs of a tar archive, by their names. The generator of its files also throws SnoopDbError
 * `unreadable_input` if there are none.
 *
 * @param input see openArchive
 */
export function openLogArchive(
  input: Pick<LoadInput, 'name' | 'open'>,
  options: Omit<ArchiveOptions, 'isWanted'>,
): Archive {
  const archive = openArchive(input, { ...options, isWanted: isAuditLogName });
  async function* readLogs(): AsyncGenerator<LoadInput, void, undefined> {
    let found = false;
    for await (const log of archive.files) {
      found = true;
      yield log;
    }
    if (!found) throw createEmptyError(input.name, archive);
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

function createEmptyError(name: string, { others, isCut }: Archive): SnoopDbError {
  const files = others === 1 ? 'Its only file is not' : `None of its ${others.toLocaleString('en-US')} files is`;
  return new SnoopDbError(
    'unreadable_input',
    isCut
      ? `${name} cannot be read: it is truncated before its first audit log.`
      : `${name} has no audit log. ${files} named like audit.log or kube-apiserver-audit.log.gz. Unpack it and name its files.`,
  );
}
