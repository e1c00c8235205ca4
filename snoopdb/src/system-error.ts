/** The system's error codes as the second half of a sentence. */
const meanings: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'the address is already in use',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it already exists',
  EFBIG: 'the file would become too large',
  EINVAL: 'the system does not accept it',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a folder, not a file',
  ELOOP: 'its symbolic links form a loop',
  EMFILE: 'this process has too many open files',
  EMLINK: 'it has too many links',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'the system has too many open files',
  ENOENT: 'it does not exist',
  ENOSPC: 'no space is left on the disk',
  ENOTDIR: 'a part of its path is not a folder',
  ENOTEMPTY: 'the folder is not empty',
  ENXIO: 'there is no such device',
  EPERM: 'the system does not permit it',
  EROFS: 'the file system is read-only',
  ETXTBSY: 'the program is running',
  EXDEV: 'it is on another file system',
};

const actions: Readonly<Record<string, string>> = {
  access: 'used',
  chmod: 'changed',
  chown: 'changed',
  copyfile: 'copied',
  fsync: 'written',
  ftruncate: 'written',
  link: 'written',
  lstat: 'read',
  mkdir: 'created',
  mkdtemp: 'created',
  open: 'opened',
  opendir: 'read',
  read: 'read',
  readlink: 'read',
  realpath: 'read',
  rename: 'written',
  rm: 'removed',
  rmdir: 'removed',
  scandir: 'read',
  spawn: 'started',
  stat: 'read',
  symlink: 'created',
  unlink: 'removed',
  write: 'written',
};

/**
 * Describes an error of the system about a file, a folder or a program, without a full stop: `/x cannot be opened:
 * permission denied`. Null for any other error, including those of sockets.
 */
export function describeSystemError(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, syscall, path, dest }: NodeJS.ErrnoException & { dest?: string } = error;
  const meaning = code === undefined ? undefined : meanings[code];
  const [call = ''] = syscall?.split(' ') ?? [];
  const action = actions[call];
  if (meaning === undefined || action === undefined) return null;
  const what = dest ?? path;
  // The error of a write to an open file has no path.
  return what === undefined ? `A file cannot be ${action}: ${meaning}` : `${what} cannot be ${action}: ${meaning}`;
}

/** The reason of a system error, `permission denied`; for other errors their message. */
export function explainSystemError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return meanings[code] ?? (error instanceof Error ? error.message : String(error));
}
