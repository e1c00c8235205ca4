// "ustar" in the first header: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar writes the same five bytes.
const magic = Buffer.from('ustar');
const magicStart = 257;
/** Before the magic are a name, numbers and zeros. */
const lineEnd = 0x0a;

/** Whether content begins as a tar archive does; null: more bytes are needed. */
export function recognizeTar(head: Buffer): boolean | null {
  if (head.length >= magicStart + magic.length) {
    return head.subarray(magicStart, magicStart + magic.length).equals(magic);
  }
  // The first line of a log may be short, and a pipe may wait before the second.
  return head.includes(lineEnd) || head[0] === 0x7b ? false : null;
}
