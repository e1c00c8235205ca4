import { type Headers, pack } from 'tar-stream';

/** A member of an archive; without content: a link, device or directory. */
export interface TarMember extends Omit<Headers, 'size'> {
  readonly content?: string | Buffer;
  readonly pax?: Readonly<Record<string, string>>;
}

/** Creates a tar archive. */
export async function createTar(members: readonly TarMember[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...headers } of members) archive.entry(headers, content);
  archive.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of archive) pieces.push(piece);
  return Buffer.concat(pieces);
}
